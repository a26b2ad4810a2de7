"""Clients that break rules, vanish or never read: connections end as documented, `$disconnect` runs once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.settings import Integration, Route, Throttle
from tests.unit.local.edge.websocket_api.gateway import Gateway, running, settings

UPGRADE = (
    b"GET /production HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
ROUTES = ("$connect", "$disconnect", "$default")


def frame(payload: bytes, first: int = 0x81, masked: bool = True) -> bytes:
    """A client's frame; masked with zeros, which leaves it readable."""
    bit = 0x80 if masked else 0
    length = len(payload)
    size = (
        struct.pack("!B", bit | length)
        if length < 126
        else struct.pack("!BH", bit | 126, length)
        if length < 65536
        else struct.pack("!BQ", bit | 127, length)
    )
    return bytes([first]) + size + (b"\0\0\0\0" if masked else b"") + payload


class RawClient:
    """A client that sends bytes of its own making."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self) -> tuple[int, bytes]:
        """The next frame: its opcode and payload."""
        first, second = await self.reader.readexactly(2)
        length = (
            second if second < 126 else int.from_bytes(await self.reader.readexactly(2 if second == 126 else 8), "big")
        )
        return first & 0xF, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        """The code of the close frame that comes next, which is answered as the protocol asks."""
        opcode, payload = await self.receive()
        assert opcode == 8
        await self.send(frame(payload[:2], 0x88))
        return int.from_bytes(payload[:2], "big")

    def reset(self) -> None:
        """Vanishes: the connection is reset, no close frame, no FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def raw(gateway: Gateway, pipelined: bytes = b"", **options: Any) -> AsyncIterator[RawClient]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.server.port, **options)
    client = RawClient(reader, writer)
    try:
        await client.send(UPGRADE + pipelined)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        yield client
    finally:
        writer.transport.abort()


async def the_one_disconnect(gateway: Gateway) -> tuple[int, str]:
    context = (await gateway.until("DISCONNECT"))["requestContext"]
    assert len(gateway.events("DISCONNECT")) == 1
    assert gateway.api.connections == 0
    return context["disconnectStatusCode"], context["disconnectReason"]


async def test_a_binary_message_closes_with_1003() -> None:
    async with running(settings(*ROUTES)) as gateway:
        client = await gateway.connect()
        await client.send_bytes(b"\x00\x01")
        assert (await client.receive()).type is WSMsgType.CLOSE
        assert client.close_code == 1003
        assert (await the_one_disconnect(gateway))[0] == 1003
    assert gateway.events("MESSAGE") == []


async def test_a_frame_over_32_kb_closes_with_1009() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(b"x" * (limits.FRAME_BYTES + 1)))
        assert await client.close_code() == 1009
        assert (await the_one_disconnect(gateway))[0] == 1009
    assert gateway.events("MESSAGE") == []


async def test_a_message_of_128_kb_in_frames_of_32_kb_arrives() -> None:
    piece = b"x" * limits.FRAME_BYTES
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(piece, 0x01) + frame(piece, 0x00) + frame(piece, 0x00) + frame(piece, 0x80))
        event = await gateway.until("MESSAGE")
    assert event["body"] == "x" * limits.MESSAGE_BYTES


async def test_a_message_over_128_kb_in_small_frames_closes_with_1009() -> None:
    piece = b"x" * limits.FRAME_BYTES
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(piece, 0x01) + frame(piece, 0x00) * 3 + frame(b"x", 0x80))
        assert await client.close_code() == 1009
    assert gateway.events("MESSAGE") == []


async def test_one_megabyte_in_one_message_closes_with_1009() -> None:
    async with running(settings(*ROUTES)) as gateway:
        client = await gateway.connect()
        with contextlib.suppress(ConnectionError):
            await client.send_str("x" * 1024 * 1024)
        assert (await client.receive()).type is WSMsgType.CLOSE
        assert client.close_code == 1009
        assert (await the_one_disconnect(gateway))[0] == 1009


async def test_frames_sent_with_the_handshake_are_held_to_the_rules_too() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway, frame(b"hi") + frame(b"\0", 0x82)) as client:
        assert await client.close_code() == 1003
        assert (await gateway.until("MESSAGE"))["body"] == "hi"


async def test_a_client_that_does_not_answer_a_close_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLOSE_SECONDS", 0.01)
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(b"\0", 0x82))
        assert await client.receive() == (8, b"\x03\xeb")
        assert await client.reader.read() == b""
        assert (await the_one_disconnect(gateway))[0] == 1003


async def test_an_unmasked_frame_closes_with_1002() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(b"hello", masked=False))
        assert await client.close_code() == 1002
        assert (await the_one_disconnect(gateway))[0] == 1002


async def test_text_that_is_not_utf8_closes_with_1007() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(b"\xff\xfe"))
        assert await client.close_code() == 1007
        assert (await the_one_disconnect(gateway))[0] == 1007


@pytest.mark.parametrize(
    "half", [frame(b"hello")[:1], frame(b"hello")[:5], frame(b"hello", 0x01), frame(b"x" * 300)[:3]]
)
async def test_half_a_frame_and_then_nothing_is_a_lost_connection(half: bytes) -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(half)
        client.writer.write_eof()
        assert await the_one_disconnect(gateway) == (1006, "Connection closed abnormally")
    assert gateway.events("MESSAGE") == []


async def test_a_client_that_vanishes_without_a_close_frame_disconnects_once() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        client.reset()
        assert await the_one_disconnect(gateway) == (1006, "Connection closed abnormally")


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (b"", 1005, "Client-side close frame status not set"),
        (b"\x03\xe8", 1000, "Connection Closed Normally"),
        (b"\x03\xe9", 1001, ""),
        (b"\x0f\xa0bye", 4000, "bye"),
    ],
)
async def test_a_clients_close_says_how(payload: bytes, code: int, reason: str) -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway) as client:
        await client.send(frame(payload, 0x88))
        opcode, answered = await client.receive()
        assert (opcode, answered[:2]) == (8, payload[:2])
        assert await client.reader.read() == b""
        assert await the_one_disconnect(gateway) == (code, reason)


async def test_a_client_that_vanishes_during_connect_disconnects_too() -> None:
    """Its `$connect` ran and may have stored it; something must take it away again."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def wait(event: dict[str, Any]) -> Any:
        entered.set()
        await leave.wait()
        return {"statusCode": 200}

    async with running(settings(*ROUTES), {"$connect": wait}) as gateway:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.server.port)
        writer.write(UPGRADE)
        await entered.wait()
        writer.transport.abort()
        await gateway.abandoned.wait()
        leave.set()
        assert (await the_one_disconnect(gateway))[0] == 1006


async def test_ten_thousand_messages_at_once_all_arrive_a_few_at_a_time() -> None:
    running_now = peak = 0

    async def work(event: dict[str, Any]) -> Any:
        nonlocal running_now, peak
        running_now += 1
        peak = max(peak, running_now)
        await asyncio.sleep(0)
        running_now -= 1
        return {"statusCode": 200, "body": event["body"]}

    api = settings(Route("$default", Integration("$default"), response=True), account_throttle=Throttle(1e9, 10**9))
    async with running(api, {"$default": work}) as gateway, raw(gateway) as client:
        sending = asyncio.create_task(client.send(b"".join(frame(f"{n:05}".encode()) for n in range(10_000))))
        heard = [(await client.receive())[1] for _ in range(10_000)]
        await sending
    assert sorted(heard) == [f"{n:05}".encode() for n in range(10_000)]
    assert peak <= limits.MESSAGES_IN_FLIGHT
    assert [event["body"] for event in gateway.events("MESSAGE")] == [f"{n:05}" for n in range(10_000)]


async def test_a_client_that_never_reads_is_bounded_and_the_backend_is_told() -> None:
    async with running(settings(*ROUTES)) as gateway, raw(gateway, limit=1024):
        connection_id = await gateway.connection_id()
        url = f"{gateway.endpoint}/@connections/{connection_id}"
        sent, status = 0, 200
        while status == 200:
            answer = await gateway.session.post(url, data=b"x" * limits.MESSAGE_BYTES)
            status = answer.status
            sent += 1
        assert status == 429
        assert answer.headers["x-amzn-ErrorType"] == "LimitExceededException"
        other = await gateway.connect()
        await other.send_str("still served")
        assert (await gateway.until("MESSAGE"))["body"] == "still served"
        await other.close()


async def test_a_client_that_asks_without_listening_is_not_read_any_further() -> None:
    total, size = 800, 30_000

    async def echo(event: dict[str, Any]) -> Any:
        return {"statusCode": 200, "body": event["body"]}

    api = settings(Route("$default", Integration("$default"), response=True))
    async with running(api, {"$default": echo}) as gateway, raw(gateway) as client:
        client.writer.write(frame(b"x" * size) * total)
        other = await gateway.connect()
        for _ in range(300):
            await other.send_str("ask")
            await other.receive_str()
        assert sum(event["body"] != "ask" for event in gateway.events("MESSAGE")) < total
        assert [await client.receive() for _ in range(total)] == [(1, b"x" * size)] * total
        await other.close()


async def test_one_slow_connection_does_not_hold_up_another() -> None:
    release = asyncio.Event()

    async def work(event: dict[str, Any]) -> Any:
        if event["body"] == "slow":
            await release.wait()
        return {"statusCode": 200, "body": event["body"]}

    api = settings(Route("$default", Integration("$default"), response=True))
    async with running(api, {"$default": work}) as gateway:
        slow, quick = await gateway.connect(), await gateway.connect()
        for _ in range(limits.MESSAGES_IN_FLIGHT + 5):
            await slow.send_str("slow")
        await quick.send_str("quick")
        assert await quick.receive_str() == "quick"
        release.set()
        assert {await slow.receive_str() for _ in range(limits.MESSAGES_IN_FLIGHT + 5)} == {"slow"}
        await slow.close()
        await quick.close()


async def test_deeply_nested_json_is_no_json() -> None:
    async with running(settings(*ROUTES)) as gateway:
        client = await gateway.connect()
        await client.send_str("[" * 30_000)
        assert (await gateway.until("MESSAGE"))["requestContext"]["routeKey"] == "$default"
        await client.send_str(json.dumps({"action": "$disconnect"}))
        assert (await gateway.until("MESSAGE", 2))["requestContext"]["routeKey"] == "$default"
        await client.close()
