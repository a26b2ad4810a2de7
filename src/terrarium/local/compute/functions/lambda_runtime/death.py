"""Children that end with their parent, whatever ended it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def die_with_parent(number: int, parent: int | None = None) -> None:
    """Has this process receive a signal when its parent dies.

    Args:
        number: The signal.
        parent: The parent's process id, where known: if it has died already, this process ends now.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number)
        if parent is not None and os.getppid() != parent:
            os._exit(1)
    elif parent is not None:
        watch_parent(parent)


def watch_parent(parent: int, every: float = 0.25) -> None:
    """Kills this process's group once its parent has gone, on systems whose kernel does not offer that.

    Args:
        parent: The parent's process id.
        every: Seconds between two looks.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="parent").start()
