"""What tables use is counted, and callers see no difference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from terrarium.local.data.tables import Tables
from terrarium.local.watch.table_metrics import TableMetrics
from terrarium.testing.clock import ManualClock

Counted = list[tuple[str, dict[str, str], float]]
TABLE: dict[str, Any] = {
    "TableName": "people",
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "team")],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "byTeam",
            "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
ANN = {"id": {"S": "ann"}, "team": {"S": "red"}}


@pytest.fixture
def counted() -> Counted:
    return []


@pytest.fixture
async def tables(tmp_path: Path, counted: Counted) -> AsyncIterator[TableMetrics]:
    engine = Tables(tmp_path, clock=ManualClock(), account="000000000000", region="us-east-1")
    await engine.start()
    await engine.call("CreateTable", TABLE)

    def put(namespace: str, name: str, value: float, dimensions: Any, *, unit: str) -> None:
        assert (namespace, unit) == ("AWS/DynamoDB", "Count")
        counted.append((name, dict(dimensions), value))

    yield TableMetrics(engine, put)
    await engine.stop()


async def test_a_write_counts_for_the_table_and_its_index(tables: TableMetrics, counted: Counted) -> None:
    assert tables.run("PutItem", {"TableName": "people", "Item": ANN}) == {}
    assert counted == [
        ("ConsumedWriteCapacityUnits", {"TableName": "people"}, 1.0),
        ("ConsumedWriteCapacityUnits", {"TableName": "people", "GlobalSecondaryIndexName": "byTeam"}, 1.0),
    ]


async def test_a_read_of_an_index_counts_for_the_index(tables: TableMetrics, counted: Counted) -> None:
    tables.run("PutItem", {"TableName": "people", "Item": ANN})
    counted.clear()
    query = {
        "IndexName": "byTeam",
        "KeyConditionExpression": "team = :t",
        "ExpressionAttributeValues": {":t": {"S": "red"}},
    }
    answer = tables.run("Query", {"TableName": "people", **query})
    assert (answer["Count"], "ConsumedCapacity" in answer) == (1, False)
    index = {"TableName": "people", "GlobalSecondaryIndexName": "byTeam"}
    assert counted == [("ConsumedReadCapacityUnits", index, 0.5)]


async def test_a_transaction_counts_double(tables: TableMetrics, counted: Counted) -> None:
    tables.run("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "people", "Item": ANN}}]})
    assert ("ConsumedWriteCapacityUnits", {"TableName": "people"}, 2.0) in counted


async def test_who_asks_for_a_report_gets_what_they_asked_for(tables: TableMetrics) -> None:
    put = {"TableName": "people", "Item": ANN}
    total = tables.run("PutItem", {**put, "ReturnConsumedCapacity": "TOTAL"})
    detailed = tables.run("PutItem", {**put, "ReturnConsumedCapacity": "INDEXES"})
    assert set(total["ConsumedCapacity"]) == {"TableName", "CapacityUnits"}
    assert "Table" in detailed["ConsumedCapacity"]


async def test_what_uses_no_capacity_counts_nothing(tables: TableMetrics, counted: Counted) -> None:
    tables.run("DescribeTable", {"TableName": "people"})
    assert counted == []
