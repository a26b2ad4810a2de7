"""A connection that became a WebSocket: bytes both ways, as they are, until one side ends or nothing moves.

Frames are not looked into, so extensions, fragments and close codes are between the client and the target.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html (WebSockets)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp import web
from aiohttp.http import StreamWriter

HIGH = 65_536
"""Bytes waiting for one side above which the other is no longer read."""


class Flow:
    """One direction: what aiohttp feeds in from one transport, a task writes to the other.

    Stands where aiohttp expects a WebSocket reader once a connection is upgraded.

    Args:
        source: What is no longer read while too much is waiting; None where it has gone already.
        sink: Writes a block, and returns once there is room for the next.
        moved: Told of each block that comes or goes.
    """

    def __init__(
        self, source: asyncio.Transport | None, sink: Callable[[bytes], Awaitable[None]], moved: Callable[[], None]
    ) -> None:
        self._source = source
        self._sink = sink
        self._moved = moved
        self._waiting = bytearray()
        self._ended = False
        self._news = asyncio.Event()
        self.total = 0

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Takes a block; the answer tells aiohttp to go on."""
        self._waiting += data
        self.total += len(data)
        self._moved()
        self._news.set()
        if len(self._waiting) > HIGH and self._source is not None and not self._source.is_closing():
            self._source.pause_reading()
        return False, b""

    def feed_eof(self) -> None:
        """Takes the end of the source."""
        self._ended = True
        self._news.set()

    async def run(self) -> None:
        """Writes what comes, until the source has ended."""
        while self._waiting or not self._ended:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                block = bytes(self._waiting)
                self._waiting.clear()
                await self._sink(block)
                self._moved()
            if not self._ended and self._source is not None and not self._source.is_closing():
                self._source.resume_reading()


class Tunnel:
    """Both directions of an upgraded connection.

    Args:
        request: The client's request to upgrade.
        out: The 101 that the client has been sent.
        answer: The target's 101.
        idle_timeout: Seconds without a byte in either direction after which both connections end.
    """

    def __init__(
        self, request: web.BaseRequest, out: web.StreamResponse, answer: aiohttp.ClientResponse, *, idle_timeout: float
    ) -> None:
        connection = answer.connection
        assert connection is not None
        assert connection.protocol is not None
        self._loop = asyncio.get_running_loop()
        self._idle_timeout = idle_timeout
        self._last = self._loop.time()
        self._ended = asyncio.Event()
        writer = StreamWriter(connection.protocol, self._loop)
        self._up = Flow(request.transport, writer.write, self._moved)
        self._down = Flow(connection.protocol.transport, out.write, self._moved)
        connection.protocol.read_timeout = None
        # aiohttp types its parser as the WebSocket reader it has; any object with feed_data and feed_eof serves.
        request.protocol.set_parser(self._up)  # type: ignore[arg-type]
        connection.protocol.set_parser(self._down, aiohttp.EMPTY_PAYLOAD)

    @property
    def received(self) -> int:
        """Bytes from the client."""
        return self._up.total

    @property
    def sent(self) -> int:
        """Bytes to the client."""
        return self._down.total

    def _moved(self) -> None:
        self._last = self._loop.time()

    def close(self) -> None:
        """Ends both connections."""
        self._ended.set()

    async def run(self) -> None:
        """Returns once the WebSocket is over."""
        parts = [
            asyncio.ensure_future(part) for part in (self._up.run(), self._down.run(), self._idle(), self._ended.wait())
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _idle(self) -> None:
        # Each byte moves the end while this sleeps, too often to set an event each time.
        while (left := self._last + self._idle_timeout - self._loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(left)
