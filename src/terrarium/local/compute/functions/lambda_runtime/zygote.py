"""The forking parent: it holds boto3 already imported and forks a worker for each request of the main process.

A fork inherits the import that makes a cold start slow. The process stays single-threaded, so that forking is safe, and
leaves nothing behind: when the main process goes, its end of the socket closes, and every worker's group is killed.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any

from terrarium.local.compute.functions.lambda_runtime import death, frames, mounts, orphans, search_path, view, worker

_FDS_OF_A_SPAWN = 2  # the runtime API's socket and the log pipe


class Zygote:
    """Forks on request and reports every end.

    Args:
        control: This side's end of the socket to the main process.
        isolates: Whether workers can have a view of the file system of their own.
    """

    def __init__(self, control: socket.socket, *, isolates: bool = False) -> None:
        self._control = control
        self._isolates = isolates
        self._frames = frames.Frames()
        self._received: deque[int] = deque()
        self._workers: dict[int, int] = {}  # process id → the main process's number for it
        self._marks: dict[int, str] = {}  # process id → a text that only that worker's environment holds
        self._woken, self._wake = os.pipe()
        for fd in (self._woken, self._wake):
            os.set_blocking(fd, False)

    def serve(self) -> None:
        """Works until the main process closes its end, or dies."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._terminated)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to handle
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        death.die_with_parent(signal.SIGTERM)
        orphans.adopt()
        try:
            while self._turn():
                pass
        finally:
            self._kill_all()
            self.close()

    def close(self) -> None:
        """Gives back what it opened."""
        for fd in (self._woken, self._wake):
            os.close(fd)

    def _turn(self) -> bool:
        readable: list[int | socket.socket] = [self._control, self._woken]
        ready, _, _ = select.select(readable, [], [])
        if self._woken in ready:
            os.read(self._woken, 4096)
        self._reap()
        return self._control not in ready or self.receive()

    def receive(self) -> bool:
        """Does what the main process asks; says whether it is still there."""
        try:
            data, fds, _, _ = socket.recv_fds(self._control, 65536, 64)
        except ConnectionError:
            return False
        self._received.extend(fds)
        for message in self._frames.feed(data):
            self._act(message)
        return bool(data)

    # What a message holds depends on its kind; the main process writes it, see zygote_process.py.
    def _act(self, message: dict[str, Any]) -> None:
        if "kill" in message:
            self._kill(message["kill"])
        else:
            self._spawn(message)

    def _spawn(self, message: dict[str, Any]) -> None:
        fds = [self._received.popleft() for _ in range(_FDS_OF_A_SPAWN)]
        pid = self._fork(message, fds)
        for fd in fds:
            os.close(fd)
        if pid is None:
            self._send({"exited": message["worker"], "status": None})
            return
        self._workers[pid] = message["worker"]
        self._marks[pid] = message["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._send({"started": message["worker"], "pid": pid})

    def _fork(self, message: dict[str, Any], fds: list[int]) -> int | None:
        """The worker's process id; None where the system has no room for another process."""
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            return None
        if pid == 0:
            self._become_worker(message, fds, parent)
        return pid

    def _become_worker(self, message: dict[str, Any], fds: list[int], parent: int) -> None:
        """Never returns: the fork must not go on as a second forking parent, whatever happens."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for fd in (self._control.fileno(), self._woken, self._wake, *self._received):
                os.close(fd)
            own = {"isolates": self._isolates, "scratch": view.scratch_of(parent, message["worker"])}
            status = worker.main(message | own, (fds[0], fds[1]), parent)
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid in self._workers:
                self._buried(pid, os.waitstatus_to_exitcode(status))

    def _buried(self, pid: int, status: int) -> None:
        """A worker has ended: so does what its handler left running in the background."""
        number, mark = self._workers.pop(pid), self._marks.pop(pid)
        _kill_group(pid)
        orphans.kill_marked(mark, self._workers)
        view.remove(view.scratch_of(os.getpid(), number))
        self._send({"exited": number, "status": status})

    def _kill(self, number: int) -> None:
        for pid, known in self._workers.items():
            if known == number:
                _kill_group(pid)

    def _kill_all(self) -> None:
        for pid in self._workers:
            _kill_group(pid)
        orphans.kill_all()
        for number in self._workers.values():
            view.remove(view.scratch_of(os.getpid(), number))

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._control.sendall(frames.encode(message))
        except ConnectionError:
            return  # the main process is gone: the next turn reads the end of the stream and stops

    def _terminated(self, *_: object) -> None:
        self._kill_all()
        os._exit(0)


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # before the worker has made its own group, only it can be killed
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # gone already; macOS answers "not permitted" for a group of which only the dead are left


def main(control: int, lent: Sequence[str] = ()) -> None:
    """Starts the forking parent in this process.

    Args:
        control: Number of the inherited file descriptor of the socket to the main process.
        lent: Folders in which this Python finds the SDK, where it has none of its own.
    """
    isolates = mounts.available()
    if isolates:
        mounts.begin()
    else:
        view.sweep()
    # The SDK stays compiled: another Python would compile all of it at each start, which takes a second.
    search_path.import_the_sdk(lent)
    sys.dont_write_bytecode = True  # what comes now is a function's, whose folder stays as it is
    gc.collect()
    gc.freeze()  # so that collections in the forks leave the shared pages alone
    with socket.socket(fileno=control) as connection:
        Zygote(connection, isolates=isolates).serve()
