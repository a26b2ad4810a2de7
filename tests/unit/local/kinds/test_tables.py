"""From a table as it is written to DynamoDB's calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terrarium.errors import UserError
from terrarium.local.clock import SystemClock
from terrarium.local.data.tables import Tables
from terrarium.local.kinds.tables import TableKind, changes, creation
from terrarium.local.registry import Entry

WRITTEN: dict[str, Any] = {  # attributes of any type
    "name": "things",
    "billing_mode": "PAY_PER_REQUEST",
    "hash_key": "id",
    "attribute": [{"name": "id", "type": "S"}, {"name": "kind", "type": "S"}],
    "global_secondary_index": [{"name": "byKind", "hash_key": "kind", "projection_type": "ALL"}],
    "stream_enabled": True,
    "stream_view_type": "NEW_IMAGE",
    "ttl": [{"enabled": True, "attribute_name": "until"}],
}


def written(**other: object) -> Entry:
    return Entry("aws_dynamodb_table.things", "aws_dynamodb_table", WRITTEN | other)


class Parts:
    """As much of the engines as tables need."""

    def __init__(self, folder: Path) -> None:
        self.tables = Tables(folder, clock=SystemClock(), account="000000000000", region="us-east-1")


async def described(parts: Parts) -> dict[str, Any]:  # DynamoDB's JSON
    table: dict[str, Any] = (await parts.tables.call("DescribeTable", {"TableName": "things"}))["Table"]
    return table


async def test_a_table_is_made_as_written_and_found_again_with_its_stream(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    await parts.tables.start()
    kind = TableKind(parts)  # type: ignore[arg-type]  # a part of the parts

    first = await kind.create(written())
    again = await kind.create(written())

    assert first == again
    assert ":table/things/stream/" in first["stream_arn"]
    table = await described(parts)
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["byKind"]
    ttl = await parts.tables.call("DescribeTimeToLive", {"TableName": "things"})
    assert ttl["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    await parts.tables.stop()


async def test_what_changed_is_changed_and_items_stay(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    await parts.tables.start()
    kind = TableKind(parts)  # type: ignore[arg-type]  # a part of the parts
    await kind.create(written())
    await parts.tables.call("PutItem", {"TableName": "things", "Item": {"id": {"S": "1"}, "kind": {"S": "x"}}})

    await kind.create(
        written(
            billing_mode="PROVISIONED",
            read_capacity=5,
            write_capacity=5,
            stream_view_type="OLD_IMAGE",
            global_secondary_index=[],
            attribute=[{"name": "id", "type": "S"}],
        )
    )

    table = await described(parts)
    assert table["StreamSpecification"]["StreamViewType"] == "OLD_IMAGE"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert not table.get("GlobalSecondaryIndexes")
    assert (await parts.tables.call("Scan", {"TableName": "things"}))["Count"] == 1
    await parts.tables.stop()


async def test_indexes_that_stay_get_their_capacity_when_a_table_becomes_provisioned(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    await parts.tables.start()
    kind = TableKind(parts)  # type: ignore[arg-type]  # a part of the parts
    await kind.create(written())
    index = WRITTEN["global_secondary_index"][0] | {"read_capacity": 2, "write_capacity": 2}
    provisioned = written(billing_mode="PROVISIONED", read_capacity=5, write_capacity=5, global_secondary_index=[index])

    await kind.create(provisioned)

    table = await described(parts)
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 2
    assert changes(table, creation(provisioned)) == []
    await kind.create(written())
    assert (await described(parts))["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    await parts.tables.stop()


async def test_another_key_is_refused_rather_than_losing_items(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    await parts.tables.start()
    kind = TableKind(parts)  # type: ignore[arg-type]  # a part of the parts
    await kind.create(written())
    with pytest.raises(UserError, match="exists with another key"):
        await kind.create(written(hash_key="kind"))
    await parts.tables.stop()


def test_a_table_that_is_as_written_needs_no_change() -> None:
    body = creation(written())
    before = {
        "KeySchema": body["KeySchema"],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "StreamSpecification": body["StreamSpecification"],
        "GlobalSecondaryIndexes": body["GlobalSecondaryIndexes"],
    }
    assert changes(before, body) == []


async def test_a_table_has_the_tags_of_the_architecture_as_they_are_written_now(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    await parts.tables.start()
    kind = TableKind(parts)  # type: ignore[arg-type]  # a part of the parts

    async def tags() -> dict[str, str]:
        arn = (await described(parts))["TableArn"]
        listed = await parts.tables.call("ListTagsOfResource", {"ResourceArn": arn})
        return {tag["Key"]: tag["Value"] for tag in listed["Tags"]}

    await kind.create(written(tags={"Team": "core"}, tags_all={"Team": "core", "Project": "shop", "Old": "yes"}))
    assert await tags() == {"Team": "core", "Project": "shop", "Old": "yes"}
    await kind.create(written(tags_all={"Team": "other", "Project": "shop"}))
    assert await tags() == {"Team": "other", "Project": "shop"}
    await kind.create(written())
    assert await tags() == {}
    await parts.tables.stop()
