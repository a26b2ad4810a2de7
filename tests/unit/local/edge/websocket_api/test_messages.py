from __future__ import annotations

import json
from typing import Any

import pytest

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.settings import Integration, Route
from tests.unit.local.edge.websocket_api.gateway import HandlerError, running, settings


async def echo(event: dict[str, Any]) -> Any:
    return {"statusCode": 200, "body": event["body"]}


TWO_WAY = Route("echo", Integration("echo"), response=True)


async def test_a_message_reaches_the_function_of_its_route() -> None:
    async with running(settings("$connect", "join", "$default")) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "join", "name": "Ada"}')
        event = await gateway.until("MESSAGE")
        await client.close()
    assert event["body"] == '{"action": "join", "name": "Ada"}'
    assert event["requestContext"]["routeKey"] == "join"
    assert event["requestContext"]["eventType"] == "MESSAGE"
    assert event["requestContext"]["connectionId"] == await gateway.connection_id()
    assert "messageId" in event["requestContext"]
    assert "headers" not in event


@pytest.mark.parametrize("text", ["hello", '{"action": "unknown"}', "{}", "[1]", '{"action": "$connect"}', "null", ""])
async def test_what_names_no_route_goes_to_the_default(text: str) -> None:
    async with running(settings("$connect", "$default")) as gateway:
        client = await gateway.connect()
        await client.send_str(text)
        event = await gateway.until("MESSAGE")
        await client.close()
    assert (event["requestContext"]["routeKey"], event["body"]) == ("$default", text)


async def test_without_a_default_route_the_client_hears_forbidden() -> None:
    async with running(settings("$connect", "join")) as gateway:
        client = await gateway.connect()
        await client.send_str("hello")
        frame = await client.receive_str()
        connection_id = await gateway.connection_id()
        await client.close()
    request_id = json.loads(frame)["requestId"]
    assert frame == f'{{"message": "Forbidden", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'
    assert gateway.events("MESSAGE") == []


async def test_a_two_way_route_returns_the_body() -> None:
    async with running(settings(TWO_WAY), {"echo": echo}) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "echo"}')
        assert await client.receive_str() == '{"action": "echo"}'
        await client.close()


async def test_a_reply_over_128_kb_has_failed() -> None:
    async def answer(event: dict[str, Any]) -> Any:
        return {"statusCode": 200, "body": "x" * (limits.MESSAGE_BYTES + len(event["body"]) - 17)}

    async with running(settings(TWO_WAY), {"echo": answer}) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action":"echo"}')
        assert await client.receive_str() == "x" * limits.MESSAGE_BYTES
        await client.send_str('{"action": "echo"}')
        assert (await client.receive_json())["message"] == "Internal server error"
        await client.close()


async def test_a_one_way_route_returns_nothing_whatever_its_status() -> None:
    async def fail(event: dict[str, Any]) -> Any:
        return {"statusCode": 500, "body": "never seen"}

    async with running(settings("fail", TWO_WAY), {"fail": fail, "echo": echo}) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "fail"}')
        await gateway.until("MESSAGE")
        await client.send_str('{"action": "echo"}')
        assert await client.receive_str() == '{"action": "echo"}'
        await client.close()


async def test_a_raising_function_is_an_internal_server_error_and_keeps_its_text() -> None:
    async def fail(event: dict[str, Any]) -> Any:
        raise HandlerError("password is hunter2")

    async with running(settings("$connect", "fail"), {"fail": fail}) as gateway:
        client = await gateway.connect()
        await client.send_str('{"action": "fail"}')
        frame = await client.receive_json()
        await client.close()
    assert frame["message"] == "Internal server error"
    assert frame["connectionId"] == await gateway.connection_id()
    assert set(frame) == {"message", "connectionId", "requestId"}
