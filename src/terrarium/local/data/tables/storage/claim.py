"""One process at a time works in a folder: a lock on the folder itself, which ends with the process without a trace."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from terrarium.errors import UserError


class Claim:
    """The lock, taken or not."""

    def __init__(self) -> None:
        self._descriptor: int | None = None

    def take(self, folder: Path) -> None:
        """Claims a folder.

        Raises:
            UserError: Where another has claimed it.
        """
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            hint = "stop the other process that has it open"
            raise UserError(f"the tables in {folder} are in use by another process", hint=hint) from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives it up, if it was taken."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
