"""The HTTP server's WebSocket, with API Gateway's frame rules before its reader.

aiohttp checks the size of whole messages only and takes binary ones; here each chunk that arrives passes `FrameGuard`
first. That touches one method that aiohttp does not publish, `_post_start`, which installs the reader; a test holds
it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.frames import FrameGuard
from terrarium.local.edge.websocket_api.lifecycle import Happening


class GatewaySocket(web.WebSocketResponse):
    """A WebSocket that reads as API Gateway reads.

    Args:
        protocols: The subprotocol that ``$connect`` chose, if it did.
        on_traffic: Called whenever something arrives.
        on_refused: Called once, when the client sent a frame that API Gateway does not take; nothing is read after it.
    """

    def __init__(
        self, protocols: Iterable[str], on_traffic: Callable[[], None], on_refused: Callable[[Happening], None]
    ) -> None:
        # Closing is the connection's own work. One byte more than a message may have: aiohttp refuses what equals its
        # limit.
        super().__init__(
            protocols=protocols, compress=False, autoclose=False, timeout=0, max_msg_size=limits.MESSAGE_BYTES + 1
        )
        self._on_traffic = on_traffic
        self._on_refused = on_refused

    # aiohttp's own types for these are private, and its reader and protocol are handed on untouched.
    def _post_start(self, request: Any, protocol: str | None, writer: Any) -> None:
        guarded: Any = _GuardedRequest(request, self._on_traffic, self._on_refused)
        super()._post_start(guarded, protocol, writer)


class _GuardedRequest:
    """Stands for the request while the reader is installed, so that what is installed is the guarded reader."""

    # aiohttp's request and protocol, handed on untouched.
    def __init__(self, request: Any, on_traffic: Callable[[], None], on_refused: Callable[[Happening], None]) -> None:
        self._protocol = request.protocol
        self.protocol = self
        self._callbacks = on_traffic, on_refused

    def set_parser(self, parser: Any, data_received_cb: Callable[[], None] | None = None) -> None:
        self._protocol.set_parser(_GuardedReader(parser, *self._callbacks), data_received_cb=data_received_cb)

    def keep_alive(self, value: bool) -> None:
        self._protocol.keep_alive(value)


class _GuardedReader:
    """aiohttp's WebSocket reader behind a frame guard."""

    # aiohttp's reader is compiled and has no public type.
    def __init__(self, reader: Any, on_traffic: Callable[[], None], on_refused: Callable[[Happening], None]) -> None:
        self._reader = reader
        self._guard = FrameGuard()
        self._on_traffic = on_traffic
        self._on_refused = on_refused

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        if self._guard.stopped is not None:
            return False, b""
        self._on_traffic()
        fed: tuple[bool, bytes] = self._reader.feed_data(self._guard.pass_on(bytes(data)))
        self._report()
        return fed

    def _report(self) -> None:
        if self._guard.stopped is not None:
            self._on_refused(self._guard.stopped)

    def feed_eof(self) -> None:
        self._reader.feed_eof()
