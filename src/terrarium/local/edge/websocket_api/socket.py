"""The HTTP server's WebSocket, with API Gateway's frame rules before its reader.

aiohttp checks the size of whole messages only and takes binary ones; here each chunk that arrives passes `FrameGuard`
first. That touches one method that aiohttp does not publish, `_post_start`, which installs the reader; a test holds
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from aiohttp import web

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.frames import FrameGuard
from terrarium.local.edge.websocket_api.lifecycle import Happening


class Listener(Protocol):
    """Who wants to know of what arrives, beyond messages."""

    def touch(self) -> None:
        """Something arrived."""
        ...

    def fall_silent(self) -> None:
        """The client sent a close frame, if only after something that it may not send."""
        ...

    def vanish(self) -> None:
        """The connection is closed."""
        ...


class GatewaySocket(web.WebSocketResponse):
    """A WebSocket that reads as API Gateway reads.

    What a client may not send ends what can be received, after all that came before it; `refused` says what it was.

    Args:
        protocols: The subprotocol that ``$connect`` chose, if it did.
        listener: Told what arrives.
    """

    def __init__(self, protocols: Iterable[str], listener: Listener) -> None:
        # One byte more than a message may have: aiohttp refuses what equals its limit.
        super().__init__(protocols=protocols, compress=False, autoclose=False, max_msg_size=limits.MESSAGE_BYTES + 1)
        self._guard = FrameGuard()
        self._listener = listener

    @property
    def refused(self) -> Happening | None:
        """What the client sent that it may not send, if it did."""
        return self._guard.stopped

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:  # noqa: ARG002
        """Nothing: aiohttp would say goodbye in its own way at several points; the connection does so itself."""
        return False

    # aiohttp's own types for these are private, and its reader and protocol are handed on untouched.
    def _post_start(self, request: Any, protocol: str | None, writer: Any) -> None:
        guarded: Any = _GuardedRequest(request, self._guarded)
        super()._post_start(guarded, protocol, writer)

    def _guarded(self, reader: Any) -> _GuardedReader:
        return _GuardedReader(reader, self._guard, self._listener)


class _GuardedRequest:
    """Stands for the request while the reader is installed, so that what is installed is the guarded reader."""

    # aiohttp's request, protocol and reader, handed on untouched.
    def __init__(self, request: Any, guarded: Callable[[Any], _GuardedReader]) -> None:
        self._protocol = request.protocol
        self.protocol = self
        self._guarded = guarded

    def set_parser(self, parser: Any, **options: Any) -> None:
        self._protocol.set_parser(self._guarded(parser), **options)

    def keep_alive(self, value: bool) -> None:
        self._protocol.keep_alive(value)


class _GuardedReader:
    """aiohttp's WebSocket reader behind a frame guard."""

    # aiohttp's reader is compiled and has no public type.
    def __init__(self, reader: Any, guard: FrameGuard, listener: Listener) -> None:
        self._reader = reader
        self._guard = guard
        self._listener = listener

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self._listener.touch()
        reading = self._guard.stopped is None
        passed = self._guard.pass_on(bytes(data))
        gave_up = bool(passed) and self._reader.feed_data(passed)[0]
        if reading:
            self._stop(gave_up)
        if self._guard.closing:
            self._listener.fall_silent()
        return False, b""

    def feed_eof(self) -> None:
        self._listener.vanish()
        self._reader.feed_eof()

    def _stop(self, gave_up: bool) -> None:
        """Ends the reader's work where the guard stopped, and the guard's where the reader gave up."""
        if gave_up:
            self._guard.stopped = Happening.BROKEN_PROTOCOL
        elif self._guard.stopped is not None:
            self._reader.feed_eof()
