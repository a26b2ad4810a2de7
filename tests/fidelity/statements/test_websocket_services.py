"""WebSocket APIs: messages that go to AWS services without a function between."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from tests.fidelity.statement import source
from tests.fidelity.statements.gateways import Wanted, gateway
from tests.fidelity.statements.websocket import noted
from tests.fidelity.targets.target import Target

SERVICES = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-step-functions-tutorial.html"


def _keeping(target: Target) -> str:
    """The address of an API whose messages become items of the table of notes."""
    item = '{"id": {"S": $input.json("$.id")}, "value": {"S": "\\"$context.eventType\\""}}'
    template = f'{{"TableName": "{target.notes()}", "Item": {item}}}'
    integration: dict[str, Any] = {
        "IntegrationType": "AWS",
        "IntegrationMethod": "POST",
        "IntegrationUri": f"arn:aws:apigateway:{target.region}:dynamodb:action/PutItem",
        "CredentialsArn": target.gateway_role(),
        "RequestTemplates": {"application/json": template},
    }
    made = gateway(target, "services", Wanted(integration=integration))
    api = target.client("apigatewayv2")
    api.create_integration_response(
        ApiId=made.id, IntegrationId=made.integrations["$default"], IntegrationResponseKey="$default"
    )
    return made.sockets.url


@source(SERVICES)
async def test_service_integration(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """A message becomes a call of an AWS service through the integration's request template, without a function."""
    url = await asyncio.to_thread(lambda: target.once("gateway that keeps", lambda: _keeping(target)))
    async with session.ws_connect(url) as client:
        await client.send_json({"id": fresh})
        value, _ = await asyncio.to_thread(noted, target, fresh)
    assert value == "MESSAGE"


@source(SERVICES)
async def test_service_answer(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """What the service answers is the reply of a two-way route."""
    url = await asyncio.to_thread(lambda: target.once("gateway that keeps", lambda: _keeping(target)))
    async with session.ws_connect(url) as client:
        await client.send_json({"id": fresh})
        answer = await client.receive(timeout=12)
    assert json.loads(answer.data) == {}
