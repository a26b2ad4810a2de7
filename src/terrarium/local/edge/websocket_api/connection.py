"""One client's connection: what may be written to it, when it has lived long enough, how it ends.

It knows its socket and its own life, nothing of routes and functions. A message is written whole in one step, so
messages never interleave; what a client does not read waits in the transport's buffer, which is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeGuard

from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.authorizers import Principal
from terrarium.local.edge.websocket_api.context import Opening
from terrarium.local.edge.websocket_api.frames import close_frame, text_message
from terrarium.local.edge.websocket_api.lifecycle import End, Happening, Lifecycle


class Writer(Protocol):
    """What a connection needs of the HTTP server's response writer."""

    async def drain(self) -> None:
        """Returns once the client has read enough for more to be written."""
        ...


class GoneError(Exception):
    """There is no connection to write to."""


class BufferFullError(Exception):
    """The client does not read what it was sent."""


class Connection:
    """A client's connection from its handshake to its end.

    Args:
        opening: What its handshake told.
        principal: Whom an authorizer let in, if one was asked.
        clock: Time for its limits.
    """

    def __init__(self, opening: Opening, principal: Principal | None, clock: Clock) -> None:
        self.opening = opening
        self.principal = principal
        self.lifecycle = Lifecycle()
        self.ended: End | None = None
        self.slots = asyncio.Semaphore(limits.MESSAGES_IN_FLIGHT)
        """One for each message that may be with its integration."""
        self._clock = clock
        self._opened = self._active = clock.monotonic()
        self._transport: asyncio.Transport | None = None
        self._writer: Writer | None = None
        self._silent = asyncio.Event()
        self._vanished = asyncio.Event()
        self._goodbye: asyncio.Task[None] | None = None
        self._outbox: list[bytes] = []  # what is written at the end of this turn of the event loop

    def attach(self, transport: asyncio.Transport | None, writer: Writer) -> None:
        """The handshake is answered; from here on messages pass."""
        self._transport, self._writer = transport, writer

    @property
    def last_active_at(self) -> float:
        """When something last came from or went to the client, in seconds since the epoch."""
        return self.opening.connected_at + self._active - self._opened

    def touch(self) -> None:
        """Something came from the client: a message, a part of one, a ping.

        AWS does not say whether pings count; they are traffic that its end sees and answers.
        """
        self._active = self._clock.monotonic()

    def post(self, payload: bytes) -> None:
        """Sends what a backend posted, once the backend has been answered: it goes on meanwhile.

        Raises:
            GoneError: The connection is not open.
            BufferFullError: Too much waits for the client already.
        """
        transport = self._transport
        if not self._writable(transport):
            raise GoneError
        if transport.get_write_buffer_size() > limits.SEND_BUFFER_BYTES:
            raise BufferFullError
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(text_message(payload))
        self._active = self._clock.monotonic()

    def reply(self, text: str) -> bool:
        """Sends an answer to the client's own message; False where it is no longer there to hear it.

        Without a limit of its own: answers are bounded by the messages in flight, whose places come free in `drained`.
        """
        transport = self._transport
        if not self._writable(transport):
            return False
        self._flush()
        self._active = self._clock.monotonic()
        transport.write(text_message(text.encode("utf-8", "replace")))
        return True

    async def drained(self) -> None:
        """Returns once the client has read enough of what it was sent, or is gone."""
        if self._writer is not None:
            try:
                await self._writer.drain()
            except ConnectionError:
                self.end(Happening.LOST)

    def end(self, happening: Happening, end: End | None = None) -> None:
        """Ends it, unless it has ended already; tells the client where that is due.

        Args:
            happening: What ends it.
            end: The particulars of a client's own close.
        """
        decided = self.lifecycle.end(happening, end)
        if decided is None:
            return
        self.ended = decided
        # Whoever waits for a place for the next message learns that there will be none.
        self.slots.release()
        self._goodbye = asyncio.create_task(self._say_goodbye(decided), name="websocket-api-goodbye")

    def fall_silent(self) -> None:
        """The client sent a close frame: nothing more comes from it."""
        self._silent.set()

    def vanish(self) -> None:
        """The socket is closed, by whichever side."""
        self._silent.set()
        self._vanished.set()

    async def closed(self) -> None:
        """Returns once the socket is closed; the connection must have ended."""
        if self._goodbye is not None:
            await self._goodbye

    async def watch(self) -> None:
        """Ends it when it was idle for too long, or has lasted as long as a connection may."""
        while self.lifecycle.open:
            idle, expiry = self._active + limits.IDLE_SECONDS, self._opened + limits.CONNECTION_SECONDS
            remaining = min(idle, expiry) - self._clock.monotonic()
            if remaining <= 0:
                self.end(Happening.EXPIRED if expiry <= idle else Happening.IDLE)
            else:
                await self._clock.sleep(remaining)

    def _writable(self, transport: asyncio.Transport | None) -> TypeGuard[asyncio.Transport]:
        return self.lifecycle.open and transport is not None and not transport.is_closing()

    def _flush(self) -> None:
        """Writes what was posted."""
        frames, self._outbox = self._outbox, []
        if frames and self._transport is not None and not self._transport.is_closing():
            self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    async def _say_goodbye(self, end: End) -> None:
        self._flush()
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(close_frame(end.code, end.reason))
        if end.tell:
            # A close while the client still sends would reset the connection and lose the frame: it gets time to
            # answer. That is the machine's time, as the network is the machine's.
            await _within(limits.CLOSE_SECONDS, self._silent.wait())
        transport.close()
        # Closing waits for what is still unread; a client that reads nothing is cut off.
        await _within(limits.CLOSE_SECONDS, self._vanished.wait())
        transport.abort()


# A coroutine's first two type arguments are what it yields and is sent: nothing that matters here.
async def _within(seconds: float, work: Coroutine[Any, Any, object]) -> None:
    """Waits for it that long at most."""
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return
