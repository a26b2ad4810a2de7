"""Answers and refusals as boto3 reads them: it writes the requests itself, and itself parses what comes back."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Tables
from terrarium.testing.clock import ManualClock
from tests.unit.local.data.tables.desk import ACCOUNT, REGION, index, schema


class _Raw:
    """A response's body as botocore streams it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


@pytest.fixture
def games(tmp_path: Path) -> Iterator[Any]:
    """boto3's Table over an engine, without a socket between them.  Any: boto3 makes its classes at run time."""
    with asyncio.Runner() as runner:
        tables = Tables(tmp_path, clock=ManualClock(), account=ACCOUNT, region=REGION)
        runner.run(tables.start())

        # Any: a request's headers and body have several types in botocore's stubs, and one here.
        def send(request: Any, **_: Any) -> AWSResponse:
            operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
            try:
                body, status = runner.run(tables.call(operation, json.loads(request.body))), 200
            except AwsError as error:
                body = {"__type": f"com.amazonaws.dynamodb.v20120810#{error.code}", "message": error.message}
                body, status = body | error.fields, error.status
            return AWSResponse(request.url, status, HTTPHeaders(), _Raw(json.dumps(body).encode()))

        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
        resource = session.resource("dynamodb")
        resource.meta.client.meta.events.register("before-send.dynamodb", send)
        resource.create_table(
            TableName="Games", BillingMode="PAY_PER_REQUEST", KeySchema=schema("id", "turn"),
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "turn", "AttributeType": "N"},
                {"AttributeName": "raw", "AttributeType": "B"},
            ],
            GlobalSecondaryIndexes=[index("byRaw", "raw")],
        )  # fmt: skip
        yield resource.Table("Games")
        runner.run(tables.stop())


def test_a_described_table_has_times_as_times(games: Any) -> None:
    games.load()
    assert games.table_status == "ACTIVE"
    assert isinstance(games.creation_date_time, dt.datetime)
    assert games.item_count == 0


def test_python_values_come_back_as_they_went(games: Any) -> None:
    item = {"id": "a", "turn": 1, "raw": b"\x00\xff", "blobs": {b"x", b"y"}, "deep": [{"k": None}, True, {1, 2}]}
    games.put_item(Item=item)
    assert games.get_item(Key={"id": "a", "turn": 1})["Item"] == item


def test_boto3s_own_conditions_are_understood(games: Any) -> None:
    from boto3.dynamodb.conditions import Attr, Key

    for turn in range(5):
        games.put_item(Item={"id": "a", "turn": turn, "raw": bytes([turn % 2]), "status": "open" if turn else "new"})
    found = games.query(
        KeyConditionExpression=Key("id").eq("a") & Key("turn").between(1, 3), FilterExpression=Attr("status").eq("open")
    )
    assert [item["turn"] for item in found["Items"]] == [1, 2, 3]
    assert games.query(IndexName="byRaw", KeyConditionExpression=Key("raw").eq(b"\x01"))["Count"] == 2
    assert games.scan(FilterExpression=~Attr("status").begins_with("op") | Attr("missing").exists())["Count"] == 1


def test_boto3_knows_the_exceptions(games: Any) -> None:
    client = games.meta.client
    games.put_item(Item={"id": "a", "turn": 1})
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        games.put_item(
            Item={"id": "a", "turn": 1}, ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip
    assert failed.value.response["Item"]["id"] == {"S": "a"}
    check = {"TableName": "Games", "Key": {"id": "b", "turn": 1}, "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[{"ConditionCheck": check}])
    assert [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]] == ["ConditionalCheckFailed"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName="Nowhere")


def test_a_batch_writer_writes_everything(games: Any) -> None:
    with games.batch_writer() as batch:
        for turn in range(60):
            batch.put_item(Item={"id": "a", "turn": turn})
    assert sum(page["Count"] for page in games.meta.client.get_paginator("scan").paginate(TableName="Games")) == 60
