"""One run of a program: a port, a keeper, the program under it, its output, its end. Knows nothing of restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from msgspec import Struct

from terrarium.local.compute.programs import keeper
from terrarium.local.compute.programs.output import pump
from terrarium.local.compute.programs.settings import ProgramSettings

HOST = "127.0.0.1"
PROBE_FIRST, PROBE_LONGEST = 0.01, 0.2
"""Seconds between two looks at whether the program answers."""


class Ended(Struct, frozen=True):
    """How a run ended.

    Attributes:
        status: The exit status, negative for a signal; None where the keeper was killed and nobody saw it.
        why: What went wrong before the program ran, else empty.
    """

    status: int | None
    why: str = ""


KILLED = Ended(None)
"""How it looks when the keeper is killed before it can say anything."""


def free_port() -> int:
    """A port that nobody holds at this moment.

    Somebody may take it before the program does. The program then exits, and its next start gets another port.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A program that is being run once.

    Args:
        settings: What to run.
        take: Gets each line that it prints.
    """

    def __init__(self, settings: ProgramSettings, take: Callable[[str], None]) -> None:
        self._settings = settings
        self._take = take
        self._keeper: asyncio.subprocess.Process | None = None
        self._terminated = False
        self.port = free_port()
        self.pid: int | None = None
        self.ready = asyncio.Event()

    async def run(self) -> Ended:
        """Runs the program and returns when it has ended and nothing of it is left.

        Raises:
            OSError: The folder is not there, or the machine has no room for one more process.
        """
        async with AsyncExitStack() as stack:
            control, theirs = socket.socketpair()
            stack.callback(control.close)
            output = [await _pipe(stack) for _ in ("stdout", "stderr")]
            try:
                self._keeper = await self._spawn(theirs.fileno(), *(writing for _, writing in output))
            finally:
                theirs.close()
                for _, writing in output:
                    os.close(writing)
            if self._terminated:
                self.terminate()
            control.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=control)
            stack.callback(writer.close)  # and with it, whatever happens here, the program
            return await self._live(self._keeper, reader, [stream for stream, _ in output])

    async def _spawn(self, control: int, stdout: int, stderr: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            # As a file and isolated, for speed: neither site packages nor this package are imported.
            *(sys.executable, "-I", "-S", str(Path(keeper.__file__)), str(self._settings.restart.stop_timeout)),
            *self._settings.arguments(),
            cwd=self._settings.folder,
            env=self._settings.variables(self.port),
            stdin=control,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C at the terminal is for us to pass on, in order
        )

    async def _live(
        self, kept: asyncio.subprocess.Process, reader: asyncio.StreamReader, output: list[asyncio.StreamReader]
    ) -> Ended:
        probe = asyncio.create_task(self._probe())
        pumps = [asyncio.create_task(pump(stream, self._take)) for stream in output]
        try:
            ended = await self._listen(reader)
            await kept.wait()
            if ended == KILLED and self.pid is not None:
                # On Linux the program has died with its keeper, but not what the program had started.
                keeper.signal_group(self.pid, signal.SIGKILL)
            # A process that left the group may hold the pipes; it does not hold us.
            await asyncio.wait(pumps, timeout=1)
            return ended
        finally:
            self.ready.clear()
            for task in (probe, *pumps):
                task.cancel()
            await asyncio.gather(probe, *pumps, return_exceptions=True)

    async def _listen(self, reader: asyncio.StreamReader) -> Ended:
        """What the keeper says until it is gone."""
        ended = KILLED
        with suppress(ConnectionError):
            async for line in reader:
                word, _, rest = line.decode().strip().partition(" ")
                match word:
                    case "started":
                        self.pid = int(rest)
                    case "exited":
                        ended = Ended(int(rest))
                    case "failed":
                        ended = Ended(None, rest)
        return ended

    async def _probe(self) -> None:
        pause = PROBE_FIRST
        while not await answers(self.port, self._settings.health):
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, PROBE_LONGEST)
        self.ready.set()

    def terminate(self) -> None:
        """Asks the program to end, and ends it if it does not within its stop timeout; `run` returns once it has."""
        self._terminated = True
        if self._keeper is not None and self._keeper.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._keeper.pid, signal.SIGTERM)


async def _pipe(stack: AsyncExitStack) -> tuple[asyncio.StreamReader, int]:
    """A pipe: a stream to read, closed with the stack, and the end to write to, for somebody else."""
    reading, writing = os.pipe()
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb", buffering=0)
    )
    stack.callback(transport.close)
    return stream, writing


async def answers(port: int, path: str) -> bool:
    """Whether an HTTP server at a port answers a path, with whatever but a failure of its own."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        words = (await reader.readline()).split(maxsplit=2)
        return len(words) > 1 and words[0].startswith(b"HTTP/") and words[1] < b"500"
    except (OSError, ValueError):
        return False
    finally:
        writer.close()
