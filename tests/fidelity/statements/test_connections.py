"""The @connections API: what backends do with connections."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from yarl import URL

from tests.fidelity.statement import source
from tests.fidelity.statements.websocket import connect, connection_id, note, text
from tests.fidelity.targets.target import Target

API = "https://docs.aws.amazon.com/apigatewaymanagementapi/latest/developerguide/connections-connectionid.html"
GUIDE = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html"
)
GONE = "ABCDEFGHIJKLMNO="  # an id as API Gateway makes them, of nobody


def manager(target: Target) -> Any:
    """A client of @connections."""
    return target.client("apigatewaymanagementapi", endpoint_url=target.sockets().connections)


async def call(target: Target, operation: str, **arguments: Any) -> Any:
    """Calls @connections beside the WebSocket."""
    return await asyncio.to_thread(lambda: getattr(manager(target), operation)(**arguments))


async def raw(target: Target, session: aiohttp.ClientSession, method: str, id: str) -> tuple[int, dict[str, str], str]:
    """A signed request of one's own: status, headers, body."""
    url = f"{(await asyncio.to_thread(target.sockets)).connections}/@connections/{quote(id, safe='')}"
    request = AWSRequest(method, url, data=b"hello" if method == "POST" else b"")
    credentials = target.session().get_credentials()
    assert credentials
    SigV4Auth(credentials, "execute-api", target.region).add_auth(request)

    async with session.request(
        method, URL(url, encoded=True), data=request.data or None, headers=dict(request.headers)
    ) as answer:
        return answer.status, dict(answer.headers), await answer.text()


@source(API)
async def test_post(target: Target, session: aiohttp.ClientSession) -> None:
    """POST sends its body to the client as one message."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        await call(target, "post_to_connection", ConnectionId=id, Data='{"hällo": 1}'.encode())
        assert await text(client) == '{"hällo": 1}'


@source(API)
async def test_post_status(target: Target, session: aiohttp.ClientSession) -> None:
    """POST answers 200 without a body."""
    async with await connect(session, target) as client:
        status, _, body = await raw(target, session, "POST", await connection_id(client))
        assert (status, body) == (200, "")
        assert await text(client) == "hello"


@source(API)
async def test_post_order(target: Target, session: aiohttp.ClientSession) -> None:
    """Posts made one after another arrive in their order."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        for number in range(20):
            await call(target, "post_to_connection", ConnectionId=id, Data=str(number).encode())
        assert [await text(client) for _ in range(20)] == [str(number) for number in range(20)]


@source(API)
async def test_post_one(target: Target, session: aiohttp.ClientSession) -> None:
    """A post reaches the one connection that it names."""
    async with await connect(session, target) as one, await connect(session, target) as two:
        ids = [await connection_id(client) for client in (one, two)]
        for id, word in zip(ids, (b"one", b"two"), strict=True):
            await call(target, "post_to_connection", ConnectionId=id, Data=word)
        assert [await text(client) for client in (one, two)] == ["one", "two"]


@source(API)
async def test_post_gone(target: Target, session: aiohttp.ClientSession) -> None:
    """A post to a connection that has closed raises GoneException with status 410."""
    client = await connect(session, target)
    id = await connection_id(client)
    await client.close()
    await note(target, f"left {id}")
    with pytest.raises(ClientError) as error:
        await call(target, "post_to_connection", ConnectionId=id, Data=b"late")
    assert error.value.response["Error"]["Code"] == "GoneException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


@source(API)
async def test_post_unknown(target: Target) -> None:
    """A post to an id of nobody raises GoneException."""
    with pytest.raises(ClientError) as error:
        await call(target, "post_to_connection", ConnectionId=GONE, Data=b"anyone")
    assert error.value.response["Error"]["Code"] == "GoneException"


@source("https://github.com/aws/aws-sdk-php/issues/2285")
async def test_gone_shape(target: Target, session: aiohttp.ClientSession) -> None:
    """A 410 names GoneException in the header x-amzn-ErrorType."""
    status, headers, _ = await raw(target, session, "POST", GONE)
    assert status == 410
    assert {name.lower(): value for name, value in headers.items()}["x-amzn-errortype"].startswith("GoneException")


@source(API)
async def test_get(target: Target, session: aiohttp.ClientSession) -> None:
    """GET tells when a connection came about and was last active, and whose it is."""
    async with await connect(session, target, headers={"User-Agent": "a client/2.0"}) as client:
        told = await call(target, "get_connection", ConnectionId=await connection_id(client))
        assert abs(told["ConnectedAt"] - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
        assert told["LastActiveAt"] >= told["ConnectedAt"]
        assert told["Identity"]["UserAgent"] == "a client/2.0"
        assert told["Identity"]["SourceIp"]


@source(API)
async def test_get_gone(target: Target) -> None:
    """GET of an id of nobody raises GoneException."""
    with pytest.raises(ClientError) as error:
        await call(target, "get_connection", ConnectionId=GONE)
    assert error.value.response["Error"]["Code"] == "GoneException"


@source(API)
async def test_last_active(target: Target, session: aiohttp.ClientSession) -> None:
    """A message moves lastActiveAt on."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        first = (await call(target, "get_connection", ConnectionId=id))["LastActiveAt"]
        for _ in range(200):
            await connection_id(client)
            if (await call(target, "get_connection", ConnectionId=id))["LastActiveAt"] > first:
                return
        raise AssertionError(f"still {first}")


@source(API)
async def test_delete(target: Target, session: aiohttp.ClientSession) -> None:
    """DELETE closes the connection."""
    async with await connect(session, target) as client:
        await call(target, "delete_connection", ConnectionId=await connection_id(client))
        message = await client.receive(timeout=10)
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


@source(API)
async def test_delete_status(target: Target, session: aiohttp.ClientSession) -> None:
    """DELETE answers 204."""
    async with await connect(session, target) as client:
        assert (await raw(target, session, "DELETE", await connection_id(client)))[0] == 204


@source(API)
async def test_delete_disconnects(target: Target, session: aiohttp.ClientSession) -> None:
    """A connection that was deleted has its $disconnect."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        await call(target, "delete_connection", ConnectionId=id)
        await client.receive(timeout=10)
        assert (await note(target, f"left {id}"))["requestContext"]["eventType"] == "DISCONNECT"


@source(API)
async def test_delete_gone(target: Target) -> None:
    """DELETE of an id of nobody raises GoneException."""
    with pytest.raises(ClientError) as error:
        await call(target, "delete_connection", ConnectionId=GONE)
    assert error.value.response["Error"]["Code"] == "GoneException"


@source(GUIDE)
async def test_delete_from_handler(target: Target, session: aiohttp.ClientSession) -> None:
    """A function can close the connection whose message it handles."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        await client.send_json({"action": "leave"})
        assert (await client.receive(timeout=10)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        await note(target, f"left {id}")


@source(API)
async def test_post_too_large(target: Target, session: aiohttp.ClientSession) -> None:
    """A post of a message far over the limit answers 413 before anything is sent."""
    async with await connect(session, target) as client:
        id = await connection_id(client)
        with pytest.raises(ClientError) as error:
            await call(target, "post_to_connection", ConnectionId=id, Data=b"x" * 500_000)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
        assert await connection_id(client) == id


@source(GUIDE)
async def test_unsigned(target: Target, session: aiohttp.ClientSession) -> None:
    """A call of @connections without a signature is refused with 403."""
    async with await connect(session, target) as client:
        url = f"{target.sockets().connections}/@connections/{quote(await connection_id(client), safe='')}"
        async with session.get(URL(url, encoded=True)) as answer:
            assert answer.status == 403


@source("https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch")
async def test_unsigned_shape(target: Target, session: aiohttp.ClientSession) -> None:
    """The refusal of an unsigned call of @connections says Missing Authentication Token."""
    url = f"{(await asyncio.to_thread(target.sockets)).connections}/@connections/{GONE.replace('=', '%3D')}"
    async with session.post(URL(url, encoded=True), data=b"hello") as answer:
        assert answer.status == 403
        assert answer.headers["x-amzn-ErrorType"].startswith("MissingAuthenticationTokenException")
        assert (await answer.json())["message"] == "Missing Authentication Token"


@source("https://github.com/aws/chalice/issues/828")
async def test_another_authorization(target: Target, session: aiohttp.ClientSession) -> None:
    """An Authorization header that is no signature is refused with 403 as an incomplete one."""
    url = f"{(await asyncio.to_thread(target.sockets)).connections}/@connections/{GONE.replace('=', '%3D')}"
    headers = {"Authorization": "token=abc"}
    async with session.post(URL(url, encoded=True), data=b"hello", headers=headers) as answer:
        assert answer.status == 403
        assert answer.headers["x-amzn-ErrorType"].startswith("IncompleteSignatureException")
        assert "requires 'Credential' parameter" in (await answer.json())["message"]
