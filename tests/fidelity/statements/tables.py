"""What the statements about DynamoDB share: a table with indexes, and calls in few words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.targets.target import Target

THINGS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
        {"AttributeName": "owner", "AttributeType": "S"},
        {"AttributeName": "rank", "AttributeType": "N"},
        {"AttributeName": "colour", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "byOwner",
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "rank", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "keysOnly",
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "byColour",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "colour", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
        }
    ],
}


@dataclass(frozen=True)
class Table:
    """A table, and one partition in it that belongs to one test."""

    dynamodb: Any  # a boto3 client
    name: str
    id: str

    def key(self, n: float = 1) -> dict[str, Any]:
        """The key of one of the test's items."""
        return {"id": {"S": self.id}, "n": {"N": str(n)}}

    def put(self, n: float = 1, **attributes: Any) -> Any:
        """Puts an item whose attributes are in DynamoDB's notation."""
        return self.dynamodb.put_item(TableName=self.name, Item=self.key(n) | attributes)

    def get(self, n: float = 1, **options: Any) -> Any:
        """An item without its key; None where there is none."""
        found = self.dynamodb.get_item(TableName=self.name, Key=self.key(n), ConsistentRead=True, **options).get("Item")
        return found and {name: value for name, value in found.items() if name not in ("id", "n")}

    def update(self, expression: str, values: dict[str, Any] | None = None, n: float = 1, **options: Any) -> Any:
        """Updates an item; values are by their placeholders."""
        given = {"ExpressionAttributeValues": values} if values else {}
        return self.dynamodb.update_item(
            TableName=self.name, Key=self.key(n), UpdateExpression=expression, **given, **options
        )

    def query(self, condition: str = "id = :id", values: dict[str, Any] | None = None, **options: Any) -> Any:
        """Queries the test's own partition."""
        return self.dynamodb.query(
            TableName=self.name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":id": {"S": self.id}, **(values or {})},
            **options,
        )

    def numbers(self, *arguments: Any, **options: Any) -> list[str]:
        """The sort keys that a query finds, in its order."""
        return [item["n"]["N"] for item in self.query(*arguments, **options)["Items"]]


def things(target: Target) -> Table:
    """The table that most statements use, and a fresh partition in it."""
    name = target.once("table things", lambda: made(target, **THINGS))
    return Table(target.client("dynamodb"), name, uuid.uuid4().hex)


def made(target: Target, **settings: Any) -> str:
    """Creates a table of its own name; returns once it is there."""
    name = f"fidelity-{uuid.uuid4().hex[:12]}"
    dynamodb = target.client("dynamodb")
    dynamodb.create_table(TableName=name, **settings)
    target.defer(lambda: dynamodb.delete_table(TableName=name))
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return name


@dataclass
class Refused:
    """An error as the client got it, once it has."""

    response: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.response["Error"]["Code"])

    @property
    def message(self) -> str:
        return str(self.response["Error"]["Message"])

    @property
    def status(self) -> int:
        return int(self.response["ResponseMetadata"]["HTTPStatusCode"])


@contextmanager
def refused(code: str) -> Iterator[Refused]:
    """Asserts that what is inside is refused with an error of that code."""
    told = Refused({})
    with pytest.raises(ClientError) as error:
        yield told
    told.response.update(error.value.response)
    assert told.code == code, told.message
