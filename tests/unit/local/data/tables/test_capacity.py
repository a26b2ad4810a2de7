"""What calls cost, and what happens to those who have spent their capacity."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.data.tables.desk import Desk, index, value, wire


async def cost(desk: Desk, operation: str, **body: Any) -> float:
    answer = await desk.call(operation, TableName="Games", ReturnConsumedCapacity="TOTAL", **body)
    units: float = answer["ConsumedCapacity"]["CapacityUnits"]
    return units


@pytest.mark.parametrize(("size", "write", "read"), [(100, 1, 0.5), (1024, 1, 0.5), (1025, 2, 0.5), (9000, 9, 1.5)])
async def test_units_follow_the_items_size(desk: Desk, size: int, write: float, read: float) -> None:
    await desk.create()
    item = wire(id="a", big="x" * (size - len("idabig")))
    assert await cost(desk, "PutItem", Item=item) == write
    assert await cost(desk, "GetItem", Key=wire(id="a")) == read
    assert await cost(desk, "GetItem", Key=wire(id="a"), ConsistentRead=True) == 2 * read
    assert await cost(desk, "DeleteItem", Key=wire(id="a")) == write


async def test_an_update_costs_the_larger_of_before_and_after(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", big="x" * 5000)
    assert await cost(desk, "UpdateItem", Key=wire(id="a"), UpdateExpression="REMOVE big") == 5


async def test_nothing_costs_something(desk: Desk) -> None:
    await desk.create()
    assert await cost(desk, "GetItem", Key=wire(id="never")) == 0.5
    assert await cost(desk, "DeleteItem", Key=wire(id="never")) == 1


async def test_indexes_are_charged_for_what_changes_in_them(desk: Desk) -> None:
    await desk.create(
        attributes=["grp S", "kind S"],
        GlobalSecondaryIndexes=[index("byGroup", "grp"), index("byKind", "kind", projection="KEYS_ONLY")],
    )

    async def taken(**item: Any) -> dict[str, float]:
        answer = await desk.call("PutItem", TableName="Games", Item=wire(**item), ReturnConsumedCapacity="INDEXES")
        indexes = answer["ConsumedCapacity"].get("GlobalSecondaryIndexes", {})
        assert answer["ConsumedCapacity"]["CapacityUnits"] == 1 + sum(
            each["CapacityUnits"] for each in indexes.values()
        )
        return {name: units["CapacityUnits"] for name, units in indexes.items()}

    assert await taken(id="a") == {}
    assert await taken(id="a", grp="g", kind="k") == {"byGroup": 1, "byKind": 1}
    assert await taken(id="a", grp="g", kind="k", n=1) == {"byGroup": 1}
    assert await taken(id="a", grp="h", kind="k", n=1) == {"byGroup": 2}
    assert await taken(id="a", grp="h", kind="k", n=1) == {}
    assert await taken(id="a", kind="k", n=1) == {"byGroup": 1}


async def test_a_query_of_an_index_is_charged_to_the_index(desk: Desk) -> None:
    await desk.create(attributes=["grp S"], GlobalSecondaryIndexes=[index("byGroup", "grp")])
    await desk.put(id="a", grp="g")
    answer = await desk.call(
        "Query", TableName="Games", IndexName="byGroup", KeyConditionExpression="grp = :g",
        ExpressionAttributeValues=wire(**{":g": "g"}), ReturnConsumedCapacity="INDEXES",
    )  # fmt: skip
    assert answer["ConsumedCapacity"] == {
        "TableName": "Games", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"byGroup": {"CapacityUnits": 0.5}},
    }  # fmt: skip


async def slow(desk: Desk, read: int = 2, write: int = 2) -> None:
    throughput = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
    await desk.create(BillingMode="PROVISIONED", ProvisionedThroughput=throughput)


async def test_a_table_refuses_more_than_its_capacity_until_time_has_passed(desk: Desk) -> None:
    await slow(desk)
    await desk.put(id="a")
    await desk.put(id="b")
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="c"))
    assert error.code == "ProvisionedThroughputExceededException"
    assert error.message.startswith("The level of configured provisioned throughput for the table was exceeded.")
    await desk.clock.advance(1)
    await desk.put(id="c")


async def test_unused_capacity_is_kept_for_five_minutes(desk: Desk) -> None:
    await slow(desk, write=1)
    await desk.clock.advance(3600)
    for number in range(300):
        await desk.put(id=str(number))
    assert (await desk.refused("PutItem", TableName="Games", Item=wire(id="x"))).code == (
        "ProvisionedThroughputExceededException"
    )


async def test_reads_and_writes_have_capacities_of_their_own(desk: Desk) -> None:
    await slow(desk, read=1, write=1)
    await desk.put(id="a")
    await desk.get(id="a")
    await desk.get(id="a")
    assert (await desk.refused("GetItem", TableName="Games", Key=wire(id="a"))).code == (
        "ProvisionedThroughputExceededException"
    )


async def test_a_failed_condition_costs_as_well(desk: Desk) -> None:
    await slow(desk, write=1)
    body: dict[str, Any] = {"TableName": "Games", "Item": wire(id="a"), "ConditionExpression": "n = :n",
                            "ExpressionAttributeValues": {":n": value(1)}}  # fmt: skip
    assert (await desk.refused("PutItem", **body)).code == "ConditionalCheckFailedException"
    assert (await desk.refused("PutItem", **body)).code == "ProvisionedThroughputExceededException"


async def test_an_index_without_capacity_holds_up_its_tables_writes(desk: Desk) -> None:
    await desk.create(
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 100, "WriteCapacityUnits": 100},
        attributes=["grp S"],
        GlobalSecondaryIndexes=[
            index("byGroup", "grp", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        ],
    )
    await desk.put(id="a", grp="g")
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="b", grp="g"))
    assert error.code == "ProvisionedThroughputExceededException"
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Games/index/byGroup"
    reason = {"reason": "IndexWriteProvisionedThroughputExceeded", "resource": arn}
    assert error.fields == {"ThrottlingReasons": [reason]}


async def test_a_table_that_pays_per_request_is_not_held_up_unless_it_has_a_ceiling(desk: Desk) -> None:
    await desk.create()
    for number in range(500):
        await desk.put(id=str(number))
    await desk.create("Capped", OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 1})
    await desk.put("Capped", id="a")
    error = await desk.refused("PutItem", TableName="Capped", Item=wire(id="b"))
    assert error.code == "ThrottlingException"
    (reason,) = error.fields["throttlingReasons"]
    assert reason["reason"] == "TableWriteMaxOnDemandThroughputExceeded"


async def test_item_collections_are_measured_where_there_are_local_indexes(desk: Desk) -> None:
    await desk.create(range="at N", attributes=["n N"], LocalSecondaryIndexes=[index("byN", "id", "n")])
    answer = await desk.call(
        "PutItem", TableName="Games", Item=wire(id="a", at=1, n=2), ReturnItemCollectionMetrics="SIZE"
    )
    assert answer["ItemCollectionMetrics"] == {
        "ItemCollectionKey": wire(id="a"), "SizeEstimateRangeGB": [0.0, 1.0],
    }  # fmt: skip
