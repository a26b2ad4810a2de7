"""The main process's hold on the forking parent: starts it, asks for workers, hears of their ends, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from terrarium.local.compute.functions import environment
from terrarium.local.compute.functions.lambda_runtime import frames

# Called once with a worker's exit status; None where the forking parent died and nobody can tell.
Exited = Callable[[int | None], None]


class _Child(Struct):
    exited: Exited
    pid: int | None = None


class ZygoteProcess:
    """One forking parent at a time, as long as it is needed.

    Args:
        interpreter: The Python that it is; None for Terrarium's own.
    """

    def __init__(self, interpreter: Path | None = None) -> None:
        self._interpreter = interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._listening = False
        self._numbers = itertools.count(1)
        self._children: dict[int, _Child] = {}
        self._frames = frames.Frames()
        self._outgoing: deque[tuple[bytes, tuple[int, ...]]] = deque()

    @property
    def pid(self) -> int | None:
        """Process id of the forking parent, while there is one."""
        return self._process.pid if self._process is not None else None

    def pid_of(self, number: int) -> int | None:
        """Process id of a worker, once it is known and until it has ended."""
        child = self._children.get(number)
        return child.pid if child is not None else None

    def spawn(self, worker: dict[str, Any], fds: tuple[int, int], exited: Exited) -> int:
        """Asks for a worker; the forking parent is started if there is none.

        Args:
            worker: What `lambda_runtime.worker.main` needs to know, as JSON can say it.
            fds: The worker's ends of the Runtime API and of the log pipe; closed here once they are sent.
            exited: Called when the worker has ended.

        Returns:
            The number by which the worker is killed.
        """
        try:
            self._ensure()
        except BaseException:
            _close(fds)
            raise
        number = next(self._numbers)
        self._children[number] = _Child(exited)
        self._send({**worker, "worker": number}, fds)
        return number

    def kill(self, number: int) -> None:
        """Kills a worker and whatever it has started."""
        if number in self._children and self._control is not None:
            self._send({"kill": number})

    def ensure(self) -> None:
        """Starts the forking parent ahead of need, so that its imports do not delay the first invocation."""
        self._ensure()

    def launch(self) -> None:
        """Starts it before there is an event loop: its imports run while this process does its own."""
        if self._control is not None:
            return
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                environment.command(theirs.fileno(), self._interpreter),
                pass_fds=(theirs.fileno(),),
                env=environment.of_the_forking_parent(),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.setblocking(False)
        self._control, self._frames = ours, frames.Frames()

    async def stop(self) -> None:
        """Ends the forking parent, and with it every worker."""
        process = self._process
        self._lose()
        if process is not None:
            await asyncio.get_running_loop().run_in_executor(None, process.wait)

    def _ensure(self) -> None:
        self.launch()
        if not self._listening:
            assert self._control is not None
            asyncio.get_running_loop().add_reader(self._control, self._readable)
            self._listening = True

    def _readable(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(65536)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            data = b""
        if not data:
            self._died()
            return
        for message in self._frames.feed(data):
            self._hear(message)

    # Either {"started", "pid"} or {"exited", "status"}, see lambda_runtime/zygote.py.
    def _hear(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._children[message["started"]].pid = message["pid"]
        else:
            self._children.pop(message["exited"]).exited(message["status"])

    def _died(self) -> None:
        """It was killed from outside: so are the workers, by their kernel; what they had started is killed here."""
        process = self._process
        orphans = list(self._children.values())
        self._lose()
        if process is not None:
            process.kill()
            process.wait()  # its socket is closed, so it is gone or going
        for child in orphans:
            if child.pid is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(child.pid, signal.SIGKILL)
            child.exited(None)

    def _lose(self) -> None:
        if self._control is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._control)
            loop.remove_writer(self._control)
            self._control.close()
        for _, fds in self._outgoing:
            _close(fds)
        self._outgoing.clear()
        self._children.clear()
        self._control = self._process = None
        self._listening = False

    def _send(self, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
        self._outgoing.append((frames.encode(message), fds))
        if len(self._outgoing) == 1:
            self._flush()

    def _flush(self) -> None:
        """Sends what can be sent now; the rest waits until the forking parent has read."""
        control, loop = self._control, asyncio.get_running_loop()
        assert control is not None
        while self._outgoing:
            data, fds = self._outgoing[0]
            try:
                sent = socket.send_fds(control, [data], list(fds)) if fds else control.send(data)
            except (BlockingIOError, InterruptedError):
                loop.add_writer(control, self._flush)
                return
            except ConnectionError:
                return  # the end of the stream is read next, and everything is taken down there
            _close(fds)
            if sent < len(data):
                self._outgoing[0] = (data[sent:], ())
            else:
                self._outgoing.popleft()
        loop.remove_writer(control)


def _close(fds: tuple[int, ...]) -> None:
    for fd in fds:
        os.close(fd)
