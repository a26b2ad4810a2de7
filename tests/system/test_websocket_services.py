"""Messages that go to AWS services without a function between: into a table, into a queue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3

from tests.system.architectures import write
from tests.system.conftest import Up

MORE = """
jobs = app.add("aws_sqs_queue", "jobs", name="jobs")
gateway = aws.Role(app, "gateway", name="mini-gateway", service="apigateway")


def service(label, uri, template, **options):
    integration = app.add(
        "aws_apigatewayv2_integration", label, api_id=api.resource["id"], integration_type="AWS",
        integration_method="POST", integration_uri=uri, credentials_arn=gateway.arn,
        request_templates={"application/json": template}, **options,
    )
    api.integration_response(label, integration)
    route = app.add(
        "aws_apigatewayv2_route", label, api_id=api.resource["id"], route_key=label,
        target=f"integrations/{integration['id']}", route_response_selection_expression="$default",
    )
    app.add(
        "aws_apigatewayv2_route_response", label, api_id=api.resource["id"], route_id=route["id"],
        route_response_key="$default",
    )


service(
    "keep", "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
    '{"TableName": "TABLE", "Item": {"id": {"S": $input.json("$.id")}, "by": {"S": "$context.connectionId"}}}',
)
service(
    "do", "arn:aws:apigateway:us-east-1:sqs:path/000000000000/jobs",
    "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
    request_parameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
)
"""


# boto3's stubs know each service's client by its literal name.
def client(system: Up, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{system.port}",
        region_name="us-east-1",
        aws_access_key_id="me",
        aws_secret_access_key="me",
    )


async def test_a_message_is_an_item_and_another_a_job(
    up: Callable[..., Up], tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    system = up(write(tmp_path, more=MORE.replace("TABLE", "mini-things")))
    async with session.ws_connect(system.url) as socket:
        await socket.send_json({"action": "keep", "id": "first"})
        assert json.loads((await socket.receive(timeout=30)).data) == {}
        await socket.send_json({"action": "keep", "id": ""})
        assert "ValidationException" in (await socket.receive(timeout=30)).data
        await socket.send_json({"action": "do", "what": "a & b"})
        assert "MessageId" in (await socket.receive(timeout=60)).data
    tables, queues = client(system, "dynamodb"), client(system, "sqs")
    (item,) = (await asyncio.to_thread(tables.scan, TableName="mini-things"))["Items"]
    assert item["id"] == {"S": "first"}
    url = (await asyncio.to_thread(queues.get_queue_url, QueueName="jobs"))["QueueUrl"]
    (message,) = (await asyncio.to_thread(queues.receive_message, QueueUrl=url))["Messages"]
    assert json.loads(message["Body"]) == {"action": "do", "what": "a & b"}
