"""Integrations of a living system: two-way routes, mocks, HTTP, models, and what a deployer may leave out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.system.architectures import write
from tests.system.conftest import Up

MORE = """
api.mock("ping", answer='{"pong": "$context.routeKey"}')
api.route("sum", function("sum"), two_way=True)
api.http("outside", app.variable("endpoint", "http://localhost:9/none", "Where messages go"), two_way=True)
model = app.add(
    "aws_apigatewayv2_model", "numbers", api_id=api.resource["id"], name="numbers", content_type="application/json",
    schema='{"type": "object", "required": ["a"]}',
)
checked = api.route("checked", echo)
checked.attributes["model_selection_expression"] = "$default"
checked.attributes["request_models"] = {"$default": model["name"]}
with app.when(app.variable("pings", False, "Whether there are more pings")):
    api.mock("more", answer="more")
"""

SUM = """
import json


def handler(event, context):
    message = json.loads(event["body"])
    return {"statusCode": 200, "body": json.dumps({"sum": message["a"] + message["b"]})}
"""


async def reply(client: aiohttp.ClientWebSocketResponse, **message: object) -> dict[str, object]:
    await client.send_json(message)
    heard: dict[str, object] = json.loads((await client.receive(timeout=30)).data)
    return heard


async def test_integrations_of_every_kind_answer(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async def outside(request: web.Request) -> web.Response:
        return web.json_response({"heard": await request.json()})

    application = web.Application()
    application.router.add_post("/in", outside)
    server = TestServer(application)
    await server.start_server()
    try:
        system = up(write(tmp_path, more=MORE, sum=SUM), "--var", f"endpoint={server.make_url('/in')}")
        async with session.ws_connect(system.url) as client:
            assert await reply(client, action="ping") == {"pong": "ping"}
            assert await reply(client, action="sum", a=1, b=2) == {"sum": 3}
            assert await reply(client, action="outside") == {"heard": {"action": "outside"}}
            assert (await reply(client, action="checked"))["message"] == "Invalid request body"
            await client.send_str(json.dumps({"action": "more"}))
            assert json.loads((await client.receive(timeout=30)).data) == {"action": "more"}, "left out: to $default"
    finally:
        await server.close()
