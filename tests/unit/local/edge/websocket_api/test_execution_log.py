"""The execution log of a stage: what each logging level tells, and what none of them does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import IntegrationReply
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.execution_log import EVENT_BYTES, Logging, Trace
from terrarium.local.edge.websocket_api.settings import Integration, Route
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.websocket_api.gateway import HandlerError, running, settings

GROUP = "/aws/apigateway/a1b2c3d4e5/production"
NOW = 1_700_000_000


class Lines:
    """A log that remembers what was written."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str, int | None]] = []

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        self.written.append((group, message, timestamp_ms))

    def holding(self, text: str) -> list[str]:
        return [message for _, message, _ in self.written if text in message]


async def fail(event: dict[str, Any]) -> Any:  # a handler takes and returns any JSON
    raise HandlerError("no such user")


async def odd(event: dict[str, Any]) -> Any:  # likewise
    return "no proxy reply"


async def visit(lines: Lines, logging: Logging, **changes: Any) -> str:
    """A client connects, sends a message that works and two that fail, and goes; returns its connection's id."""
    api = settings("$connect", "good", "bad", "odd", "$disconnect", logging=logging, **changes)
    async with running(api, {"bad": fail, "odd": odd}, logs=lines, clock=ManualClock(NOW)) as gateway:
        client = await gateway.connect("/production", headers={"Authorization": "Bearer secret"})
        for action in ("good", "bad", "odd"):
            await client.send_json({"action": action, "text": "in confidence"})
        for _ in range(2):
            await client.receive()
        await client.close()
        await gateway.until("DISCONNECT")
        return await gateway.connection_id()


async def test_info_tells_each_step_of_a_request() -> None:
    lines = Lines()
    connection = await visit(lines, Logging("INFO"))
    assert {(group, at) for group, _, at in lines.written} == {(GROUP, NOW * 1000)}
    for step in (
        "WebSocket Request Route: [$connect]",
        "is connecting to WebSocket API [a1b2c3d4e5]",
        f"Client [Connection Id: {connection}] connected to WebSocket API [a1b2c3d4e5] successfully.",
        "WebSocket Request Route: [good]",
        f"received message from client [Connection Id: {connection}].",
        "Sending request to good",
        "Method completed with status: 200",
        f"Client [Connection Id: {connection}] disconnected",
        "status code: 1000",
    ):
        assert lines.holding(step), step
    request = lines.holding("WebSocket Request Route: [good]")[0].split()[0]
    assert len(lines.holding(request)) > 4


async def test_error_tells_failures_only_and_there_the_handlers_own_text_is() -> None:
    lines = Lines()
    await visit(lines, Logging("ERROR", data=True))
    assert lines.holding("customer function error")
    assert lines.holding("no such user")
    assert lines.holding("Malformed Lambda proxy response")
    assert not lines.holding("Starting execution")
    assert not lines.holding("in confidence")


async def test_off_tells_nothing() -> None:
    lines = Lines()
    await visit(lines, Logging("OFF", data=True))
    assert lines.written == []


async def test_what_was_said_is_logged_only_where_it_is_asked_for() -> None:
    discreet, full = Lines(), Lines()
    await visit(discreet, Logging("INFO"))
    await visit(full, Logging("INFO", data=True))
    assert not discreet.holding("in confidence")
    assert full.holding("in confidence")
    assert full.holding('"statusCode": 200')
    assert not full.holding("Bearer secret")


async def test_a_route_may_have_a_level_of_its_own() -> None:
    lines = Lines()
    quiet = Route("good", Integration("good"), logging=Logging("OFF"))
    async with running(settings(quiet, "other", logging=Logging("INFO")), logs=lines) as gateway:
        client = await gateway.connect()
        await client.send_json({"action": "good"})
        await client.send_json({"action": "other"})
        await gateway.until("MESSAGE", 2)
        await client.close()
    assert lines.holding("Route: [other]")
    assert not lines.holding("Route: [good]")


async def test_why_an_authorizer_let_nobody_in_is_told() -> None:
    async def authorize(authorizer: Authorizer, payload: bytes) -> IntegrationReply:
        return IntegrationReply(json.dumps({"principalId": "ada", "policyDocument": {}}).encode())

    lines = Lines()
    route = Route("$connect", Integration("$connect"), authorizer=Authorizer("tokens", "check"))
    async with running(settings(route, logging=Logging("ERROR")), authorize=authorize, logs=lines) as gateway:
        answer = await gateway.session.get(
            gateway.endpoint,
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            },
        )
        assert answer.status == 500
    assert lines.holding("policyDocument has no Statement")
    assert lines.holding("AUTHORIZER_CONFIGURATION_ERROR")


async def test_a_timeout_is_told() -> None:
    lines = Lines()
    clock = ManualClock(NOW)

    async def late(event: dict[str, Any]) -> Any:  # a handler takes and returns any JSON
        await clock.sleep(60)

    async with running(settings("late", logging=Logging("ERROR")), {"late": late}, logs=lines, clock=clock) as gateway:
        client = await gateway.connect()
        await client.send_json({"action": "late"})
        await gateway.until("MESSAGE")
        await clock.advance(29)
        assert "timed out" in (await client.receive()).data
        await client.close()
    assert lines.holding("timeout error")


@pytest.mark.parametrize("text", ["x" * 2000, "ä" * 1000, "short"])
def test_a_line_is_never_longer_than_a_log_event_may_be(text: str) -> None:
    lines: list[str] = []
    Trace("id=", Logging("INFO", data=True), lines.append).data("Message", text)
    assert len(lines[0].encode()) <= EVENT_BYTES
    assert lines[0].endswith("[TRUNCATED]") is (text != "short")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(UserError, match="DEBUG"):
        Logging("DEBUG")
