"""Putting, getting, updating and deleting one item."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.local.data.tables.desk import Desk, index, plain, value, wire


async def test_an_item_that_was_put_is_read_back(desk: Desk) -> None:
    await desk.create()
    item = {"id": "a", "n": Decimal("1.5"), "tags": {"x", "y"}, "deep": {"list": [1, None, True]}}
    await desk.put(**item)
    assert await desk.get(id="a") == item


async def test_an_item_that_is_not_there_gives_an_empty_answer(desk: Desk) -> None:
    await desk.create()
    assert await desk.call("GetItem", TableName="Games", Key=wire(id="a")) == {}


async def test_a_put_replaces_the_whole_item(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", old=1)
    await desk.put(id="a", new=2)
    assert await desk.get(id="a") == {"id": "a", "new": 2}


async def test_a_missing_table_is_named_only_by_operations_on_tables(desk: Desk) -> None:
    error = await desk.refused("PutItem", TableName="Nowhere", Item=wire(id="a"))
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    error = await desk.refused("DescribeTable", TableName="Nowhere")
    assert error.message == "Requested resource not found: Table: Nowhere not found"


async def test_a_failed_condition_answers_in_aws_words_and_changes_nothing(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    error = await desk.refused(
        "PutItem", TableName="Games", Item=wire(id="a", n=2), ConditionExpression="attribute_not_exists(id)"
    )
    assert (error.code, error.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert not error.fields
    assert await desk.get(id="a") == {"id": "a", "n": 1}


async def test_a_failed_condition_shows_the_item_when_asked(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    error = await desk.refused(
        "DeleteItem", TableName="Games", Key=wire(id="a"), ConditionExpression="n > :n",
        ExpressionAttributeValues={":n": value(5)}, ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )  # fmt: skip
    assert plain(error.fields["Item"]) == {"id": "a", "n": 1}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", {"id": "a", "n": 1, "keep": "k", "gone": True}),
        ("UPDATED_OLD", {"n": 1, "gone": True}),
        ("ALL_NEW", {"id": "a", "n": 3, "keep": "k", "fresh": "x"}),
        ("UPDATED_NEW", {"n": 3, "fresh": "x"}),
    ],
)
async def test_an_update_returns_the_values_asked_for(desk: Desk, mode: str, expected: object) -> None:
    await desk.create()
    await desk.put(id="a", n=1, keep="k", gone=True)
    answer = await desk.call(
        "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="SET n = n + :two, fresh = :x REMOVE gone",
        ExpressionAttributeValues={":two": value(2), ":x": value("x")}, ReturnValues=mode,
    )  # fmt: skip
    assert (plain(answer["Attributes"]) if "Attributes" in answer else None) == expected


async def test_an_update_of_nothing_makes_the_item(desk: Desk) -> None:
    await desk.create()
    await desk.call(
        "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="ADD wins :one",
        ExpressionAttributeValues={":one": value(1)},
    )  # fmt: skip
    assert await desk.get(id="a") == {"id": "a", "wins": 1}


async def test_a_delete_hands_out_what_it_deleted(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    answer = await desk.call("DeleteItem", TableName="Games", Key=wire(id="a"), ReturnValues="ALL_OLD")
    assert plain(answer["Attributes"]) == {"id": "a", "n": 1}
    assert await desk.get(id="a") is None
    assert await desk.call("DeleteItem", TableName="Games", Key=wire(id="a"), ReturnValues="ALL_OLD") == {}


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
async def test_puts_and_deletes_return_old_values_or_none(desk: Desk, operation: str) -> None:
    await desk.create()
    what = {"Item" if operation == "PutItem" else "Key": wire(id="a")}
    error = await desk.refused(operation, TableName="Games", ReturnValues="ALL_NEW", **what)
    assert error.message == "ReturnValues can only be ALL_OLD or NONE"


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"n": {"N": "1"}}, "One or more parameter values were invalid: Missing the key id in the item"),
        (
            {"id": {"N": "1"}},
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        (
            {"id": {"S": ""}},
            (
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                "empty string value. Key: id"
            ),
        ),
        (
            {"id": {"S": "k" * 2049}},
            (
                "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 "
                "bytes"
            ),
        ),
        (
            {"id": {"S": "a"}, "status": {"N": "1"}},
            (
                "One or more parameter values were invalid: Type mismatch for Index Key status Expected: S Actual: N "
                "IndexName: statusIndex"
            ),
        ),
        (
            {"id": {"S": "a"}, "status": {"S": ""}},
            (
                "One or more parameter values are not valid. A value specified for a secondary index key is not "
                "supported. The AttributeValue for a key attribute cannot contain an empty string value. "
                "IndexName: statusIndex, IndexKey: status"
            ),
        ),
        ({"id": {"S": "a"}, "big": {"S": "x" * 409_600}}, "Item size has exceeded the maximum allowed size"),
    ],
)
async def test_an_item_that_does_not_suit_its_table_is_refused(
    desk: Desk, item: dict[str, object], message: str
) -> None:
    await desk.create(attributes=["status S"], GlobalSecondaryIndexes=[index("statusIndex", "status")])
    error = await desk.refused("PutItem", TableName="Games", Item=item)
    assert (error.code, error.message) == ("ValidationException", message)


async def test_a_sort_key_has_at_most_1024_bytes(desk: Desk) -> None:
    await desk.create(range="at S")
    await desk.put(id="a", at="x" * 1024)
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="a", at="x" * 1025))
    assert error.message.endswith("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")


@pytest.mark.parametrize("key", [{}, {"id": {"N": "1"}}, {"other": {"S": "a"}}, {"id": {"S": "a"}, "n": {"N": "1"}}])
async def test_a_key_has_exactly_the_attributes_of_the_schema(desk: Desk, key: dict[str, object]) -> None:
    await desk.create()
    error = await desk.refused("GetItem", TableName="Games", Key=key)
    assert error.message == "The provided key element does not match the schema"


async def test_an_item_of_400_kb_is_the_largest(desk: Desk) -> None:
    await desk.create()
    room = 400 * 1024 - len("id") - len("a") - len("big")
    await desk.put(id="a", big="x" * room)
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="a", big="x" * (room + 1)))
    assert error.message == "Item size has exceeded the maximum allowed size"


async def test_an_update_cannot_touch_the_key_nor_outgrow_an_item(desk: Desk) -> None:
    await desk.create()
    values = {":v": value("x" * 409_600)}
    error = await desk.refused(
        "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="SET id = :v",
        ExpressionAttributeValues=values,
    )  # fmt: skip
    assert error.message.endswith("Cannot update attribute id. This attribute is part of the key")
    error = await desk.refused(
        "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="SET big = :v",
        ExpressionAttributeValues=values,
    )  # fmt: skip
    assert error.message == "Item size to update has exceeded the maximum allowed size"


async def test_a_projection_cuts_the_item_down(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", board={"rows": [["x"], ["o"]], "turn": 3}, score=1)
    answer = await desk.call(
        "GetItem", TableName="Games", Key=wire(id="a"), ProjectionExpression="board.#rows[1], score, nothing",
        ExpressionAttributeNames={"#rows": "rows"},
    )  # fmt: skip
    assert plain(answer["Item"]) == {"board": {"rows": [["o"]]}, "score": 1}


async def test_an_operation_that_does_not_exist_is_refused(desk: Desk) -> None:
    assert (await desk.refused("PutItems")).code == "UnknownOperationException"
