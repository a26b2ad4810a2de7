"""What tables use is counted, once for each call and table, and callers see no difference."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from terrarium.local.aws_error import AwsError
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
PEOPLE = {"TableName": "people"}
BY_TEAM = {"TableName": "people", "GlobalSecondaryIndexName": "byTeam"}


@pytest.fixture
def counted() -> Counted:
    return []


@dataclass
class Noting:
    """A metric whose values are noted in the order in which they came."""

    name: str
    dimensions: dict[str, str]
    counted: Counted

    def add(self, value: float) -> None:
        self.counted.append((self.name, self.dimensions, value))


@pytest.fixture
async def tables(tmp_path: Path, counted: Counted) -> AsyncIterator[Tables]:
    def meter(namespace: str, name: str, dimensions: Mapping[str, str], unit: str) -> Noting:
        assert (namespace, unit) == ("AWS/DynamoDB", "Count")
        return Noting(name, dict(dimensions), counted)

    used = TableMetrics(meter)
    engine = Tables(tmp_path, clock=ManualClock(), account="000000000000", region="us-east-1", meter=used)
    await engine.start()
    await engine.call("CreateTable", TABLE)
    yield engine
    await engine.stop()


async def test_a_write_counts_for_the_table_and_its_index(tables: Tables, counted: Counted) -> None:
    assert await tables.call("PutItem", {"TableName": "people", "Item": ANN}) == {}
    assert counted == [("ConsumedWriteCapacityUnits", PEOPLE, 1.0), ("ConsumedWriteCapacityUnits", BY_TEAM, 1.0)]


async def test_a_read_of_an_index_counts_for_the_index(tables: Tables, counted: Counted) -> None:
    await tables.call("PutItem", {"TableName": "people", "Item": ANN})
    counted.clear()
    query = {
        "IndexName": "byTeam",
        "KeyConditionExpression": "team = :t",
        "ExpressionAttributeValues": {":t": {"S": "red"}},
    }
    answer = await tables.call("Query", {"TableName": "people", **query})
    assert (answer["Count"], "ConsumedCapacity" in answer) == (1, False)
    assert counted == [("ConsumedReadCapacityUnits", BY_TEAM, 0.5)]


async def test_a_batch_counts_once_for_each_table(tables: Tables, counted: Counted) -> None:
    puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(3)]
    await tables.call("BatchWriteItem", {"RequestItems": {"people": puts}})
    assert counted == [("ConsumedWriteCapacityUnits", PEOPLE, 3.0)]


async def test_a_transaction_counts_double(tables: Tables, counted: Counted) -> None:
    await tables.call("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "people", "Item": ANN}}]})
    assert ("ConsumedWriteCapacityUnits", PEOPLE, 2.0) in counted


async def test_a_statement_counts(tables: Tables, counted: Counted) -> None:
    await tables.call("ExecuteStatement", {"Statement": "SELECT * FROM people WHERE id = 'ann'"})
    assert counted == [("ConsumedReadCapacityUnits", PEOPLE, 0.5)]


async def test_a_write_that_its_condition_stops_counts(tables: Tables, counted: Counted) -> None:
    with pytest.raises(AwsError, match="The conditional request failed"):
        await tables.call("PutItem", {**PEOPLE, "Item": ANN, "ConditionExpression": "attribute_exists(id)"})
    assert counted == [("ConsumedWriteCapacityUnits", PEOPLE, 1.0)]


async def test_a_throttled_call_is_counted_as_that(tables: Tables, counted: Counted) -> None:
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    slow = {**TABLE, "TableName": "slow", "BillingMode": "PROVISIONED", "ProvisionedThroughput": throughput}
    slow["GlobalSecondaryIndexes"] = [{**TABLE["GlobalSecondaryIndexes"][0], "ProvisionedThroughput": throughput}]
    await tables.call("CreateTable", slow)
    put = {"TableName": "slow", "Item": {**ANN, "text": {"S": "x" * 5000}}}
    await tables.call("PutItem", put)
    counted.clear()
    with pytest.raises(AwsError) as refused:
        await tables.call("PutItem", put)
    assert refused.value.code == "ProvisionedThroughputExceededException"
    assert counted == [("WriteThrottleEvents", {"TableName": "slow"}, 1)]


async def test_who_asks_for_a_report_gets_what_they_asked_for(tables: Tables) -> None:
    put = {"TableName": "people", "Item": ANN}
    total = await tables.call("PutItem", {**put, "ReturnConsumedCapacity": "TOTAL"})
    detailed = await tables.call("PutItem", {**put, "ReturnConsumedCapacity": "INDEXES"})
    assert set(total["ConsumedCapacity"]) == {"TableName", "CapacityUnits"}
    assert "Table" in detailed["ConsumedCapacity"]


async def test_what_uses_no_capacity_counts_nothing(tables: Tables, counted: Counted) -> None:
    await tables.call("DescribeTable", {"TableName": "people"})
    assert counted == []
