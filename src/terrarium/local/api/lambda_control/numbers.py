"""The numbers of functions' versions: one more each time, never again the same, not even after the function is gone.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

import json
from pathlib import Path


class VersionNumbers:
    """The last number that each function's versions have reached, in a file that is replaced as a whole.

    Args:
        file: The file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def next(self, function: str) -> int:
        """The number of a function's next version, from now on taken."""
        last: dict[str, int] = json.loads(self._file.read_text()) if self._file.is_file() else {}
        number = last.get(function, 0) + 1
        self._file.parent.mkdir(parents=True, exist_ok=True)
        begun = self._file.with_suffix(".new")
        begun.write_text(json.dumps(last | {function: number}))
        begun.replace(self._file)
        return number
