"""What happens reaches open pages, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from terrarium.events import Event
from terrarium.local.edge.front_page import Live
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.front_page.conftest import Serve


def line(message: str) -> dict[str, Any]:
    return {"time": 1, "group": "/aws/lambda/f", "stream": "s", "message": message}


async def test_a_page_gets_the_last_lines_and_then_what_happens(serve: Serve) -> None:
    clock = ManualClock()
    live = Live(lambda count: [line("earlier")][:count], clock)
    client = await serve(live.handle)

    async with client.ws_connect("/live") as page:
        first = await page.receive_json()
        live.line(line("hello"))
        live.event(Event(5.0, "aws_lambda_function.f", "invoked"))
        live.event(Event(6.0, "aws_lambda_function.f", "invoked"))
        await clock.advance(0.1)
        then = await page.receive_json()

    assert first == {"first": True, "lines": [line("earlier")], "lost": 0, "pulses": {}}
    assert then["lines"] == [line("hello")]
    assert then["pulses"]["aws_lambda_function.f"]["counts"] == {"invoked": 2}


async def test_what_happens_before_a_message_goes_out_goes_with_it(serve: Serve) -> None:
    clock = ManualClock()
    live = Live(lambda count: [], clock)
    client = await serve(live.handle)

    async with client.ws_connect("/live") as page:
        await page.receive_json()
        for number in range(3):
            live.line(line(str(number)))
            await clock.advance(0.03)
        await clock.advance(0.03)
        together = await page.receive_json()
        live.line(line("later"))
        await clock.advance(0.1)
        later = await page.receive_json()

    assert [one["message"] for one in together["lines"]] == ["0", "1", "2"]
    assert [one["message"] for one in later["lines"]] == ["later"]


async def test_nobody_is_told_anything_while_no_page_is_open(serve: Serve) -> None:
    told: list[str] = []

    def listen() -> Callable[[], None]:
        told.append("begin")
        return lambda: told.append("end")

    live = Live(lambda count: [], ManualClock(), listen)
    client = await serve(live.handle)
    assert told == []
    async with client.ws_connect("/live") as page:
        await page.receive_json()
        async with client.ws_connect("/live") as other:
            await other.receive_json()
            assert told == ["begin"]
    async with asyncio.timeout(10):
        while live.watched:  # noqa: ASYNC110  # the server notices in its own time, and tells nobody
            await asyncio.sleep(0)
    assert told == ["begin", "end"]


async def test_nobody_watches_once_the_page_is_gone(serve: Serve) -> None:
    clock = ManualClock()
    live = Live(lambda count: [], clock)
    client = await serve(live.handle)

    async with client.ws_connect("/live") as page:
        await page.receive_json()
        assert live.watched

    async with asyncio.timeout(10):
        while live.watched:  # noqa: ASYNC110  # the server notices in its own time, and tells nobody
            await asyncio.sleep(0)


async def test_the_end_of_a_system_closes_its_pages(serve: Serve) -> None:
    live = Live(lambda count: [], ManualClock())
    client = await serve(live.handle)

    async with client.ws_connect("/live") as page:
        await page.receive_json()
        await live.close()
        end = await page.receive()

    assert (end.type, end.data, end.extra) == (WSMsgType.CLOSE, 1001, "ended")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://tictactoe.localhost:4500", "null"])
async def test_a_page_from_elsewhere_hears_nothing(serve: Serve, origin: str) -> None:
    live = Live(lambda count: [line("secret")], ManualClock())
    client = await serve(live.handle)

    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect("/live", headers={"Origin": origin})

    assert refused.value.status == 403
    assert not live.watched


async def test_a_plain_request_is_told_what_this_is(serve: Serve) -> None:
    client = await serve(Live(lambda count: [], ManualClock()).handle)

    answer = await client.get("/live")

    assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
