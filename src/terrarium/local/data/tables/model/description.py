"""A table as DescribeTable shows it.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terrarium.local.data.tables.model.table import Index, Keys, Table, Throughput
from terrarium.local.data.tables.values.wire import Body

# How many items a table (None) or index has, and their bytes.
Counter = Callable[[Index | None], tuple[int, int]]


def describe(table: Table, count: Counter, status: str = "ACTIVE") -> Body:
    """The description; `status` is TableStatus, also of the indexes but for UPDATING."""
    items, size = count(None)
    index_status = "ACTIVE" if status == "UPDATING" else status
    description: Body = {
        "TableName": table.name,
        "TableArn": table.arn,
        "TableId": table.id,
        "TableStatus": status,
        "CreationDateTime": table.created_at,
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in table.attributes],
        "KeySchema": key_schema(table.keys),
        "ProvisionedThroughput": _throughput(table.throughput),
        "ItemCount": items,
        "TableSizeBytes": size,
        "DeletionProtectionEnabled": table.deletion_protection,
        "WarmThroughput": _warm(table.throughput),
    }
    return description | _billing(table) | _stream(table) | _indexes(table, count, index_status) | _settings(table)


def key_schema(keys: Keys) -> list[dict[str, str]]:
    """KeySchema on the wire."""
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys.names, ("HASH", "RANGE"), strict=False)]


def _billing(table: Table) -> Body:
    summary: Body = {}
    if table.throughput is None:
        summary = {"BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": table.billing_changed_at}
    elif table.billing_changed_at is not None:
        summary = {"BillingMode": "PROVISIONED", "LastUpdateToPayPerRequestDateTime": table.billing_changed_at}
    answer: Body = {"BillingModeSummary": summary} if summary else {}
    return answer | ({"OnDemandThroughput": table.on_demand} if table.on_demand else {})


def _stream(table: Table) -> Body:
    answer: Body = {}
    if table.stream_view is not None:
        answer["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream_view}
    if table.stream_label is not None:
        answer |= {"LatestStreamLabel": table.stream_label, "LatestStreamArn": table.stream_arn}
    return answer


def _settings(table: Table) -> Body:
    answer: Body = {}
    if table.settings.get("sse"):
        answer["SSEDescription"] = table.settings["sse"]
    if "restored" in table.settings:
        answer["RestoreSummary"] = table.settings["restored"]
    if "class" in table.settings:
        answer["TableClassSummary"] = table.settings["class"]
    return answer


def _indexes(table: Table, count: Counter, status: str) -> Body:
    answer: Body = {}
    if table.local_indexes:
        answer["LocalSecondaryIndexes"] = [_index(table, index, count) for index in table.local_indexes]
    if table.global_indexes:
        answer["GlobalSecondaryIndexes"] = [
            _index(table, index, count) | _global(index, status) for index in table.global_indexes
        ]
    return answer


def _index(table: Table, index: Index, count: Counter) -> Body:
    items, size = count(index)
    projection: dict[str, Any] = {"ProjectionType": index.projection}  # a word, and perhaps a list
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    return {
        "IndexName": index.name,
        "IndexArn": f"{table.arn}/index/{index.name}",
        "KeySchema": key_schema(index.keys),
        "Projection": projection,
        "ItemCount": items,
        "IndexSizeBytes": size,
    }


def _global(index: Index, status: str) -> Body:
    answer: Body = {
        "IndexStatus": status,
        "ProvisionedThroughput": _throughput(index.throughput),
        "WarmThroughput": _warm(index.throughput),
    }
    return answer | ({"OnDemandThroughput": index.on_demand} if index.on_demand else {})


def _throughput(throughput: Throughput | None) -> Body:
    if throughput is None:
        return {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    answer: Body = {
        "NumberOfDecreasesToday": throughput.decreases_today,
        "ReadCapacityUnits": throughput.read,
        "WriteCapacityUnits": throughput.write,
    }
    if throughput.increased_at is not None:
        answer["LastIncreaseDateTime"] = throughput.increased_at
    if throughput.decreased_at is not None:
        answer["LastDecreaseDateTime"] = throughput.decreased_at
    return answer


def _warm(throughput: Throughput | None) -> Body:
    """What is there at once: what is provisioned, or what a new table that pays per request begins with.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
    """
    read, write = (throughput.read, throughput.write) if throughput else (12_000, 4_000)
    return {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": "ACTIVE"}
