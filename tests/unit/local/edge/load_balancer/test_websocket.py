"""WebSockets through the balancer, spoken to by a client made by other hands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from aiohttp import WSMsgType, web
from websockets.asyncio.client import connect

from terrarium.local.edge.load_balancer.settings import LoadBalancerSettings, Stickiness
from terrarium.local.edge.load_balancer.tunnel import HIGH, Flow

Settings = Callable[..., LoadBalancerSettings]
# The place that the fixture makes; its class lives in conftest.py, which tests cannot import.
Place = Any


async def echo(request: web.BaseRequest) -> web.StreamResponse:
    if "Upgrade" not in request.headers:
        return web.Response()
    socket = web.WebSocketResponse(protocols=("board",), max_msg_size=0)
    await socket.prepare(request)
    await socket.send_str(request.headers["X-Forwarded-For"])
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            if message.data == "bye":
                await socket.close(code=4001, message=b"as you wish")
            else:
                await socket.send_str(message.data)
        else:
            await socket.send_bytes(message.data)
    return socket


async def test_a_websocket_passes_with_its_protocol_extensions_and_close_code(
    place: Place, one_group: Settings
) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    async with connect(f"ws://127.0.0.1:{place.port}/", subprotocols=[websockets.Subprotocol("board")]) as socket:
        assert socket.subprotocol == "board"
        assert socket.response is not None
        assert "permessage-deflate" in socket.response.headers["Sec-WebSocket-Extensions"]
        assert await socket.recv() == "127.0.0.1"
        await socket.send("hello")
        assert await socket.recv() == "hello"
        await socket.send("bye")
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
        assert (socket.close_code, socket.close_reason) == (4001, "as you wish")


async def test_a_message_larger_than_any_buffer_passes_whole(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    data = bytes(range(256)) * 20_000
    async with connect(f"ws://127.0.0.1:{place.port}/", max_size=None, compression=None) as socket:
        await socket.recv()
        await socket.send(data)
        assert await socket.recv() == data


async def test_the_targets_end_ends_the_clients_connection(place: Place, one_group: Settings) -> None:
    async def drops(request: web.BaseRequest) -> web.StreamResponse:
        if "Upgrade" in request.headers:
            await web.WebSocketResponse().prepare(request)
            assert request.transport is not None
            request.transport.abort()
        return web.Response()

    await place.balancer(one_group(await place.target("i-1", drops)))
    async with connect(f"ws://127.0.0.1:{place.port}/") as socket:
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()
        assert socket.close_code == 1006


async def test_the_clients_end_ends_the_targets_connection(place: Place, one_group: Settings) -> None:
    ended = asyncio.Event()

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        if "Upgrade" not in request.headers:
            return web.Response()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            await socket.receive()
        finally:
            ended.set()
        return socket

    await place.balancer(one_group(await place.target("i-1", waits)))
    async with connect(f"ws://127.0.0.1:{place.port}/") as socket:
        socket.transport.abort()
    await ended.wait()


async def test_an_idle_websocket_ends_after_the_idle_timeout(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", echo), idle_timeout=0.05))
    async with connect(f"ws://127.0.0.1:{place.port}/", ping_interval=None) as socket:
        await socket.recv()
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()


async def test_a_refused_upgrade_is_passed_on_as_the_answer_it_is(place: Place, one_group: Settings) -> None:
    async def refuses(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=403, text="members only")

    await place.balancer(one_group(await place.target("i-1", refuses)))
    with pytest.raises(websockets.InvalidStatus) as caught:
        await connect(f"ws://127.0.0.1:{place.port}/")
    assert caught.value.response.status_code == 403
    assert caught.value.response.body == b"members only"


async def test_the_handshake_carries_the_stickiness_cookie(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", echo), stickiness=Stickiness()))
    async with connect(f"ws://127.0.0.1:{place.port}/") as socket:
        assert socket.response is not None
        assert socket.response.headers.get_all("Set-Cookie")[0].startswith("AWSALB=")


async def test_stopping_the_balancer_ends_its_websockets(place: Place, one_group: Settings) -> None:
    balancer = await place.balancer(one_group(await place.target("i-1", echo)))
    async with connect(f"ws://127.0.0.1:{place.port}/") as socket:
        await socket.recv()
        await balancer.stop()
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()


async def test_a_websocket_ends_with_its_targets_deregistration_delay(place: Place, one_group: Settings) -> None:
    balancer = await place.balancer(one_group(await place.target("i-1", echo), deregistration_delay=20))
    async with connect(f"ws://127.0.0.1:{place.port}/", ping_interval=None) as socket:
        await socket.recv()
        balancer.update(one_group(deregistration_delay=20))
        await socket.send("still here")
        assert await socket.recv() == "still here"
        await place.clock.advance(20)
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()


class Source(asyncio.Transport):
    """A transport that only notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.resumed = asyncio.Event()

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.told.append("pause")

    def resume_reading(self) -> None:
        self.told.append("resume")
        self.resumed.set()


async def test_a_side_that_does_not_take_what_it_gets_stops_the_other_until_it_does() -> None:
    source, taken, room = Source(), bytearray(), asyncio.Event()

    async def sink(data: bytes) -> None:
        await room.wait()
        taken.extend(data)

    flow = Flow(source, sink, lambda: None)
    running = asyncio.create_task(flow.run())
    flow.feed_data(b"x" * HIGH)
    assert source.told == []
    flow.feed_data(b"y")
    assert source.told == ["pause"]
    room.set()
    await source.resumed.wait()
    assert bytes(taken) == b"x" * HIGH + b"y"
    flow.feed_eof()
    await running
