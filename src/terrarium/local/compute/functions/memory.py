"""How much memory a worker holds, where the system tells of another process."""

from __future__ import annotations

from pathlib import Path


def peak_kilobytes(pid: int) -> int:
    """The most resident memory that a process has held; 0 where nobody can say.

    Linux tells it in /proc; elsewhere only the worker itself knows, and says so with each result.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    _, found, rest = status.partition(b"VmHWM:")
    return int(rest.split(None, 1)[0]) if found else 0
