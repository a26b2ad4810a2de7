"""Names of AWS in whatever programs start: one that is written by hand leads to this machine there too.

Workers of functions see to it themselves (`functions/lambda_runtime/names.py`). What a handler starts, and the programs
of instances, do it by what Python and Node load before anything else: a ``sitecustomize`` on ``PYTHONPATH``
(https://docs.python.org/3/library/site.html#module-sitecustomize) and a ``--require`` in ``NODE_OPTIONS``
(https://nodejs.org/api/cli.html#node_optionsoptions). Neither the machine's resolver nor its hosts file is touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

_HERE = Path(__file__).parent
_RESOLVER = _HERE.parent / "functions" / "lambda_runtime" / "names.py"


class Names(Struct, frozen=True):
    """What makes programs find AWS here.

    Attributes:
        folder: Where the two files are that programs load.
    """

    folder: Path

    @classmethod
    def lay(cls, folder: Path, port: int) -> Names:
        """Writes the two files.

        Args:
            folder: Where.
            port: Where TLS connections to names of AWS are to lead.
        """
        folder.mkdir(parents=True, exist_ok=True)
        python = [_RESOLVER.read_text("utf-8"), (_HERE / "hidden.py").read_text("utf-8")]
        # One module of two: what it must import before all else stands first.
        python = [part.replace("from __future__ import annotations\n", "") for part in python]
        calls = f"resolve_aws_at({port})\nimport_what_is_hidden(__file__)\n"
        (folder / "sitecustomize.py").write_text("\n\n".join([*python, calls]), "utf-8")
        node = (_HERE / "names.cjs").read_text("utf-8")
        (folder / "names.cjs").write_text(f"{node}\nresolveAwsAt({port});\n", "utf-8")
        return cls(folder.resolve())

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment variables that make a program load them.

        Args:
            environment: What the program sets itself, which is kept.
        """
        paths = [str(self.folder), *filter(None, [environment.get("PYTHONPATH", "")])]
        options = [*filter(None, [environment.get("NODE_OPTIONS", "")]), f"--require {self._node()}"]
        return {"PYTHONPATH": os.pathsep.join(paths), "NODE_OPTIONS": " ".join(options)}

    def _node(self) -> str:
        """The file as ``NODE_OPTIONS`` takes it: in quotes where a space would end it."""
        path = str(self.folder / "names.cjs")
        return json.dumps(path, ensure_ascii=False) if " " in path else path
