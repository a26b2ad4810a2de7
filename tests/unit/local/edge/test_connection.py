"""A connection answers plain requests itself and leaves all else to the web server, in order and to the byte."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.direct import Answerer, Head, Reply
from terrarium.local.edge.connection import Connection
from terrarium.local.edge.heads import HEADER_BYTES


class Wire(asyncio.Transport):
    """A transport that keeps what it is given, and a socket that takes every option."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.reading = True
        self.closed = False
        self.protocol: asyncio.BaseProtocol | None = None
        self.filled: Callable[[], None] = lambda: None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self if name == "socket" else default

    def setsockopt(self, *_: int) -> None:
        """As a socket does."""

    def write(self, data: Any) -> None:
        self.sent += data
        self.filled()

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


class WebServer(asyncio.Protocol):
    """The web server's protocol: keeps what comes."""

    def __init__(self) -> None:
        self.transport: asyncio.BaseTransport | None = None
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data


class Scene:
    """A connection whose requests to /echo are answered at once, and to /later when the test says so."""

    def __init__(self) -> None:
        self.wire, self.server = Wire(), WebServer()
        self.open: set[Connection] = set()
        self.due: list[Callable[[Reply], None]] = []
        self.echoed = 0
        self.connection = Connection(self.direct, lambda: self.server, self.open)
        self.connection.connection_made(self.wire)

    def direct(self, head: Head) -> Answerer | None:
        return {"/echo": self.echo, "/later": self.later, "/broken": self.broken}.get(head.path)

    def echo(self, body: bytes, answer: Callable[[Reply], None]) -> None:
        self.echoed += 1
        answer(Reply(200, body, {"X-Of": "echo"}))

    def later(self, _body: bytes, answer: Callable[[Reply], None]) -> None:
        self.due.append(answer)

    def broken(self, _body: bytes, _answer: Callable[[Reply], None]) -> None:
        raise ZeroDivisionError

    def receive(self, *parts: bytes) -> None:
        """As the event loop would hand it to whoever has the connection."""
        for part in parts:
            if self.wire.protocol is None:
                self.connection.data_received(part)
            else:
                self.server.data_received(part)

    @property
    def bodies(self) -> list[bytes]:
        """The bodies of what was answered here."""
        found, rest = [], self.wire.sent
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 ")
            assert b"\r\nDate: " in head
            length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
            found.append(rest[:length])
            rest = rest[length:]
        return found


def post(path: str, body: bytes = b"", *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % len(data) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]


@given(st.lists(st.integers(min_value=0), max_size=12), st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_requests_may_arrive_in_any_pieces(places: list[int], bodies: list[bytes]) -> None:
    async def scene() -> list[bytes]:
        one = Scene()
        one.receive(*cut(b"".join(post("/echo", body) for body in bodies), places))
        return one.bodies

    assert asyncio.run(scene()) == bodies


@given(st.lists(st.integers(min_value=0), max_size=12), st.sampled_from([b"GET / HTTP/1.1\r\n\r\n", post("/other")]))
def test_what_is_not_taken_is_the_web_servers_to_the_last_byte(places: list[int], other: bytes) -> None:
    async def scene() -> None:
        one = Scene()
        one.receive(*cut(post("/echo", b"first") + other + post("/echo", b"after it"), places))
        assert one.bodies == [b"first"]
        assert one.wire.protocol is one.server
        assert one.server.transport is one.wire
        assert one.server.got == other + post("/echo", b"after it")
        assert one.open == set()

    asyncio.run(scene())


async def test_nothing_is_answered_or_handed_over_before_what_came_first() -> None:
    one = Scene()
    one.receive(post("/later"), post("/echo", b"second") + b"GET / HTTP/1.1\r\n\r\n")
    assert one.bodies == []
    assert not one.wire.reading
    assert one.wire.protocol is None
    one.due[0](Reply(200, b"first", {}))
    assert one.bodies == [b"first", b"second"]
    assert one.server.got == b"GET / HTTP/1.1\r\n\r\n"
    assert one.wire.reading


async def test_a_client_that_does_not_read_is_not_answered_further() -> None:
    one = Scene()
    one.connection.pause_writing()
    one.receive(post("/echo", b"a"), post("/echo", b"b"))
    assert one.bodies == []
    assert not one.wire.reading
    one.connection.resume_writing()
    assert one.bodies == [b"a", b"b"]
    assert one.wire.reading


async def test_nothing_is_handed_over_while_a_client_does_not_read() -> None:
    one = Scene()
    one.receive(post("/later"), b"GET / HTTP/1.1\r\n\r\n")
    one.wire.filled = one.connection.pause_writing
    one.due[0](Reply(200, b"much", {}))
    assert one.wire.protocol is None
    one.connection.resume_writing()
    assert one.server.got


@pytest.mark.parametrize("start", [b"G", b"P UT", b"\x16\x03", b"POST http"])
async def test_what_cannot_become_plain_is_not_held_back(start: bytes) -> None:
    one = Scene()
    one.receive(start)
    assert one.server.got == start


async def test_a_head_without_end_is_the_web_servers_to_refuse() -> None:
    one = Scene()
    one.receive(b"POST /echo HTTP/1.1\r\nX: ", b"x" * HEADER_BYTES)
    assert len(one.server.got) > HEADER_BYTES
    ended = Scene()
    ended.receive(post("/echo", b"", "X: " + "x" * HEADER_BYTES))
    assert len(ended.server.got) > HEADER_BYTES


async def test_a_bug_is_a_500_and_the_end_of_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    one = Scene()
    with caplog.at_level(logging.ERROR):
        one.receive(post("/broken") + post("/echo"))
    assert one.wire.sent.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"\r\nConnection: close\r\n" in one.wire.sent
    assert len(one.bodies) == 1
    assert one.wire.closed
    assert one.echoed == 0
    assert "ZeroDivisionError" in caplog.text


async def test_an_end_waits_for_the_answer_that_is_due() -> None:
    one = Scene()
    one.receive(post("/later"))
    ended = one.connection.finish()
    assert one.wire.sent == b""
    one.due[0](Reply(200, b"last", {}))
    assert one.bodies == [b"last"]
    assert one.wire.closed
    one.connection.connection_lost(None)
    assert ended.done()
    assert one.open == set()


async def test_an_answer_to_a_client_that_went_is_dropped() -> None:
    one = Scene()
    one.receive(post("/later"))
    one.wire.closed = True
    one.connection.connection_lost(None)
    one.due[0](Reply(200, b"too late", {}))
    assert one.wire.sent == b""
