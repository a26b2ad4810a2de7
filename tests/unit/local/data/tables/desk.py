"""What the tests of tables share: an engine with a clock that stands still, and plain Python values for items."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Streams, Tables
from terrarium.testing.clock import ManualClock

ACCOUNT = "000000000000"
REGION = "us-east-1"
_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()

# Any: JSON bodies and Python values of any type.
Body = dict[str, Any]


def wire(**attributes: Any) -> Body:
    """Python values as attribute values, as boto3 writes them (binary included) on the wire."""
    return {name: value(each) for name, each in attributes.items()}


def value(plain: Any) -> Any:
    """One Python value as an attribute value."""
    return _SERIALIZER.serialize(plain)


def plain(item: Body) -> Body:
    """Attribute values as Python values."""
    return {name: _DESERIALIZER.deserialize(each) for name, each in item.items()}


class Desk:
    """An engine on a folder, and short words for what tests do with it."""

    def __init__(self, folder: Path, clock: ManualClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or ManualClock()
        self.tables = Tables(folder, clock=self.clock, account=ACCOUNT, region=REGION)
        self.streams = Streams(self.tables)

    async def __aenter__(self) -> Self:
        await self.tables.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.tables.stop()

    async def call(self, operation: str, **body: Any) -> Body:
        return await self.tables.call(operation, body)

    async def refused(self, operation: str, **body: Any) -> AwsError:
        """The refusal of a call that must be refused."""
        with pytest.raises(AwsError) as caught:
            await self.tables.call(operation, body)
        return caught.value

    async def create(self, name: str = "Games", hash: str = "id S", range: str | None = None, **more: Any) -> Body:
        """A table that pays per request, its keys given as "name type"."""
        keys = [key.split() for key in (hash, range) if key]
        attributes = [*keys, *(each.split() for each in more.pop("attributes", ()))]
        body = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": schema(*(key[0] for key in keys)),
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in attributes],
        } | more
        description: Body = (await self.tables.call("CreateTable", body))["TableDescription"]
        return description

    async def put(self, table: str = "Games", /, **attributes: Any) -> Body:
        return await self.call("PutItem", TableName=table, Item=wire(**attributes))

    async def get(self, table: str = "Games", /, **key: Any) -> Body | None:
        item = (await self.call("GetItem", TableName=table, Key=wire(**key))).get("Item")
        return None if item is None else plain(item)

    async def records(self, arn: str) -> list[Body]:
        """All records of a stream's shards, from the oldest."""
        description = (await self.streams.call("DescribeStream", {"StreamArn": arn}))["StreamDescription"]
        found: list[Body] = []
        for shard in description["Shards"]:
            body = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = (await self.streams.call("GetShardIterator", body))["ShardIterator"]
            found += (await self.streams.call("GetRecords", {"ShardIterator": iterator}))["Records"]
        return found


def schema(hash: str, range: str | None = None) -> list[Body]:
    """A key schema."""
    keys = [{"AttributeName": hash, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range, "KeyType": "RANGE"}] if range else keys


def index(name: str, hash: str, range: str | None = None, projection: str = "ALL", **more: Any) -> Body:
    """A secondary index of a CreateTable."""
    return {"IndexName": name, "KeySchema": schema(hash, range), "Projection": {"ProjectionType": projection}, **more}


async def turns(count: int = 5) -> None:
    """Lets what is ready to run do so."""
    for _ in range(count):
        await asyncio.sleep(0)
