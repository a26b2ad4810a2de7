"""WebSocket APIs: handshakes, refusals, farewells."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.fidelity.statement import source
from tests.fidelity.statements.websocket import Client, ask, connect, connection_id, frame, note, noted
from tests.fidelity.targets.target import Target

CONNECT = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "apigateway-websocket-api-route-keys-connect-disconnect.html"
)
CONTEXT = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html"
SUBPROTOCOL = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html"


async def refused(session: aiohttp.ClientSession, target: Target, query: str, path: str = "") -> int:
    """The status of a handshake that fails."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await session.ws_connect(f"{(await asyncio.to_thread(target.sockets)).url}{path}?{query}")
    return error.value.status


async def open_with(session: aiohttp.ClientSession, target: Target, query: str, **options: Any) -> Client:
    """A connection whose handshake asks $connect for something."""
    url = f"{(await asyncio.to_thread(target.sockets)).url}?{query}"
    client: Client = await session.ws_connect(url, **options)
    return client


@source(CONNECT)
async def test_connect_event(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """The function of $connect is called with the eventType CONNECT and the routeKey $connect."""
    async with await open_with(session, target, f"note={fresh}"):
        context = (await note(target, fresh))["requestContext"]
        assert (context["eventType"], context["routeKey"]) == ("CONNECT", "$connect")


@source(CONNECT)
async def test_same_connection_id(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """The connectionId that $connect saw is the one that messages carry."""
    async with await open_with(session, target, f"note={fresh}") as client:
        assert (await note(target, fresh))["requestContext"]["connectionId"] == await connection_id(client)


@source(CONNECT)
async def test_connect_headers(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """$connect receives the handshake's headers, once as texts and once as lists."""
    async with await open_with(session, target, f"note={fresh}", headers={"X-Mine": "my own"}):
        event = await note(target, fresh)
        assert {name.lower(): value for name, value in event["headers"].items()}["x-mine"] == "my own"
        lists = {name.lower(): values for name, values in event["multiValueHeaders"].items()}
        assert lists["x-mine"] == ["my own"]


@source(CONNECT)
async def test_connect_query(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """$connect receives the query string, decoded."""
    async with await open_with(session, target, f"note={fresh}&name=J%C3%B6rg%20A"):
        assert (await note(target, fresh))["queryStringParameters"]["name"] == "J\u00f6rg A"


@source(CONNECT)
async def test_connect_query_many(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """A parameter that comes twice is listed in full, and its last value stands alone."""
    async with await open_with(session, target, f"note={fresh}&who=a&who=b"):
        event = await note(target, fresh)
        assert event["multiValueQueryStringParameters"]["who"] == ["a", "b"]
        assert event["queryStringParameters"]["who"] == "b"


@source(CONNECT)
async def test_connect_has_no_message(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """The event of $connect has no messageId and no body."""
    async with await open_with(session, target, f"note={fresh}"):
        event = await note(target, fresh)
        assert "messageId" not in event["requestContext"]
        assert event.get("body") is None


@source("https://docs.aws.amazon.com/xray/latest/devguide/xray-services-apigateway.html")
async def test_connect_trace(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """API Gateway adds X-Amzn-Trace-Id to the handshake's headers."""
    async with await open_with(session, target, f"note={fresh}"):
        assert (await note(target, fresh))["headers"]["X-Amzn-Trace-Id"].startswith("Root=1-")


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html")
async def test_connect_forwarded(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """API Gateway adds X-Forwarded-For, -Port and -Proto to the handshake's headers."""
    async with await open_with(session, target, f"note={fresh}"):
        event = await note(target, fresh)
        assert event["headers"]["X-Forwarded-For"] == event["requestContext"]["identity"]["sourceIp"]
        assert event["headers"]["X-Forwarded-Proto"] in {"http", "https"}
        assert event["headers"]["X-Forwarded-Port"].isdecimal()


@source(CONNECT)
async def test_refused_status(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect answers 403, so does the handshake, and no connection comes about."""
    assert await refused(session, target, "status=403") == 403


@source(CONNECT)
async def test_refused_unauthorized(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect answers 401, the handshake fails with 401."""
    assert await refused(session, target, "status=401") == 401


@source(CONNECT)
async def test_refused_server_error(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect answers 500, the handshake fails with 500."""
    assert await refused(session, target, "status=500") == 500


@source(CONNECT)
async def test_refused_redirect(target: Target, session: aiohttp.ClientSession) -> None:
    """Any status other than 2xx from $connect refuses the connection."""
    assert await refused(session, target, "status=304") == 304


@source(CONNECT)
async def test_accepted_created(target: Target, session: aiohttp.ClientSession) -> None:
    """Any 2xx from $connect lets the client in with 101."""
    async with await open_with(session, target, "status=204") as client:
        assert client._response.status == 101
        assert await connection_id(client)


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html")
async def test_connect_raises(target: Target, session: aiohttp.ClientSession) -> None:
    """Where the function of $connect raises, the handshake fails with 502."""
    assert await refused(session, target, "raise=1") == 502


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html")
async def test_connect_returns_nothing(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect returns no object with a statusCode, the handshake fails with 502."""
    assert await refused(session, target, "nothing=1") == 502


@source(CONNECT)
async def test_no_disconnect_after_refusal(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """$disconnect does not run for a connection that $connect refused."""
    assert await refused(session, target, f"status=403&note={fresh}") == 403
    id = (await note(target, fresh))["requestContext"]["connectionId"]
    with pytest.raises(AssertionError, match="no function noted"):
        await note(target, f"left {id}", seconds=1)


@source(CONNECT)
async def test_gone_while_connecting(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """While $connect runs, @connections does not know the connection yet."""
    async with await open_with(session, target, f"post={fresh}"):
        assert await note(target, fresh) == "GoneException"


@source(SUBPROTOCOL)
async def test_subprotocol(target: Target, session: aiohttp.ClientSession) -> None:
    """The subprotocol that $connect returns in Sec-WebSocket-Protocol is the handshake's."""
    async with await open_with(session, target, "protocol=chat", protocols=("chat", "other")) as client:
        assert client.protocol == "chat"


@source(SUBPROTOCOL)
async def test_no_subprotocol(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect names no subprotocol, the handshake has none, even if the client offered some."""
    async with await open_with(session, target, "status=200", protocols=("chat",)) as client:
        assert client.protocol is None


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html")
async def test_unknown_stage(target: Target, session: aiohttp.ClientSession) -> None:
    """A handshake at a stage that does not exist is answered with 403."""
    assert await refused(session, target, "", path="-that-is-not-there") == 403


@source("https://datatracker.ietf.org/doc/html/rfc6455#section-4.2.2")
async def test_accept_key(target: Target, session: aiohttp.ClientSession) -> None:
    """The handshake's answer proves that the key was read (clients check Sec-WebSocket-Accept)."""
    async with await connect(session, target) as client:
        assert len(client._response.headers["Sec-WebSocket-Accept"]) == 28


@source(CONNECT)
async def test_disconnect_event(target: Target, session: aiohttp.ClientSession) -> None:
    """$disconnect runs after the client has closed, with the eventType DISCONNECT and the same connectionId."""
    client = await connect(session, target)
    id = await connection_id(client)
    await client.close()
    context = (await note(target, f"left {id}"))["requestContext"]
    assert (context["eventType"], context["routeKey"]) == ("DISCONNECT", "$disconnect")
    assert context["connectionId"] == id


@source(CONTEXT)
async def test_disconnect_status(target: Target, session: aiohttp.ClientSession) -> None:
    """$disconnect is told the close frame's code and reason."""
    client = await connect(session, target)
    id = await connection_id(client)
    await client.close(code=4001, message=b"my reason")
    context = (await note(target, f"left {id}"))["requestContext"]
    assert context["disconnectStatusCode"] == 4001
    assert context["disconnectReason"] == "my reason"


@source(CONTEXT)
async def test_disconnect_lost(target: Target, session: aiohttp.ClientSession) -> None:
    """A client that vanishes without a close frame is told of as 1006."""
    client = await connect(session, target)
    id = await connection_id(client)
    connection = client._response.connection  # aiohttp offers no way to do this on purpose
    assert connection
    assert connection.transport
    connection.transport.abort()
    assert (await note(target, f"left {id}"))["requestContext"]["disconnectStatusCode"] == 1006


@source(CONNECT)
async def test_disconnect_once(target: Target, session: aiohttp.ClientSession) -> None:
    """$disconnect runs once for a connection."""
    client = await connect(session, target)
    id = await connection_id(client)
    await client.close()
    await note(target, f"left {id}")
    async with await connect(session, target) as other:
        await ask(other, action="tell")
    assert (await asyncio.to_thread(noted, target, f"left {id}"))[1] == 1


@source(CONNECT)
async def test_disconnect_unsendable(target: Target, session: aiohttp.ClientSession) -> None:
    """Once $disconnect has run, @connections answers that the connection is gone."""
    client = await connect(session, target)
    id = await connection_id(client)
    await client.close()
    await note(target, f"left {id}")
    connections = target.client("apigatewaymanagementapi", endpoint_url=target.sockets().connections)
    with pytest.raises(connections.exceptions.GoneException):
        await asyncio.to_thread(connections.post_to_connection, ConnectionId=id, Data=b"late")


@source("https://datatracker.ietf.org/doc/html/rfc6455#section-5.5.2")
async def test_ping(target: Target, session: aiohttp.ClientSession) -> None:
    """A ping is answered with a pong that carries the same data."""
    url = (await asyncio.to_thread(target.sockets)).url
    async with session.ws_connect(url, autoping=False) as client:
        await client.ping(b"are you there")
        message = await client.receive(timeout=10)
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"are you there")


@source("https://datatracker.ietf.org/doc/html/rfc6455#section-5.5.1")
async def test_close_echoed(target: Target, session: aiohttp.ClientSession) -> None:
    """A close frame is answered with a close frame of the same code."""
    client = await connect(session, target)
    await connection_id(client)
    await client.close(code=1000)
    assert client.close_code == 1000


@source("https://datatracker.ietf.org/doc/html/rfc6455#section-5.4")
async def test_fragments(target: Target, session: aiohttp.ClientSession) -> None:
    """A message in several frames reaches the function as one."""
    async with await connect(session, target) as client:
        half = b'{"action": "tell", "a": "'
        transport = client._response.connection.transport  # type: ignore[union-attr]  # it is connected
        mask = bytes(4)
        rest = b'b"}'
        transport.write(bytes([0x01, 0x80 | len(half)]) + mask + half)  # type: ignore[union-attr]
        transport.write(bytes([0x80, 0x80 | len(rest)]) + mask + rest)  # type: ignore[union-attr]
        assert (await frame(client))["body"] == '{"action": "tell", "a": "b"}'
