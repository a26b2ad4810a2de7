"""Integrations of every type: what they are sent, what becomes of what they answer, what of it the client hears.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.execution_log import Logging
from terrarium.local.edge.websocket_api.expressions import Expression
from terrarium.local.edge.websocket_api.mapping import MappingTemplate
from terrarium.local.edge.websocket_api.models import Model
from terrarium.local.edge.websocket_api.settings import Integration, IntegrationResponse, Route, Templates
from tests.unit.local.edge.websocket_api.gateway import Gateway, HandlerError, running, settings
from tests.unit.local.edge.websocket_api.test_execution_log import Lines


def templates(selection: str | None = None, **texts: str) -> Templates:
    """Templates by their keys; ``default`` and ``json`` stand for ``$default`` and ``application/json``."""
    names = {"default": "$default", "json": "application/json"}
    by_key = {names.get(key, key.lstrip("_")): MappingTemplate(text) for key, text in texts.items()}
    return Templates(by_key, None if selection is None else Expression(selection))


def route(integration: Integration, key: str = "go", **options: Any) -> Route:  # any of a route's options
    return Route(key, integration, **{"response": True, **options})


async def asked(gateway: Gateway, **message: Any) -> str:  # a message may hold any JSON
    """What the client hears of a message."""
    client = await gateway.connect()
    await client.send_json({"action": "go", **message})
    heard = (await client.receive(timeout=30)).data
    await client.close()
    return str(heard)


@asynccontextmanager
async def endpoint(status: int = 200, text: str = "") -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """An HTTP endpoint that remembers what it was sent; headers and bodies are of any kind."""
    received: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        facts = {"method": request.method, "query": dict(request.query), "headers": request.headers}
        received.append({**facts, "body": await request.text()})
        return web.Response(status=status, text=text or await request.text(), headers={"X-Kind": "loud"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(application)
    await server.start_server()
    try:
        yield str(server.make_url("/in")), received
    finally:
        await server.close()


PONG = IntegrationResponse(
    "$default", templates(json='{"pong": "$context.connectionId", "sent": $context.connectedAt}')
)


async def test_a_mock_answers_by_itself() -> None:
    mock = Integration("", "MOCK", request=templates(json='{"statusCode": 200}'), responses=(PONG,))
    async with running(settings(route(mock))) as gateway:
        answer = json.loads(await asked(gateway))
    assert answer["pong"].endswith("=")
    assert gateway.calls == []
    assert "IntegrationLatency" not in {name for name, _ in gateway.metrics}


async def test_a_mocks_template_decides_its_status_and_that_the_response() -> None:
    request = templates(json='#if($input.path(\'$.ok\')){"statusCode": 200}#else{"statusCode": 404}#end')
    responses = (
        IntegrationResponse("/4\\d\\d/", templates(json="bad")),
        IntegrationResponse("200", templates(json="ok")),
    )
    async with running(settings(route(Integration("", "MOCK", request=request, responses=responses)))) as gateway:
        assert await asked(gateway, ok=True) == "ok"
        assert await asked(gateway, ok=False) == "bad"


async def test_a_mock_lets_clients_in_or_not() -> None:
    request = templates(json='{"statusCode": #if($context.stage == "production")403#{else}200#end}')
    closed = settings(Route("$connect", Integration("", "MOCK", request=request)))
    async with running(closed) as gateway:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await gateway.connect()
        assert caught.value.status == 403


@pytest.mark.parametrize(
    ("integration", "reason"),
    [
        (Integration("", "MOCK", request=templates(json="{}")), "Unable to parse statusCode"),
        (Integration("", "MOCK", request=templates(json="{statusCode: 200}")), "No match for output mapping"),
        (Integration("", "MOCK", request=templates(json="$input.path('x')")), "JSONPath"),
        (Integration("", "MOCK", passthrough="NEVER"), "No template"),
    ],
)
async def test_a_misconfigured_integration_tells_the_log_and_not_the_client(
    integration: Integration, reason: str
) -> None:
    lines = Lines()
    async with running(settings(route(integration), logging=Logging("ERROR")), logs=lines) as gateway:
        frame = json.loads(await asked(gateway))
    assert set(frame) == {"message", "connectionId", "requestId"}
    assert lines.holding(reason)


async def test_a_function_behind_templates_gets_what_they_make_and_its_answer_goes_through_them() -> None:
    async def double(event: dict[str, Any]) -> Any:  # a handler takes and returns any JSON
        return {"result": event["number"] * 2}

    request = templates(json='{"number": $input.json(\'$.n\'), "requestContext": {"eventType": "$context.eventType"}}')
    response = IntegrationResponse("$default", templates(json="it is $input.path('$.result')"))
    integration = Integration("double", "AWS", request=request, responses=(response,))
    async with running(settings(route(integration)), {"double": double}) as gateway:
        assert await asked(gateway, n=21) == "it is 42"


async def test_an_error_of_a_function_selects_its_response_by_its_message() -> None:
    async def fail(event: dict[str, Any]) -> Any:  # a handler takes and returns any JSON
        raise HandlerError("NotFound: no such room")

    responses = (
        IntegrationResponse("/NotFound.*/", templates(json='{"code": 404}')),
        IntegrationResponse("$default", templates(json="fine")),
    )
    request = templates(json='{"requestContext": {"eventType": "MESSAGE"}}')
    integration = Integration("find", "AWS", request=request, responses=responses)
    async with running(settings(route(integration)), {"find": fail}) as gateway:
        assert json.loads(await asked(gateway)) == {"code": 404}


async def test_an_http_proxy_hands_on_messages_and_answers_as_they_are() -> None:
    parameters = {
        "integration.request.header.connectionId": "context.connectionId",
        "integration.request.header.Kind": "'fixed'",
        "integration.request.querystring.user": "route.request.body.user.name",
        "integration.request.querystring.color": "stageVariables.color",
    }
    async with endpoint() as (url, received):
        integration = Integration(url, "HTTP_PROXY", parameters=parameters)
        async with running(settings(route(integration), stage_variables={"color": "blue"})) as gateway:
            heard = json.loads(await asked(gateway, user={"name": "Ada"}))
    assert heard == {"action": "go", "user": {"name": "Ada"}}
    assert received[0]["method"] == "POST"
    assert received[0]["headers"]["connectionId"].endswith("=")
    assert received[0]["headers"]["Kind"] == "fixed"
    assert received[0]["query"] == {"user": "Ada", "color": "blue"}
    assert [value for name, value in gateway.metrics if name == "IntegrationLatency"]


async def test_http_behind_templates_selects_by_status_and_by_header() -> None:
    loud = templates("${integration.response.header.X-Kind}", loud="LOUD $input.path('$.word')", default="?")
    responses = (IntegrationResponse("/2\\d\\d/", loud), IntegrationResponse("$default", templates(json="sorry")))
    request = templates("${request.body.lang}", en='{"word": "hello"}', default='{"word": "?"}')
    async with endpoint() as (url, received), endpoint(500, "boom") as (broken, _):
        fine = Integration(url, "HTTP", method="PUT", request=request, responses=responses)
        async with running(settings(route(fine))) as gateway:
            assert await asked(gateway, lang="en") == "LOUD hello"
            assert await asked(gateway, lang="fr") == "LOUD ?"
        async with running(settings(route(Integration(broken, "HTTP", responses=responses)))) as gateway:
            assert await asked(gateway) == "sorry"
    assert received[0]["method"] == "PUT"


async def test_without_a_route_response_the_client_hears_nothing_of_it() -> None:
    mock = Integration("", "MOCK", request=templates(json='{"statusCode": 200}'), responses=(PONG,))
    async with running(settings(route(mock, response=False), "$default")) as gateway:
        client = await gateway.connect()
        await client.send_json({"action": "go"})
        await client.send_json({"action": "other"})
        await gateway.until("MESSAGE")
        await client.close()
        assert (await client.receive()).type is aiohttp.WSMsgType.CLOSED


@pytest.mark.parametrize("url", ["https://example.com/in", "http://10.0.0.1/", "ftp://localhost/", "no url"])
async def test_http_leads_nowhere_off_this_machine(url: str) -> None:
    lines = Lines()
    api = settings(route(Integration(url, "HTTP_PROXY")), logging=Logging("ERROR"))
    async with running(api, logs=lines) as gateway:
        assert json.loads(await asked(gateway))["message"] == "Internal server error"
    assert lines.holding("is not on this machine")


async def test_an_endpoint_that_does_not_answer_is_an_internal_server_error() -> None:
    async with endpoint() as (url, _):
        gone = url
    async with running(settings(route(Integration(gone, "HTTP_PROXY")))) as gateway:
        assert json.loads(await asked(gateway))["message"] == "Internal server error"


CALCULATION = Model(
    "calculation",
    json.dumps(
        {
            "type": "object",
            "required": ["a", "b"],
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        }
    ),
)


async def test_messages_that_do_not_fit_their_model_reach_nobody() -> None:
    lines = Lines()
    checked = Route(
        "go", Integration("go"), models={"sum": CALCULATION}, model_selection=Expression("${request.body.kind}")
    )
    async with running(settings(checked, logging=Logging("ERROR")), logs=lines) as gateway:
        frame = json.loads(await asked(gateway, kind="sum", a=1, b="two"))
        assert frame["message"] == "Invalid request body"
        assert json.loads(await asked(gateway, kind="other"))["message"] == "Invalid request body"
        assert gateway.calls == []
        client = await gateway.connect()
        await client.send_json({"action": "go", "kind": "sum", "a": 1, "b": 2})
        await gateway.until("MESSAGE")
        await client.close()
    assert lines.holding("'two' is not of type 'number'")
    assert len(gateway.events("MESSAGE")) == 1


async def test_a_model_may_be_every_messages() -> None:
    checked = Route("go", Integration("go"), models={"$default": CALCULATION}, model_selection=Expression("$default"))
    async with running(settings(checked)) as gateway:
        assert json.loads(await asked(gateway))["message"] == "Invalid request body"


@pytest.mark.parametrize("schema", ["{", '{"type": "nonsense"}'])
def test_what_is_no_schema_is_no_model(schema: str) -> None:
    with pytest.raises(UserError, match="no JSON Schema"):
        Model("broken", schema)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Integration("", passthrough="SOMETIMES"),
        lambda: Integration("", parameters={"integration.request.header.x": "elsewhere"}),
        lambda: Integration("", parameters={"header.x": "context.connectionId"}),
        lambda: IntegrationResponse("/(/"),
        lambda: Expression("${response.body}"),
        lambda: Expression("$"),
    ],
)
def test_what_aws_would_refuse_is_refused(make: Any) -> None:  # makes settings of several kinds
    with pytest.raises(UserError):
        make()


async def test_a_text_in_base64_is_sent_as_the_bytes_that_it_stands_for() -> None:
    body = MappingTemplate("$input.path('$.data')")
    async with endpoint(200, "raw") as (url, received):
        integration = Integration(
            url,
            "HTTP",
            request=Templates({"application/json": body}),
            content="CONVERT_TO_BINARY",
            responses=(IntegrationResponse("$default", content="CONVERT_TO_TEXT"),),
        )
        async with running(settings(route(integration))) as gateway:
            assert await asked(gateway, data="aGVsbG8=") == "cmF3"
            assert "Internal server error" in await asked(gateway, data="no base64!")
    assert [one["body"] for one in received] == ["hello"]


def test_an_unknown_content_handling_strategy_is_refused() -> None:
    with pytest.raises(UserError, match="content handling strategy"):
        Integration("f", content="CONVERT")
    with pytest.raises(UserError, match="content handling strategy"):
        IntegrationResponse("$default", content="CONVERT")


async def test_a_handshake_without_a_required_parameter_is_refused_and_says_which() -> None:
    needed = ("route.request.header.X-Who", "route.request.querystring.room")
    connect = Route("$connect", Integration("$connect"), required=needed)
    async with running(settings(connect)) as gateway:
        for query, lacking in (("", "X-Who, room"), ("?room=a", "X-Who")):
            url = gateway.server.make_url(f"/production{query}")
            upgrade = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            }
            async with gateway.session.get(url, headers=upgrade) as answer:
                assert answer.status == 400
                assert (await answer.json())["message"] == f"Missing required request parameters: [{lacking}]"
        assert gateway.calls == []
        async with await gateway.connect("/production?room=a", headers={"x-who": "ada"}):
            await gateway.until("CONNECT")


def test_a_required_parameter_is_a_header_or_of_the_query() -> None:
    with pytest.raises(UserError, match="request parameter"):
        settings(Route("$connect", Integration("$connect"), required=("route.request.body.who",)))


async def test_every_value_of_a_header_or_a_parameter_may_be_mapped() -> None:
    parameters = {
        "integration.request.header.rooms": "route.request.multivaluequerystring.room",
        "integration.request.header.last": "route.request.querystring.room",
        "integration.request.header.kinds": "route.request.multivalueheader.X-Kind",
    }
    async with endpoint() as (url, received):
        connect = Route("$connect", Integration(url, "HTTP_PROXY", parameters=parameters))
        async with running(settings(connect)) as gateway:
            headers = CIMultiDict([("X-Kind", "a"), ("X-Kind", "b")])
            async with await gateway.connect("/production?room=1&room=2", headers=headers):
                pass
    sent = received[0]["headers"]
    assert (sent["rooms"], sent["last"], sent["kinds"]) == ("1,2", "2", "a,b")
