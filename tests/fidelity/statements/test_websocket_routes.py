"""WebSocket APIs: which function gets a message, and what it is told."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp

from tests.fidelity.statement import source
from tests.fidelity.statements.websocket import ask, connect, connection_id, frame, release, silent, text
from tests.fidelity.targets.target import Target

ROUTES = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html"
SELECTION = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html"
)
CONTEXT = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html"
PROXY = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html"
)
TWO_WAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html"


@source(SELECTION)
async def test_route_by_body(target: Target, session: aiohttp.ClientSession) -> None:
    """A message goes to the route that the selection expression finds in its JSON body."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="reply"))["requestContext"]["routeKey"] == "reply"


@source(ROUTES)
async def test_default_for_unmatched(target: Target, session: aiohttp.ClientSession) -> None:
    """A message whose key no route has goes to $default."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="no such route"))["requestContext"]["routeKey"] == "$default"


@source(ROUTES)
async def test_default_for_text(target: Target, session: aiohttp.ClientSession) -> None:
    """A message that is no JSON goes to $default."""
    async with await connect(session, target) as client:
        await client.send_str("plain words")
        event = await frame(client)
        assert (event["requestContext"]["routeKey"], event["body"]) == ("$default", "plain words")


@source(ROUTES)
async def test_default_without_key(target: Target, session: aiohttp.ClientSession) -> None:
    """A JSON message without the key goes to $default."""
    async with await connect(session, target) as client:
        assert (await ask(client, other="reply"))["requestContext"]["routeKey"] == "$default"


@source(SELECTION)
async def test_keys_are_exact(target: Target, session: aiohttp.ClientSession) -> None:
    """Route keys are compared letter by letter, with their case."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="REPLY"))["requestContext"]["routeKey"] == "$default"


@source("https://repost.aws/knowledge-center/api-gateway-websocket-error")
async def test_forbidden_without_route(target: Target, session: aiohttp.ClientSession) -> None:
    """Without $default, an unmatched message is answered with Forbidden, the connection's id and the request's."""
    async with await connect(session, target, "bare") as client:
        answer = await ask(client, action="no such route")
        assert answer["message"] == "Forbidden"
        assert set(answer) == {"message", "connectionId", "requestId"}


@source(ROUTES)
async def test_open_after_forbidden(target: Target, session: aiohttp.ClientSession) -> None:
    """A message that no route takes does not close the connection."""
    async with await connect(session, target, "bare") as client:
        await client.send_str("no such route")
        assert "Forbidden" in await text(client)
        assert (await ask(client, action="reply"))["requestContext"]["routeKey"] == "reply"


@source(ROUTES)
async def test_connect_is_no_message_route(target: Target, session: aiohttp.ClientSession) -> None:
    """A client cannot call $connect by naming it in a message."""
    async with await connect(session, target) as client:
        event = await ask(client, action="$connect")
        assert event["requestContext"]["eventType"] == "MESSAGE"
        assert event["requestContext"]["routeKey"] == "$default"


@source(PROXY)
async def test_body_verbatim(target: Target, session: aiohttp.ClientSession) -> None:
    """A function receives the message's text as it was sent, spaces and all."""
    async with await connect(session, target) as client:
        sent = '{ "action" :"tell",  "text": "h\u00e9\\u00e9 \U0001f600" }'
        await client.send_str(sent)
        assert (await frame(client))["body"] == sent


@source(PROXY)
async def test_not_encoded(target: Target, session: aiohttp.ClientSession) -> None:
    """A text message's event says that its body is not Base64."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="tell"))["isBase64Encoded"] is False


@source(PROXY)
async def test_messages_have_no_headers(target: Target, session: aiohttp.ClientSession) -> None:
    """A message's event has no headers and no query string: those belong to the handshake."""
    async with await connect(session, target) as client:
        event = await ask(client, action="tell")
        assert not {"headers", "multiValueHeaders", "queryStringParameters"} & set(event)


@source(CONTEXT)
async def test_message_event_type(target: Target, session: aiohttp.ClientSession) -> None:
    """A message's requestContext has the eventType MESSAGE and the messageDirection IN."""
    async with await connect(session, target) as client:
        context = (await ask(client, action="tell"))["requestContext"]
        assert (context["eventType"], context["messageDirection"]) == ("MESSAGE", "IN")


@source(CONTEXT)
async def test_message_ids_differ(target: Target, session: aiohttp.ClientSession) -> None:
    """Each message has a messageId and a requestId of its own, on the same connectionId."""
    async with await connect(session, target) as client:
        one, two = [(await ask(client, action="tell"))["requestContext"] for _ in range(2)]
        assert one["messageId"] != two["messageId"]
        assert one["requestId"] != two["requestId"]
        assert one["connectionId"] == two["connectionId"]


@source(CONTEXT)
async def test_connected_at(target: Target, session: aiohttp.ClientSession) -> None:
    """connectedAt is the handshake's time in milliseconds, the same for every message."""
    before = time.time()
    async with await connect(session, target) as client:
        one, two = [(await ask(client, action="tell"))["requestContext"] for _ in range(2)]
        assert one["connectedAt"] == two["connectedAt"]
        assert abs(one["connectedAt"] / 1000 - before) < 60


@source(CONTEXT)
async def test_request_time(target: Target, session: aiohttp.ClientSession) -> None:
    """requestTime is written as in Apache's log, requestTimeEpoch in milliseconds; both are the same second."""
    async with await connect(session, target) as client:
        context = (await ask(client, action="tell"))["requestContext"]
        written = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(context["requestTimeEpoch"] // 1000))
        assert context["requestTime"] == written


@source(CONTEXT)
async def test_stage_and_api(target: Target, session: aiohttp.ClientSession) -> None:
    """requestContext names the stage, the API and its domain."""
    async with await connect(session, target) as client:
        context = (await ask(client, action="tell"))["requestContext"]
        assert context["stage"] == "test"
        assert context["apiId"]
        assert context["domainName"]


@source(CONTEXT)
async def test_domain_name(target: Target, session: aiohttp.ClientSession) -> None:
    """domainName is the host of the API, {id}.execute-api.{region}.…"""
    async with await connect(session, target) as client:
        context = (await ask(client, action="tell"))["requestContext"]
        assert context["domainName"].startswith(f"{context['apiId']}.execute-api.")


@source(CONTEXT)
async def test_source_ip(target: Target, session: aiohttp.ClientSession) -> None:
    """identity holds the client's address and its User-Agent."""
    async with await connect(session, target, headers={"User-Agent": "a client/1.0"}) as client:
        identity = (await ask(client, action="tell"))["requestContext"]["identity"]
        assert identity["sourceIp"].count(".") == 3 or ":" in identity["sourceIp"]
        assert identity["userAgent"] == "a client/1.0"


@source(CONTEXT)
async def test_extended_request_id(target: Target, session: aiohttp.ClientSession) -> None:
    """requestContext has an extendedRequestId."""
    async with await connect(session, target) as client:
        assert (await ask(client, action="tell"))["requestContext"]["extendedRequestId"]


@source("https://docs.aws.amazon.com/apigatewaymanagementapi/latest/developerguide/connections-connectionid.html")
async def test_connection_ids_differ(target: Target, session: aiohttp.ClientSession) -> None:
    """Two connections have different ids."""
    async with await connect(session, target) as one, await connect(session, target) as two:
        assert await connection_id(one) != await connection_id(two)


@source(TWO_WAY)
async def test_two_way(target: Target, session: aiohttp.ClientSession) -> None:
    """Where a route has a route response, the function's body goes back to the client."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "reply", "body": "the body, as it is"})
        assert await text(client) == "the body, as it is"


@source(TWO_WAY)
async def test_one_way(target: Target, session: aiohttp.ClientSession) -> None:
    """Without a route response, what the function returns is not sent."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "one-way", "body": "never seen"})
        await silent(client)


@source(TWO_WAY)
async def test_two_way_status(target: Target, session: aiohttp.ClientSession) -> None:
    """A two-way route sends the body whatever its statusCode is, and the connection stays open."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "reply", "body": "refused politely", "status": 400})
        assert await text(client) == "refused politely"
        await silent(client)


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html")
async def test_concurrent_messages(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """Messages of one connection run side by side: a slow one does not hold up the next."""
    async with await connect(session, target) as client:
        await client.send_json({"action": "slow", "name": fresh})
        assert await frame(client) == {"began": fresh}
        assert json.loads((await ask(client, action="tell"))["body"]) == {"action": "tell"}
        await asyncio.to_thread(release, target, fresh)
        assert await frame(client) == {"done": fresh}


@source("https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html")
async def test_concurrent_invocations(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """One function serves several messages at once, each in an environment of its own."""
    async with await connect(session, target) as client:
        names = [f"{fresh} {number}" for number in (1, 2)]
        for name in names:
            await client.send_json({"action": "slow", "name": name})
        assert sorted([(await frame(client)).get("began", "none") for _ in names]) == names
        for name in names:
            await asyncio.to_thread(release, target, name)
        assert sorted([(await frame(client))["done"] for _ in names]) == names
