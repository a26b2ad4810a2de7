"""An API over its life: it changes, is watched, authorizes, goes away."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import websockets
from aiohttp import WSMsgType

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import SystemClock
from terrarium.local.edge.websocket_api import IntegrationReply, WebSocketApi
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.settings import AccessLog, Integration, Route
from tests.unit.local.edge.websocket_api.gateway import running, settings


class Lines:
    """A log sink that remembers."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str]] = []

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        self.written.append((group, message))


async def test_new_routes_are_served_without_dropping_connections() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "join"}')
        assert (await client.receive_json())["message"] == "Forbidden"
        gateway.api.update(settings("$connect", "join"))
        await client.send_str('{"action": "join"}')
        assert (await gateway.until("MESSAGE"))["requestContext"]["routeKey"] == "join"
        await client.close()


async def test_closing_sends_everyone_away_and_disconnects_each_once() -> None:
    async with running(settings("$connect", "$disconnect")) as gateway:
        clients = [await gateway.connect() for _ in range(5)]
        closing = asyncio.create_task(gateway.api.close())
        for client in clients:
            message = await client.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        await closing
        contexts = [event["requestContext"] for event in gateway.events("DISCONNECT")]
        assert len({context["connectionId"] for context in contexts}) == len(contexts) == 5
        assert {context["disconnectStatusCode"] for context in contexts} == {1001}
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await gateway.connect()
        assert caught.value.status == 503


async def test_closing_does_not_wait_for_ever_for_a_function() -> None:
    async def hang(event: dict[str, Any]) -> Any:
        await asyncio.Event().wait()

    async with running(settings("$disconnect"), {"$disconnect": hang}) as gateway:
        client = await gateway.connect()
        closing = asyncio.create_task(gateway.api.close(patience=0.1))
        assert (await client.receive()).data == 1001
        await closing
        assert len(gateway.events("DISCONNECT")) == 1


async def test_who_was_connecting_when_the_api_closed_is_not_connected() -> None:
    async def hang(event: dict[str, Any]) -> Any:
        await asyncio.Event().wait()

    async with running(settings("$connect", "$disconnect"), {"$connect": hang}) as gateway:
        connecting = asyncio.create_task(gateway.connect())
        await gateway.until("CONNECT")
        await gateway.api.close(patience=0.1)
        with pytest.raises(aiohttp.ClientError):
            await connecting
        assert gateway.events("DISCONNECT") == []


async def test_who_is_let_in_while_the_api_closes_is_sent_away_at_once() -> None:
    closing = asyncio.Event()

    async def wait(event: dict[str, Any]) -> Any:
        await closing.wait()
        return {"statusCode": 200}

    async with running(settings("$connect", "$disconnect"), {"$connect": wait}) as gateway:
        connecting = asyncio.create_task(gateway.connect())
        await gateway.until("CONNECT")
        closed = asyncio.create_task(gateway.api.close())
        await asyncio.sleep(0)
        closing.set()
        assert (await (await connecting).receive()).data == 1001
        await closed
        assert len(gateway.events("DISCONNECT")) == 1


async def test_the_disconnect_event_tells_who_left_and_how() -> None:
    async with running(settings("$connect", "$disconnect")) as gateway:
        client = await gateway.connect()
        await client.close(code=4001, message=b"bored")
        event = await gateway.until("DISCONNECT")
    context = event["requestContext"]
    assert context["connectionId"] == await gateway.connection_id()
    assert (context["routeKey"], context["disconnectStatusCode"], context["disconnectReason"]) == (
        "$disconnect",
        4001,
        "bored",
    )
    assert event["headers"] == {
        "Host": context["domainName"],
        "x-api-key": "",
        "X-Forwarded-For": "",
        "x-restapi": "",
    }


async def test_each_request_writes_an_access_log_line() -> None:
    lines = Lines()
    text = "$context.eventType $context.routeKey $context.status $context.identity.sourceIp $context.error.message"
    log = AccessLog("/aws/queue", LogFormat(text))
    async with running(settings("$connect", "join", "$disconnect", access_log=log), logs=lines) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "join"}')
        await gateway.until("MESSAGE")
        await client.send_str("nothing")
        await client.receive()
        await client.close()
        await gateway.until("DISCONNECT")
    assert lines.written == [
        ("/aws/queue", "CONNECT $connect 200 127.0.0.1 -"),
        ("/aws/queue", "MESSAGE join 200 127.0.0.1 -"),
        ("/aws/queue", "MESSAGE - 403 127.0.0.1 Forbidden"),
        ("/aws/queue", "DISCONNECT $disconnect 200 127.0.0.1 -"),
    ]


async def test_metrics_and_events_follow_what_happens() -> None:
    async def fail(event: dict[str, Any]) -> Any:
        return {"statusCode": 500}

    async with running(settings("$connect", "join", "$disconnect"), {"join": fail}) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "join"}')
        await gateway.until("MESSAGE")
        await client.send_str("nothing")
        await client.receive()
        await client.close()
        await gateway.until("DISCONNECT")
    counts = [name for name, _ in gateway.metrics if name != "IntegrationLatency"]
    assert sorted(counts) == [
        "ClientError",
        "ConnectCount",
        "IntegrationError",
        "MessageCount",
        "MessageCount",
        "MessageCount",
    ]
    told = [(event.kind, event.detail["route"], event.detail["status"]) for event in gateway.happened]
    assert told == [
        ("connected", "$connect", 200),
        ("message", "join", 500),
        ("message", "", 403),
        ("disconnected", "$disconnect", 200),
    ]
    assert {event.resource for event in gateway.happened} == {"aws_apigatewayv2_api.queue"}


async def test_what_lambda_refuses_is_an_internal_server_error() -> None:
    async def refuse(event: dict[str, Any]) -> Any:
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)

    async with running(settings("$default"), {"$default": refuse}) as gateway:
        client = await gateway.connect()
        await client.send_str("hello")
        assert (await client.receive_json())["message"] == "Internal server error"
        await client.close()


def test_an_integration_type_that_does_not_come_alive_is_the_users_mistake() -> None:
    async def invoke(route: Route, payload: bytes) -> IntegrationReply:
        return IntegrationReply(b"{}")

    api = settings(Route("$default", Integration("http://example.com", type="VPC_LINK")))
    with pytest.raises(UserError, match="VPC_LINK"):
        WebSocketApi(api, invoke=invoke, clock=SystemClock())


async def test_clients_by_other_hands_are_served_too() -> None:
    async def echo(event: dict[str, Any]) -> Any:
        return {"statusCode": 200, "body": event["body"]}

    api = settings("$disconnect", Route("$default", Integration("echo"), response=True))
    async with running(api, {"echo": echo}) as gateway:
        url = f"ws://127.0.0.1:{gateway.server.port}/production"
        async with websockets.connect(url, compression=None) as client:
            pong = await client.ping()
            await pong
            await client.send(["hal", "ves"])
            assert await client.recv() == "halves"
            await client.send(json.dumps("ü" * 5_000))
            assert json.loads(await client.recv()) == "ü" * 5_000
        assert (await gateway.until("DISCONNECT"))["requestContext"]["disconnectStatusCode"] == 1000
