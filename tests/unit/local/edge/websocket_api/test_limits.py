"""Limits of minutes and hours, on a clock that the test moves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import WSMsgType

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.settings import Integration, Route, Throttle
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.websocket_api.gateway import Gateway, running, settings


async def echo(event: dict[str, Any]) -> Any:
    return {"statusCode": 200, "body": event["body"]}


async def hang(event: dict[str, Any]) -> Any:
    await asyncio.Event().wait()


ECHO = Route("$default", Integration("echo"), response=True)


async def ended(gateway: Gateway) -> tuple[int, str]:
    context = (await gateway.until("DISCONNECT"))["requestContext"]
    assert len(gateway.events("DISCONNECT")) == 1
    return context["disconnectStatusCode"], context["disconnectReason"]


async def test_after_ten_minutes_without_traffic_the_connection_is_closed() -> None:
    clock = ManualClock()
    async with running(settings("$disconnect"), clock=clock) as gateway:
        client = await gateway.connect()
        await clock.advance(limits.IDLE_SECONDS - 1)
        assert gateway.api.connections == 1
        await clock.advance(1)
        closing = await client.receive()
        assert (closing.type, closing.data, closing.extra) == (WSMsgType.CLOSE, 1001, "Going away")
        assert await ended(gateway) == (1001, "Going away")


async def test_traffic_in_either_direction_keeps_a_connection() -> None:
    clock = ManualClock()
    async with running(settings("$disconnect", ECHO), {"echo": echo}, clock=clock) as gateway:
        client = await gateway.connect()
        for _ in range(3):
            await clock.advance(limits.IDLE_SECONDS - 1)
            await client.send_str("still here")
            assert await client.receive_str() == "still here"
        assert gateway.events("DISCONNECT") == []
        await client.close()


async def test_after_two_hours_even_a_busy_connection_is_closed() -> None:
    clock = ManualClock()
    async with running(settings("$disconnect", ECHO), {"echo": echo}, clock=clock) as gateway:
        client = await gateway.connect()
        for _ in range(23):
            await clock.advance(5 * 60)
            await client.send_str("busy")
            assert await client.receive_str() == "busy"
        await clock.advance(5 * 60 - 1)
        assert gateway.api.connections == 1
        await clock.advance(1)
        assert (await client.receive()).data == 1001
        assert await ended(gateway) == (1001, "Going away")


async def test_an_integration_that_takes_29_seconds_times_out_and_its_late_reply_is_dropped() -> None:
    clock, late, finished = ManualClock(), asyncio.Event(), asyncio.Event()

    async def slow(event: dict[str, Any]) -> Any:
        await late.wait()
        finished.set()
        return {"statusCode": 200, "body": "too late"}

    api = settings(ECHO, Route("slow", Integration("slow"), response=True))
    async with running(api, {"slow": slow, "echo": echo}, clock=clock) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "slow"}')
        await gateway.until("MESSAGE")
        await clock.advance(29)
        assert (await client.receive_json())["message"] == "Endpoint request timed out"
        late.set()
        await finished.wait()
        await client.send_str("next")
        assert await client.receive_str() == "next"
        await client.close()


async def test_functions_that_hang_do_not_hold_the_connection_for_ever() -> None:
    clock = ManualClock()
    api = settings(ECHO, "hang")
    async with running(api, {"hang": hang, "echo": echo}, clock=clock) as gateway:
        client = await gateway.connect()
        for _ in range(limits.MESSAGES_IN_FLIGHT):
            await client.send_str('{"action": "hang"}')
        await client.send_str("after")
        await gateway.until("MESSAGE", limits.MESSAGES_IN_FLIGHT)
        assert all(event["body"] != "after" for event in gateway.events("MESSAGE"))
        await clock.advance(29)
        frames = [await client.receive() for _ in range(limits.MESSAGES_IN_FLIGHT + 1)]
        assert "after" in {frame.data for frame in frames}
        await client.close()


async def test_a_connection_whose_functions_hang_is_deleted_at_once() -> None:
    async with running(settings("$connect", "$disconnect", "hang"), {"hang": hang}, clock=ManualClock()) as gateway:
        client = await gateway.connect()
        for _ in range(limits.MESSAGES_IN_FLIGHT + 1):
            await client.send_str('{"action": "hang"}')
        await gateway.until("MESSAGE", limits.MESSAGES_IN_FLIGHT)
        await gateway.session.delete(f"{gateway.endpoint}/@connections/{await gateway.connection_id()}")
        assert (await client.receive()).data == 1000
        assert await ended(gateway) == (1000, "Connection Closed Normally")
        closing = asyncio.create_task(gateway.api.close(patience=0.1))
        await closing


async def test_over_a_routes_throttle_the_client_hears_so_and_later_is_heard_again() -> None:
    clock = ManualClock()
    api = settings(
        "$connect", Route("$default", Integration("echo"), response=True, throttle=Throttle(rate=1, burst=2))
    )
    async with running(api, {"echo": echo}, clock=clock) as gateway:
        client = await gateway.connect()
        heard = []
        for _ in range(3):
            await client.send_str("hello")
            heard.append(await client.receive_str())
        assert heard[:2] == ["hello", "hello"]
        assert '"message": "Too Many Requests"' in heard[2]
        await clock.advance(1)
        await client.send_str("again")
        assert await client.receive_str() == "again"
        await client.close()


@pytest.mark.parametrize("changes", [{"throttle": Throttle(0, 0)}, {"connection_throttle": Throttle(1, 0)}])
async def test_over_a_throttle_nobody_connects(changes: dict[str, Any]) -> None:
    async with running(settings("$connect", **changes)) as gateway:
        answer = await gateway.session.get(
            gateway.endpoint,
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            },
        )
        assert answer.status == 429
        assert (await answer.json())["message"] == "Too Many Requests"
    assert gateway.calls == []
