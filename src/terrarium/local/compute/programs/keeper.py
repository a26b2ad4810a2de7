"""Stands between the laptop cloud and one program, so that the program never outlives either.

Started as a file of its own, with the standard library only: it has to be there within milliseconds. Standard input is
a socket to whoever started it. When that closes, for whatever reason, the program is stopped: SIGTERM to its process
group, SIGKILL after the grace period. On Linux the kernel also sends SIGTERM here when the parent dies, and SIGKILL to
the program when this dies.

    python keeper.py GRACE_SECONDS COMMAND...

On the socket it says ``started <pid>``, ``failed <why>`` and ``exited <status>``, each on a line.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

CONTROL = 0
PR_SET_PDEATHSIG = 1
COULD_NOT_EXECUTE = 203
"""The status that systemd gives to a command that cannot be executed."""


def die_with_parent(number: int, parent: int) -> None:
    """Has the kernel send this process a signal when its parent dies; where the kernel cannot, the socket has to do.

    Args:
        number: The signal.
        parent: The parent's process id, for the case that it died before this call.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def say(line: str) -> None:
    """Tells whoever started this, if they are still there."""
    with contextlib.suppress(OSError):
        os.write(CONTROL, f"{line}\n".encode())


def signal_group(group: int, number: int) -> None:
    """Signals every process of a group, if there is one left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


class Keeper:
    """Watches over one program.

    Args:
        grace: Seconds from SIGTERM to SIGKILL.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._stop_asked = False
        self._wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self._stop_asked = True

    def run(self, command: Sequence[str]) -> int:
        """Runs a command to its end; returns its status, negative for a signal."""
        me = os.getpid()
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # Safe: this process has one thread.
                preexec_fn=lambda: die_with_parent(signal.SIGKILL, me),  # noqa: PLW1509
            )
        except OSError as error:
            say(f"failed {error.strerror}: {error.filename}")
            return COULD_NOT_EXECUTE
        say(f"started {child.pid}")
        self._watch(child)
        signal_group(child.pid, signal.SIGKILL)  # whatever it left behind
        status = child.wait()
        say(f"exited {status}")
        return status

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Returns once the program has exited, which it is made to do when nobody wants it any more."""
        kill_at: float | None = None
        while not has_exited(child):
            if self._stop_asked and kill_at is None:
                signal_group(child.pid, signal.SIGTERM)
                kill_at = time.monotonic() + self._grace
            if kill_at is not None and time.monotonic() >= kill_at:
                signal_group(child.pid, signal.SIGKILL)
                kill_at = float("inf")
            self._sleep(kill_at)

    def _sleep(self, until: float | None) -> None:
        """Until a signal, the end of the socket, or a moment; a second at most, for safety."""
        watched = [self._wake] if self._stop_asked else [self._wake, CONTROL]
        left = 1.0 if until is None else min(1.0, max(0.0, until - time.monotonic()))
        readable, _, _ = select.select(watched, [], [], left)
        if self._wake in readable:
            os.read(self._wake, 4096)
        if CONTROL in readable and not _read():
            self._stop_asked = True


def _read() -> bytes:
    try:
        return os.read(CONTROL, 4096)
    except OSError:
        return b""


def has_exited(child: subprocess.Popen[bytes]) -> bool:
    """Whether a program has exited, without burying it: while it lies there, its group's number goes to nobody else."""
    if not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def main(arguments: Sequence[str]) -> int:
    """Keeps the command that the arguments name."""
    die_with_parent(signal.SIGTERM, os.getppid())
    status = Keeper(float(arguments[0])).run(arguments[1:])
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
