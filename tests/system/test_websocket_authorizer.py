"""A Lambda authorizer of a living system: who is let in, and what handlers learn of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up

GUARD = """
def handler(event, context):
    token = event["queryStringParameters"]["token"]
    if token == "nobody":
        raise Exception("Unauthorized")
    if token == "broken":
        raise ValueError("of no use")
    effect = "Allow" if token == "good" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ada", "policyDocument": policy, "context": {"level": 3}}
"""

WHO = """
import json
import os

import boto3

connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])


def handler(event, context):
    request = event["requestContext"]
    if request["eventType"] == "MESSAGE":
        data = json.dumps(request["authorizer"]).encode()
        connections.post_to_connection(ConnectionId=request["connectionId"], Data=data)
    return {"statusCode": 200}
"""

MORE = """
who = function("who")
tokens = api.authorizer("tokens", function("guard"), identity_sources=["route.request.querystring.token"])
api.route("$connect", who, authorizer=tokens)
api.route("who", who)
"""


@pytest.fixture
def guarded(up: Callable[..., Up], tmp_path: Path) -> Up:
    return up(write(tmp_path, more=MORE, guard=GUARD, who=WHO))


async def test_handlers_learn_whom_the_authorizer_let_in(guarded: Up, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(f"{guarded.url}?token=good") as client:
        await client.send_json({"action": "who"})
        told = json.loads((await client.receive(timeout=30)).data)
    assert (told["principalId"], told["level"]) == ("ada", "3")


async def test_each_refusal_has_the_right_status(guarded: Up, session: aiohttp.ClientSession) -> None:
    for query, status in {"": 401, "?token=nobody": 401, "?token=bad": 403, "?token=broken": 500}.items():
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(f"{guarded.url}{query}")
        assert caught.value.status == status, query
