"""BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from typing import Any

from tests.unit.local.data.tables.desk import Desk, wire

SLOW: dict[str, Any] = {  # parameters of CreateTable
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
}


def put(**item: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": wire(**item)}}


async def test_a_batch_writes_and_deletes_in_several_tables(desk: Desk) -> None:
    await desk.create()
    await desk.create("Other")
    await desk.put(id="gone")
    games = [put(id="a"), put(id="b", n=1), {"DeleteRequest": {"Key": wire(id="gone")}}]
    answer = await desk.call("BatchWriteItem", RequestItems={"Games": games, "Other": [put(id="o")]})
    assert answer == {"UnprocessedItems": {}}
    assert await desk.get(id="b") == {"id": "b", "n": 1}
    assert await desk.get(id="gone") is None
    assert await desk.get("Other", id="o") == {"id": "o"}


async def test_a_batch_reads_what_there_is(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1, m=2)
    keys = [wire(id="a"), wire(id="never")]
    answer = await desk.call("BatchGetItem", RequestItems={"Games": {"Keys": keys, "ProjectionExpression": "n"}})
    assert answer == {"Responses": {"Games": [wire(n=1)]}, "UnprocessedKeys": {}}


async def test_a_batch_names_an_item_once(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("BatchGetItem", RequestItems={"Games": {"Keys": [wire(id="a"), wire(id="a")]}})
    assert error.message == "Provided list of item keys contains duplicates"
    twice = [put(id="a"), {"DeleteRequest": {"Key": wire(id="a")}}]
    error = await desk.refused("BatchWriteItem", RequestItems={"Games": twice})
    assert error.message == "Provided list of item keys contains duplicates"


async def test_a_batch_has_at_most_25_writes_and_100_reads(desk: Desk) -> None:
    await desk.create()
    await desk.create("Other")
    half = [put(id=str(number)) for number in range(13)]
    error = await desk.refused("BatchWriteItem", RequestItems={"Games": half, "Other": half})
    assert error.message == "Too many items requested for the BatchWriteItem call"
    keys = {"Keys": [wire(id=str(number)) for number in range(51)]}
    error = await desk.refused("BatchGetItem", RequestItems={"Games": keys, "Other": keys})
    assert error.message == "Too many items requested for the BatchGetItem call"


async def test_writes_beyond_the_capacity_come_back_unprocessed_and_can_be_sent_again(desk: Desk) -> None:
    await desk.create(**SLOW)
    requests = [put(id=str(number)) for number in range(5)]
    answer = await desk.call("BatchWriteItem", RequestItems={"Games": requests})
    assert answer["UnprocessedItems"] == {"Games": requests[2:]}
    assert (await desk.refused("BatchWriteItem", RequestItems=answer["UnprocessedItems"])).code == (
        "ProvisionedThroughputExceededException"
    )
    await desk.clock.advance(2)
    assert await desk.call("BatchWriteItem", RequestItems=answer["UnprocessedItems"]) == {"UnprocessedItems": {}}


async def test_reads_beyond_16_megabytes_come_back_unprocessed(desk: Desk) -> None:
    await desk.create()
    for number in range(45):
        await desk.put(id=f"{number:02}", big="x" * 400_000)
    keys = [wire(id=f"{number:02}") for number in range(45)]
    answer = await desk.call("BatchGetItem", RequestItems={"Games": {"Keys": keys, "ConsistentRead": True}})
    assert len(answer["Responses"]["Games"]) == 41
    assert answer["UnprocessedKeys"] == {"Games": {"Keys": keys[41:], "ConsistentRead": True}}


async def test_one_bad_item_spoils_the_batch(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("BatchWriteItem", RequestItems={"Games": [put(id="a"), put(n=1)]})
    assert error.message == "One or more parameter values were invalid: Missing the key id in the item"
    assert await desk.get(id="a") is None


async def test_capacity_is_reported_by_table(desk: Desk) -> None:
    await desk.create()
    answer = await desk.call(
        "BatchWriteItem", RequestItems={"Games": [put(id="a"), put(id="b", big="x" * 1024)]},
        ReturnConsumedCapacity="INDEXES",
    )  # fmt: skip
    assert answer["ConsumedCapacity"] == [{"TableName": "Games", "CapacityUnits": 3.0, "Table": {"CapacityUnits": 3.0}}]
