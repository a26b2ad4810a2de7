"""What a handler left running and moved out of its worker's process group: found by the environment it inherited.

The forking parent asks the kernel to hand it the orphans among its descendants. Where the kernel has no such service,
what detaches itself lives on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


def adopt() -> None:
    """From now on, orphans among this process's descendants become its children."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def kill_marked(mark: str, known: Iterable[int]) -> None:
    """Kills the adopted children that inherited a worker's environment.

    Args:
        mark: A text that only that worker's environment holds.
        known: Children that are no orphans.
    """
    for pid in _children() - set(known):
        if mark.encode() in _environment(pid):
            _kill(pid)


def kill_all() -> None:
    """Kills every child, and whoever becomes one by that, until there are none."""
    while children := _children():
        for pid in children:
            _kill(pid)
        for pid in children:
            _wait(pid)


def _children() -> set[int]:
    try:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return set()
    return {int(word) for word in children.split()}


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was quicker


def _wait(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # not a child any more
