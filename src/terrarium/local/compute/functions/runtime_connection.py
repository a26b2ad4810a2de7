"""One worker's connection to the Runtime API: bytes in, calls out. What a call means is decided by whoever listens."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import cast

from terrarium.local.compute.functions import runtime_api
from terrarium.local.compute.functions.failures import LARGEST_RESPONSE
from terrarium.local.compute.functions.http_messages import ProtocolError, Request, Requests, answer
from terrarium.local.compute.functions.runtime_api import Call


class RuntimeConnection(asyncio.Protocol):
    """Speaks HTTP with a worker's runtime.

    Args:
        heard: Called with each call of the API.
        lost: Called once when the worker has closed its end, but not after `close`.
    """

    def __init__(self, heard: Callable[[Call], None], lost: Callable[[], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._requests = Requests(LARGEST_RESPONSE)
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._held = b""  # answers that the runtime does not wait for, because it has asked for more already

    async def open(self, end: socket.socket) -> None:
        """Begins to listen on this end of a socket pair."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=end)

    def accept(self) -> None:
        """Answers that a result or an error was taken.

        A runtime that has asked for its next invocation in the same breath is not woken for this: it leaves with that.
        """
        self._held += runtime_api.ACCEPTED

    def refuse(self, status: int, error_type: str, message: str) -> None:
        """Answers that a call cannot be."""
        self._write(runtime_api.refusal(status, error_type, message))

    def invoke(self, headers: Mapping[str, str], payload: bytes) -> None:
        """Answers the request for an invocation."""
        self._write(answer(200, headers, payload))

    def close(self) -> None:
        """Hears no more."""
        self._closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._closed:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            requests = self._requests.feed(data)
        except ProtocolError:
            if self._transport is not None:
                self._transport.abort()
            return
        for request in requests:
            if not self._closed:
                self._take(request)
        if requests and requests[-1].method != "GET":
            self._write(b"")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._transport = None
        if not self._closed:
            self._closed = True
            self._lost()

    def _take(self, request: Request) -> None:
        call = runtime_api.understand(request)
        if call is None:
            self.refuse(404, "NotFound", f"no operation {request.method} {request.path}")
        else:
            self._heard(call)

    def _write(self, data: bytes) -> None:
        data, self._held = self._held + data, b""
        if data and self._transport is not None:
            self._transport.write(data)
