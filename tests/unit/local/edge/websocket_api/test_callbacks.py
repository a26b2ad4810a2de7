"""What a backend does through ``@connections``, with the SDK that it uses for it."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from aiohttp import WSMsgType
from botocore.config import Config
from botocore.exceptions import ClientError

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.settings import Throttle
from tests.unit.local.edge.websocket_api.gateway import Gateway, running, settings


class Backend:
    """boto3 beside the loop, as a function uses it."""

    def __init__(self, gateway: Gateway) -> None:
        # The client's class is made by boto3 at run time.
        self.client: Any = boto3.client(
            "apigatewaymanagementapi", endpoint_url=gateway.endpoint, config=Config(retries={"total_max_attempts": 1})
        )

    async def post(self, connection_id: str, data: bytes) -> None:
        await asyncio.to_thread(self.client.post_to_connection, ConnectionId=connection_id, Data=data)

    async def get(self, connection_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await asyncio.to_thread(self.client.get_connection, ConnectionId=connection_id)
        return found

    async def delete(self, connection_id: str) -> int:
        answer = await asyncio.to_thread(self.client.delete_connection, ConnectionId=connection_id)
        status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
        return status


async def test_posted_data_arrives_as_text() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        await Backend(gateway).post(await gateway.connection_id(), '{"type":"größe"}'.encode())
        message = await client.receive()
        assert (message.type, message.data) == (WSMsgType.TEXT, '{"type":"größe"}')
        await client.close()


@pytest.mark.parametrize("size", [0, 125, 126, limits.FRAME_BYTES, limits.FRAME_BYTES + 1, limits.MESSAGE_BYTES])
async def test_messages_of_every_size_arrive_whole(size: int) -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        await Backend(gateway).post(await gateway.connection_id(), b"x" * size)
        assert await client.receive_str() == "x" * size
        await client.close()


async def test_a_payload_over_128_kb_is_too_large() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        url = f"{gateway.endpoint}/@connections/{quote(await gateway.connection_id())}"
        answer = await gateway.session.post(url, data=b"x" * (limits.MESSAGE_BYTES + 1))
        assert answer.status == 413
        assert answer.headers["x-amzn-ErrorType"] == "PayloadTooLargeException"
        await client.close()


async def test_a_gone_connection_answers_410() -> None:
    async with running(settings("$connect", "$disconnect")) as gateway:
        client = await gateway.connect()
        connection_id = await gateway.connection_id()
        await client.close()
        await gateway.until("DISCONNECT")
        backend = Backend(gateway)
        for call in (backend.post(connection_id, b"hello"), backend.get(connection_id), backend.delete(connection_id)):
            with pytest.raises(backend.client.exceptions.GoneException) as caught:
                await call
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


async def test_during_connect_there_is_no_connection_yet() -> None:
    codes = []

    async with running(settings("$connect"), handlers := {}) as gateway:

        async def greet(event: dict[str, Any]) -> Any:
            try:
                await Backend(gateway).post(event["requestContext"]["connectionId"], b"welcome")
            except ClientError as error:
                codes.append(error.response["Error"]["Code"])
            return {"statusCode": 200}

        handlers["$connect"] = greet
        client = await gateway.connect()
        assert codes == ["GoneException"]
        await client.close()


async def test_a_connection_is_described() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect(headers={"User-Agent": "wscat"})
        event = await gateway.until("CONNECT")
        found = await Backend(gateway).get(event["requestContext"]["connectionId"])
        connected = dt.datetime.fromtimestamp(event["requestContext"]["connectedAt"] / 1000, dt.UTC)
        assert found["ConnectedAt"] == connected
        assert found["LastActiveAt"] >= connected
        assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "wscat"}
        await client.close()


async def test_deleting_closes_with_1000_and_disconnects_once() -> None:
    async with running(settings("$connect", "$disconnect")) as gateway:
        client = await gateway.connect()
        connection_id = await gateway.connection_id()
        assert await Backend(gateway).delete(connection_id) == 204
        closing = await client.receive()
        assert (closing.type, client.close_code) == (WSMsgType.CLOSE, 1000)
        context = (await gateway.until("DISCONNECT"))["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1000, "Connection Closed Normally")
    assert len(gateway.events("DISCONNECT")) == 1


async def test_over_the_accounts_throttle_callbacks_are_limited() -> None:
    api = settings("$connect", account_throttle=Throttle(rate=0.001, burst=1))
    async with running(api) as gateway:
        client = await gateway.connect()
        backend = Backend(gateway)
        with pytest.raises(backend.client.exceptions.LimitExceededException):
            await backend.post(await gateway.connection_id(), b"hello")
        await client.close()


async def test_other_methods_are_not_allowed() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect()
        answer = await gateway.session.put(f"{gateway.endpoint}/@connections/{await gateway.connection_id()}")
        assert answer.status == 405
        await client.close()


async def test_messages_to_one_client_never_interleave() -> None:
    async with running(settings("$connect")) as gateway:
        client = await gateway.connect(max_msg_size=0)
        connection_id = await gateway.connection_id()
        backend = Backend(gateway)
        messages = {letter * limits.MESSAGE_BYTES for letter in "abcdef"}
        posts = asyncio.gather(*(backend.post(connection_id, message.encode()) for message in messages))
        assert {await client.receive_str() for _ in messages} == messages
        await posts
        await client.close()
