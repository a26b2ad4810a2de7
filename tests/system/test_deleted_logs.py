"""Log groups that a call deleted: who makes them again, and whose lines are lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up

MAY = """
import json
free = function("free")
statement = {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}
app.add("aws_iam_role_policy", "groups", role=free.role.resource["name"], name="groups",
        policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
"""
SAYS = "def handler(event, context): print('said')\n"


# boto3 makes its clients' classes while it runs: there is no type to name.
def client(system: Up, service: str) -> Any:
    make: Any = boto3.client
    return make(service, endpoint_url=f"http://127.0.0.1:{system.port}")


def groups(system: Up) -> set[str]:
    return {one["logGroupName"] for one in client(system, "logs").describe_log_groups()["logGroups"]}


async def test_lambda_makes_a_group_again_where_the_role_may_and_api_gateway_does_not(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path, more=MAY, free=SAYS))
    before = await asyncio.to_thread(groups, system)
    for group in before:
        await asyncio.to_thread(client(system, "logs").delete_log_group, logGroupName=group)
    async with session.ws_connect(system.url) as connection:
        await connection.send_str("hello")
        assert await asyncio.wait_for(connection.receive_str(), PATIENCE) == "hello"
    await asyncio.to_thread(client(system, "lambda").invoke, FunctionName="mini-free")

    after = await asyncio.to_thread(groups, system)
    assert "/aws/lambda/mini-free" in after
    assert {one for one in before if "echo" in one or "apigateway" in one} & after == set()
    gateway = client(system, "apigatewayv2")
    (api,) = (await asyncio.to_thread(gateway.get_apis))["Items"]
    (stage,) = (await asyncio.to_thread(gateway.get_stages, ApiId=api["ApiId"]))["Items"]
    assert stage["AccessLogSettings"]["DestinationArn"].rpartition(":log-group:")[2] in before

    await asyncio.to_thread(client(system, "logs").create_log_group, logGroupName="/aws/lambda/mini-echo")
    async with session.ws_connect(system.url) as connection:
        await connection.send_str("again")
        await asyncio.wait_for(connection.receive_str(), PATIENCE)
    found = await asyncio.to_thread(client(system, "logs").filter_log_events, logGroupName="/aws/lambda/mini-echo")
    assert any(event["message"].startswith("START") for event in found["events"]), json.dumps(found, default=str)
