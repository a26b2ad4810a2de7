"""A connection to the one port: plain requests go straight to those who answer them, all else to the web server.

The web server reads, routes and answers any request, at the price of some tenths of a millisecond. A few kinds of
requests come by the thousand and need little of that. As long as a connection carries nothing else, this is its
protocol; at the first request that it does not take, it hands the connection with all that it has not answered to the
web server, for good, so that the two never answer out of turn.

To have requests answered here, give the `Edge` a `Direct` that knows them by their heads (`local/direct.py`). AWS's
services register with the AWS endpoint instead, by being a `DirectService` (`local/api/call.py`). Whatever is answered
here must also be answered, and in the same way, through the web server.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

from terrarium.local.direct import Answerer, Direct, Reply
from terrarium.local.edge.heads import END, HEADER_BYTES, START, read_head

log = logging.getLogger(__name__)

#: How long a connection may stay without a request; the web server's own measure.
IDLE_SECONDS = 3630.0

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_FAILED = Reply(500, b"500 Internal Server Error\n", {"Content-Type": "text/plain; charset=utf-8"})


class Connection(asyncio.Protocol):
    """One connection.

    Args:
        direct: Knows who answers a request.
        otherwise: Makes the web server's protocol for a connection.
        open: Has this connection in it while it is open and not the web server's.
    """

    def __init__(self, direct: Direct, otherwise: Callable[[], asyncio.Protocol], open: set[Connection]) -> None:
        self._direct = direct
        self._otherwise = otherwise
        self._open = open
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle
        self._held = b""  # what came and is not answered
        self._answerer: Answerer | None = None  # of the request whose head was read
        self._start = self._end = 0  # of its body
        self._taking = False
        self._waiting = False  # for an answer
        self._full = False  # the client does not read what it is sent
        self._reading = True
        self._last = False
        self._lost: asyncio.Future[None]
        self._count = 0  # of answers

    def finish(self) -> asyncio.Future[None]:
        """Closes it after the answer that is due; done once it is closed."""
        self._last = True
        if not self._waiting:
            self._transport.close()
        return self._lost

    def abort(self) -> None:
        """Closes it at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        self._timer = loop.call_later(IDLE_SECONDS, self._check_idle, 0)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._open.discard(self)
        self._timer.cancel()
        self._held = b""
        self._lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._held = self._held + data if self._held else data
        if self._waiting or self._full:
            self._reading = False  # one request at a time; what comes meanwhile may wait outside
            self._transport.pause_reading()
        else:
            self._take()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if not self._waiting and not self._taking:
            self._take()

    def _take(self) -> None:
        """Answers the requests that are there, one after another."""
        self._taking = True
        try:
            while self._held and not (self._waiting or self._full or self._last) and self._next():
                pass
        finally:
            self._taking = False
        if not (self._reading or self._waiting or self._full or self._transport.is_closing()):
            self._reading = True
            self._transport.resume_reading()

    def _next(self) -> bool:
        """Begins with the next request; False where it is not all there, or none for here."""
        if self._answerer is None and not self._look():
            return False
        if len(self._held) < self._end:
            return False
        body, self._held = self._held[self._start : self._end], self._held[self._end :]
        answerer, self._answerer = self._answerer, None
        assert answerer is not None, "a head was read"
        self._waiting = True
        try:
            answerer(body, self._answer)
        except Exception:
            log.exception("a request could not be answered")
            self._last = True
            if self._waiting:
                self._answer(_FAILED)
        return True

    def _look(self) -> bool:
        """Reads the next request's head, and finds out who answers it."""
        end = self._held.find(END)
        if end < 0:
            beginning = self._held[: len(START)]
            if not START.startswith(beginning) or len(self._held) > HEADER_BYTES:
                self._hand_over()
            return False
        plain = read_head(self._held[:end]) if end <= HEADER_BYTES else None
        self._answerer = self._direct(plain[0]) if plain is not None else None
        if plain is None or self._answerer is None:
            self._hand_over()
            return False
        self._start = end + len(END)
        self._end = self._start + plain[1]
        return True

    def _answer(self, reply: Reply) -> None:
        """Sends an answer, and goes on with what came meanwhile."""
        self._waiting = False
        self._count += 1
        if self._transport.is_closing():
            return
        self._transport.write(_written(reply, last=self._last))
        if self._last:
            self._transport.close()
        elif not self._taking:
            self._take()

    def _hand_over(self) -> None:
        """Makes the web server the protocol of this connection, with everything that is not answered."""
        self._open.discard(self)
        self._timer.cancel()
        held, self._held = self._held, b""
        server = self._otherwise()
        self._transport.set_protocol(server)
        server.connection_made(self._transport)
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()
        server.data_received(held)

    def _check_idle(self, count: int) -> None:
        if count == self._count and not self._waiting:
            self._transport.close()
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(IDLE_SECONDS, self._check_idle, self._count)


def _written(reply: Reply, *, last: bool) -> bytes:
    head = f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, '')}\r\n"
    for name, value in reply.headers.items():
        head += f"{name}: {value}\r\n"
    close = "Connection: close\r\n" if last else ""
    head += f"Content-Length: {len(reply.body)}\r\nDate: {_date(int(time.time()))}\r\n{close}\r\n"
    return head.encode("latin-1") + reply.body


@functools.lru_cache(maxsize=2)
def _date(second: int) -> str:
    """A second as HTTP writes it."""
    return formatdate(second, usegmt=True)
