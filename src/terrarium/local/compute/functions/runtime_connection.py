"""One worker's connection to the Runtime API: bytes in, calls out. What a call means is decided by whoever listens."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from terrarium.local.compute.functions.failures import LARGEST_RESPONSE
from terrarium.local.compute.functions.runtime_api import HttpDialect
from terrarium.local.compute.functions.runtime_call import NEXT, Call, Delivery, Dialect, ProtocolError, Refusal
from terrarium.local.compute.functions.runtime_frames import FrameDialect


class RuntimeConnection(asyncio.Protocol):
    """Speaks with a worker's runtime as that began: in HTTP, whose first byte is a letter, or in frames.

    Args:
        heard: Called with each call of the API.
        lost: Called once when the worker has closed its end, but not after `close`.
    """

    def __init__(self, heard: Callable[[Call], None], lost: Callable[[], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._dialect: Dialect | None = None
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
        self._held += self._spoken.accepted()

    def refuse(self, status: int, error_type: str, message: str) -> None:
        """Answers that a call cannot be."""
        self._refuse(Refusal(status, error_type, message))

    def invoke(self, delivery: Delivery) -> None:
        """Answers the request for an invocation."""
        self._write(self._spoken.invocation(delivery))

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
        dialect = self._dialect
        if dialect is None:
            letter = data[:1].isalpha()
            dialect = self._dialect = (HttpDialect if letter else FrameDialect)(LARGEST_RESPONSE)
        try:
            calls = dialect.feed(data)
            for call in calls:
                if not self._closed:
                    self._take(call)
        except ProtocolError:
            if self._transport is not None:
                self._transport.abort()
            return
        if self._held and calls and calls[-1] is not NEXT:
            self._write(b"")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._transport = None
        if not self._closed:
            self._closed = True
            self._lost()

    @property
    def _spoken(self) -> Dialect:
        assert self._dialect is not None  # who has not spoken is not answered
        return self._dialect

    def _take(self, call: Call | Refusal) -> None:
        if isinstance(call, Call):
            self._heard(call)
        else:
            self._refuse(call)

    def _refuse(self, refusal: Refusal) -> None:
        self._write(self._spoken.refused(refusal))

    def _write(self, data: bytes) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        if data and self._transport is not None:
            self._transport.write(data)
