"""The endpoint in front of the engines that it is made for: a function reaches a table and the logs through it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from terrarium.events import Events
from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.dynamodb import DynamoDb
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.json_service import JsonService
from terrarium.local.api.lambda_ import Lambda
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.sts import Sts
from terrarium.local.clock import SystemClock
from terrarium.local.compute.functions import Functions, FunctionSettings
from terrarium.local.data.tables import Streams, Tables
from terrarium.local.watch.logs import LogStore
from terrarium.local.watch.logs_api import LogsApi
from tests.unit.local.api.doubles import ACCOUNT, ROLE, Refusing, client, serving, until

HANDLER = """
import os
import boto3

table = boto3.client("dynamodb")

def handler(event, context):
    print("joining", event["id"])
    table.put_item(TableName=os.environ["TABLE"], Item={"connectionId": {"S": event["id"]}})
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


@dataclass
class Laptop:
    url: str
    logs: LogStore
    calls: list[AwsCall]


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "join.py").write_text(HANDLER)
    clock, calls, urls = SystemClock(), list[AwsCall](), list[str]()
    logs = LogStore(tmp_path, clock)
    logs.start()
    tables = Tables(tmp_path, clock=clock, account=ACCOUNT, region="us-east-1")
    await tables.start()
    credentials = Credentials(ACCOUNT, clock)

    def of_role(settings: FunctionSettings) -> Mapping[str, str]:
        return credentials.issue(settings.role, settings.name)

    functions = Functions(clock=clock, logs=logs, events=Events(), credentials=of_role, endpoint=lambda: urls[0])
    functions.put(settings(tmp_path / "code"))
    await functions.start()
    deployed = DeployedCode(tmp_path / "packed", lambda: urls[0], clock)
    services: dict[str, Service] = {
        "dynamodb": DynamoDb(tables, Streams(tables)),
        "lambda": Lambda(functions, lambda: [functions.get(name) for name in functions.names()], deployed),
        "sts": Sts(credentials, lambda _: True),
        "logs": JsonService(LogsApi(logs, clock, account=ACCOUNT, region="us-east-1")),
    }
    endpoint = AwsEndpoint(services, Refusing(), credentials, clock, observe=lambda call, _: calls.append(call))
    async with serving(endpoint.handle) as url:
        urls.append(url)
        yield Laptop(url, logs, calls)
        await functions.stop()
    await tables.stop()
    logs.stop()


def settings(code: Path) -> FunctionSettings:
    return FunctionSettings(
        name="join",
        arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:join",
        handler="join.handler",
        runtime="python3.11",
        code=code,
        layers=(),
        environment={"TABLE": "Players"},
        timeout=60,
        memory=512,
        region="us-east-1",
        log_group="/aws/lambda/join",
        role=ROLE,
    )


async def test_a_function_that_is_invoked_writes_a_table_as_its_role(laptop: Laptop) -> None:
    tables = client("dynamodb", laptop.url)
    await asyncio.to_thread(
        tables.create_table,
        TableName="Players",
        KeySchema=[{"AttributeName": "connectionId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "connectionId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    functions = client("lambda", laptop.url, config={"read_timeout": 90})
    answer = await asyncio.to_thread(functions.invoke, FunctionName="join", Payload=json.dumps({"id": "c1"}))
    assert json.load(answer["Payload"]) == f"arn:aws:sts::{ACCOUNT}:assumed-role/tictactoe-joinQueue/join"
    put = next(call for call in laptop.calls if call.operation == "PutItem")
    assert put.principal.role_arn == ROLE

    scanned = await asyncio.to_thread(tables.scan, TableName="Players")
    assert scanned["Items"] == [{"connectionId": {"S": "c1"}}]
    streams = client("dynamodbstreams", laptop.url)
    (stream,) = (await asyncio.to_thread(streams.list_streams, TableName="Players"))["Streams"]
    described = await asyncio.to_thread(streams.describe_stream, StreamArn=stream["StreamArn"])
    (shard,) = described["StreamDescription"]["Shards"]
    place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = (await asyncio.to_thread(streams.get_shard_iterator, **place))["ShardIterator"]
    (record,) = (await asyncio.to_thread(streams.get_records, ShardIterator=iterator))["Records"]
    assert record["dynamodb"]["NewImage"] == {"connectionId": {"S": "c1"}}

    await until(lambda: any(event.message.startswith("REPORT") for event in laptop.logs.tail(9)))
    logs = client("logs", laptop.url)
    search = {"logGroupName": "/aws/lambda/join", "filterPattern": "joining"}
    found = await asyncio.to_thread(logs.filter_log_events, **search)
    assert [event["message"].strip() for event in found["events"]] == ["joining c1"]


async def test_a_table_that_is_not_there_is_not_found(laptop: Laptop) -> None:
    tables = client("dynamodb", laptop.url)
    with pytest.raises(tables.exceptions.ResourceNotFoundException):
        await asyncio.to_thread(tables.describe_table, TableName="Missing")


async def test_a_real_function_is_described(laptop: Laptop) -> None:
    described = await asyncio.to_thread(client("lambda", laptop.url).get_function, FunctionName="join")
    assert described["Configuration"]["Handler"] == "join.handler"
    assert described["Configuration"]["LoggingConfig"]["LogGroup"] == "/aws/lambda/join"
