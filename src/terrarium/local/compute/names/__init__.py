"""Names of AWS in whatever programs start: one that is written by hand leads to this machine there too.

Workers of functions see to it themselves (`functions/lambda_runtime/names.py`). What a handler starts, and the programs
of instances, do it by what Python and Node load before anything else: a ``sitecustomize`` on ``PYTHONPATH``
(https://docs.python.org/3/library/site.html#module-sitecustomize) and a ``--require`` in ``NODE_OPTIONS``
(https://nodejs.org/api/cli.html#node_optionsoptions). Neither the machine's resolver nor its hosts file is touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

_HERE = Path(__file__).parent
_HOSTS = "hosts"
_RESOLVER = _HERE.parent / "functions" / "lambda_runtime" / "names.py"


class Authority(Protocol):
    """Signs for names."""

    def vouch_for(self, names: Sequence[str], folder: Path) -> bytes:
        """Signs for names of the system's own, these and no others; the certificates that programs shall trust."""
        ...


class Names:
    """What makes programs find AWS here, and the system's own names.

    Args:
        folder: Where the files are that programs load.
        authority: Signs for names.

    Attributes:
        folder: As given.
    """

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self._authority = authority

    @classmethod
    def lay(cls, folder: Path, port: int, authority: Authority) -> Names:
        """Writes the files.

        Args:
            folder: Where.
            port: Where TLS connections to names of AWS are to lead.
            authority: Signs for the names that are answered there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        python = [_RESOLVER.read_text("utf-8"), (_HERE / "hidden.py").read_text("utf-8")]
        # One module of two: what it must import before all else stands first.
        python = [part.replace("from __future__ import annotations\n", "") for part in python]
        hosts = str(folder.resolve() / _HOSTS)
        calls = f"resolve_aws_at({port}, {hosts!r})\nimport_what_is_hidden(__file__)\n"
        (folder / "sitecustomize.py").write_text("\n\n".join([*python, calls]), "utf-8")
        node = (_HERE / "names.cjs").read_text("utf-8")
        (folder / "names.cjs").write_text(f"{node}\nresolveAwsAt({port}, {json.dumps(hosts)});\n", "utf-8")
        names = cls(folder.resolve(), authority)
        names.lead_here(())
        return names

    @property
    def hosts(self) -> Path:
        """The file with the system's own names."""
        return self.folder / _HOSTS

    @property
    def authorities(self) -> Path:
        """The certificates that clients shall trust: those that vouch for names here, and everybody else's."""
        return self.folder / "authorities.pem"

    def lead_here(self, names: Iterable[str]) -> None:
        """Makes names of the system's own lead here, these and no others, also in programs that run already.

        Args:
            names: Host names.
        """
        own = sorted({name.lower() for name in names})
        # An authority for these alone: the one that people may come to trust vouches for names of this machine only.
        trusted = self._authority.vouch_for(own, self.folder.with_name(f"{self.folder.name}-tls"))
        # Written in place: a worker that sees these files by themselves keeps the ones that it was shown.
        self.authorities.write_bytes(trusted)
        self.hosts.write_text("".join(f"{name}\n" for name in own), "ascii")

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
