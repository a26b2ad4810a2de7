"""The folder in which a system's state lives, and the lock that lets one process at a time have it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

from terrarium.errors import UserError

ROOT = Path(".terrarium")
_RUN = "run.json"


class State:
    """A system's folder.

    Args:
        system: The system's name.
        root: The folder of all systems' state.
    """

    def __init__(self, system: str, root: Path = ROOT) -> None:
        self.system = system
        self.folder = root / system
        self._lock: int | None = None

    def open(self) -> None:
        """Makes the folder and takes it for this process, until it ends however it ends.

        Raises:
            UserError: Another process has it, or it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The folder itself is locked: the kernel lets go when the process ends, and no lock file stays behind.
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._try_writing()
        except BlockingIOError:
            self.close()
            raise UserError(
                f"{self.system} is up already, from this folder",
                hint=f"see it with `terrarium status`, end it with `terrarium down {self.system}`",
            ) from None
        except OSError as error:
            self.close()
            raise unwritable(self.folder, error) from error

    def close(self) -> None:
        """Lets go of the folder."""
        if self._lock is not None:
            with contextlib.suppress(FileNotFoundError):
                (self.folder / _RUN).unlink()
            os.close(self._lock)
            self._lock = None

    def _try_writing(self) -> None:
        """Finds out now, rather than in the middle of something, that the folder is read-only or the disk full."""
        probe = self.folder / ".probe"
        probe.write_bytes(b"\0" * 4096)
        probe.unlink()

    def announce(self, facts: dict[str, Any]) -> None:  # plain JSON values
        """Says how the running system is reached; only its owner may read that."""
        file = self.folder / _RUN
        temporary = file.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(facts, out)
        temporary.replace(file)

    def running(self) -> dict[str, Any] | None:  # plain JSON values
        """How the running system is reached; nothing where none runs."""
        if not self.folder.is_dir() or not self._is_locked():
            return None
        try:
            facts: dict[str, Any] = json.loads((self.folder / _RUN).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}  # it has the folder but has not come up yet
        return facts

    def _is_locked(self) -> bool:
        probe = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(probe)
        return False

    def reset(self) -> None:
        """Forgets everything.

        Raises:
            UserError: The system is up.
        """
        if self.running() is not None:
            raise UserError(f"{self.system} is up", hint=f"end it first: terrarium down {self.system}")
        if self.folder.exists():
            try:
                shutil.rmtree(self.folder)
            except OSError as error:
                raise unwritable(self.folder, error) from error


def systems(root: Path = ROOT) -> list[State]:
    """Every system that has state in this folder."""
    if not root.is_dir():
        return []
    return [State(folder.name, root) for folder in sorted(root.iterdir()) if folder.is_dir() and folder.name[0] != "."]


def unwritable(folder: Path, error: OSError) -> UserError:
    """The message for a folder that cannot be written."""
    reasons = {
        errno.ENOSPC: ("the disk is full", "free some room"),
        errno.EROFS: ("it is on a read-only disk", "run from a folder that can be written"),
        errno.EACCES: ("you may not write it", "run from a folder of your own"),
        errno.EPERM: ("you may not write it", "run from a folder of your own"),
        errno.ENOTDIR: ("a file is in its place", "move that file away"),
        errno.EEXIST: ("a file is in its place", "move that file away"),
    }
    reason, hint = reasons.get(error.errno or 0, (error.strerror or str(error), "see that the folder can be written"))
    return UserError(f"the state in {folder}/ cannot be written: {reason}", hint=hint)
