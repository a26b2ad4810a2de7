from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from terrarium.local.edge.websocket_api.settings import Integration, Route
from tests.unit.local.edge.websocket_api.gateway import Gateway, HandlerError, running, settings


async def refused(gateway: Gateway, **options: Any) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await gateway.connect(**options)
    return caught.value.status


async def test_connects_once_the_connect_function_says_200() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        assert gateway.api.connections == 1
        await client.close()


async def test_connects_without_a_connect_route() -> None:
    async with running(settings("$default")) as gateway:
        client = await gateway.connect()
        assert not client.closed
        assert gateway.events("CONNECT") == []
        await client.close()


@pytest.mark.parametrize("status", [401, 403, 301, 501])
async def test_a_status_that_is_no_success_becomes_the_handshakes_answer(status: int) -> None:
    async def refuse(event: dict[str, Any]) -> Any:
        return {"statusCode": status, "body": "secret"}

    async with running(settings("$connect", "$disconnect"), {"$connect": refuse}) as gateway:
        assert await refused(gateway) == status
        assert gateway.api.connections == 0
    assert gateway.events("DISCONNECT") == []


MALFORMED: list[Any] = [None, {}, "ok", [], {"statusCode": None}, {"statusCode": True}, {"statusCode": "ok"}]


@pytest.mark.parametrize("reply", MALFORMED)
async def test_a_malformed_reply_to_connect_is_a_bad_gateway(reply: Any) -> None:
    async def odd(event: dict[str, Any]) -> Any:
        return reply

    async with running(settings("$connect"), {"$connect": odd}) as gateway:
        assert await refused(gateway) == 502


async def test_a_raising_connect_function_is_a_bad_gateway_and_keeps_its_text() -> None:
    async def fail(event: dict[str, Any]) -> Any:
        raise HandlerError("password is hunter2")

    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    async with running(settings("$connect"), {"$connect": fail}) as gateway:
        answer = await gateway.session.get(gateway.endpoint, headers=upgrade)
        body = await answer.json()
        assert answer.status == 502
        assert body["message"] == "Internal server error"
        assert set(body) == {"message", "connectionId", "requestId"}


async def test_the_connect_event_carries_the_handshake() -> None:
    async with running(settings("$connect")) as gateway:
        headers = {"X-Token": "t", "User-Agent": "wscat"}
        client = await gateway.connect("/production?room=1&room=2&name=Ada", headers=headers)
        event = await gateway.until("CONNECT")
        await client.close()
    context = event["requestContext"]
    assert event["headers"]["X-Token"] == "t"
    assert event["multiValueHeaders"]["X-Token"] == ["t"]
    assert event["headers"]["X-Forwarded-For"] == context["identity"]["sourceIp"] == "127.0.0.1"
    assert not {"connection", "upgrade"} & {name.lower() for name in event["headers"]}
    assert event["queryStringParameters"] == {"room": "2", "name": "Ada"}
    assert event["multiValueQueryStringParameters"] == {"room": ["1", "2"], "name": ["Ada"]}
    assert event["isBase64Encoded"] is False
    assert (context["routeKey"], context["eventType"], context["messageDirection"]) == ("$connect", "CONNECT", "IN")
    assert context["identity"]["userAgent"] == "wscat"
    assert context["stage"] == "production"
    assert context["requestId"] == context["extendedRequestId"]
    assert len(context["connectionId"]) == 16
    assert context["connectionId"].endswith("=")


async def test_the_chosen_subprotocol_is_answered() -> None:
    async def choose(event: dict[str, Any]) -> Any:
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "myprotocol"}}

    async with running(settings("$connect"), {"$connect": choose}) as gateway:
        client = await gateway.connect(protocols=["chat1", "myprotocol"])
        assert client.protocol == "myprotocol"
        await client.close()


async def test_a_plain_request_is_asked_to_upgrade() -> None:
    async with running(settings("$connect")) as gateway:
        answer = await gateway.session.get(gateway.endpoint)
        assert answer.status == 426
        assert gateway.calls == []


async def test_a_url_that_is_too_long_is_refused() -> None:
    async with running(settings("$connect")) as gateway:
        assert await refused(gateway, path="/production?long=" + "x" * 4096) == 414


@pytest.mark.parametrize("host", ["a b:c", "[::1", "x" * 300, "localhost:99999999"])
async def test_an_odd_host_header_does_no_harm(host: str) -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect(headers={"Host": host})
        assert (await gateway.until("CONNECT"))["headers"]["Host"] == host
        await client.close()


async def test_a_connect_function_that_hangs_times_out() -> None:
    async def hang(event: dict[str, Any]) -> Any:
        await asyncio.Event().wait()

    api = settings(Route("$connect", Integration("$connect", timeout=0.05)))
    async with running(api, {"$connect": hang}) as gateway:
        assert await refused(gateway) == 504
