"""One worker's log stream: what its process writes, and the platform's own lines around it, in order."""

from __future__ import annotations

import asyncio
import os
import secrets
import select
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from terrarium.local.compute.functions.log_lines import LogLines

_TAIL = 4096  # bytes of log that an invoker may ask for, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_PIPE = 65536
_MUCH = _PIPE // 4
_MOST_AT_ONCE = 64  # pipes full; a handler that never stops printing must not hold up everyone else


class LogSink(Protocol):
    """Where log events go."""

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Takes one log event; never blocks, never raises."""
        ...


def stream_name(now: float, version: str) -> str:
    """A new log stream's name.

    Args:
        now: Seconds since the epoch.
        version: The function's version.
    """
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"


class WorkerLog:
    """Reads a worker's output and writes its log stream.

    Args:
        sink: Where log events go.
        group: The log group.
        stream: The log stream.
    """

    def __init__(self, sink: LogSink, group: str, stream: str) -> None:
        self.stream = stream
        self.mark = f"\0{secrets.token_hex(8)}"
        self._sink = sink
        self._group = group
        self._lines = LogLines(self.mark.encode())
        self._tail: list[str] = []
        self._last: Callable[[], list[str]] | None = None  # lines that are still to be written
        self._pipe: int | None = None
        self._listening = False
        self._filled = select.poll()  # asking it costs half of what reading nothing does

    def open(self) -> int:
        """Makes the pipe, and listens to it until the end of Init, for which nobody may be waiting.

        Returns:
            The file descriptor that the worker is to write to.
        """
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        self._filled.register(self._pipe, select.POLLIN)
        self._listen()
        return theirs

    def look(self) -> None:
        """Writes what has come meanwhile; a worker that prints much is listened to from here to the invocation's end.

        Most invocations are over before anybody looks, and nobody is woken for each of their lines.
        """
        if self._read():
            self._listen()

    def platform(self, message: str) -> None:
        """Writes a line of the platform's own."""
        self._write([message])

    def begin(self, first: str) -> None:
        """Writes the first line of an invocation."""
        self.finish()
        self._tail = [first]
        self._sink.write(self._group, self.stream, first)

    def end(self, last: Callable[[], list[str]]) -> None:
        """Ends an invocation with the platform's own lines, which are written in `finish`, and before anything else."""
        self._last = last

    def finish(self) -> None:
        """Writes the lines with which an invocation ends, if they are not written yet."""
        if self._last is not None:
            last, self._last = self._last, None
            self._write(last())

    def settle(self) -> None:
        """Writes all that the worker has written until now, an unfinished line too."""
        for _ in range(_MOST_AT_ONCE):
            if not self._read():
                break
        if not self._lines.fresh:
            self._write(self._lines.end())
        self._listen_no_more()

    def tail(self) -> bytes:
        """The last of what was written since `begin`."""
        self.finish()
        return "\n".join([*self._tail, ""]).encode()[-_TAIL:]

    def close(self) -> None:
        """Writes what is left and reads no more."""
        self.finish()
        if self._pipe is not None:
            self.settle()
        self._shut()

    def _read(self) -> bool:
        """Takes up to a pipe full; says whether there was much."""
        if self._pipe is None or not self._filled.poll(0):
            return False
        try:
            data = os.read(self._pipe, _PIPE)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            self._shut()
            return False
        self._write(self._lines.feed(data))
        return len(data) >= _MUCH

    def _listen(self) -> None:
        if self._pipe is not None and not self._listening:
            asyncio.get_running_loop().add_reader(self._pipe, self._read)
            self._listening = True

    def _listen_no_more(self) -> None:
        if self._listening and self._pipe is not None:
            asyncio.get_running_loop().remove_reader(self._pipe)
            self._listening = False

    def _shut(self) -> None:
        if self._pipe is not None:
            self._listen_no_more()
            os.close(self._pipe)
            self._pipe = None

    def _write(self, events: list[str]) -> None:
        self.finish()
        self._tail += events
        for event in events:
            self._sink.write(self._group, self.stream, event)
