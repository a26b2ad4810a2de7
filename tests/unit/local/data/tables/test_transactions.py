"""Transactions: all or nothing, reasons, tokens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.data.tables.desk import Desk, plain, value, wire


def put(**item: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "Games", "Item": wire(**item)}}


def check(condition: str, **key: Any) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "Games", "Key": wire(**key), "ConditionExpression": condition}}


async def test_all_writes_are_made_together(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="gone")
    update = {"TableName": "Games", "Key": wire(id="u"), "UpdateExpression": "ADD n :n",
              "ExpressionAttributeValues": {":n": value(1)}}  # fmt: skip
    steps = [put(id="p"), {"Update": update}, {"Delete": {"TableName": "Games", "Key": wire(id="gone")}}]
    answer = await desk.call(
        "TransactWriteItems", TransactItems=[*steps, check("attribute_not_exists(id)", id="never")]
    )
    assert answer == {}
    assert [await desk.get(id=key) for key in ("p", "u", "gone", "never")] == [
        {"id": "p"},
        {"id": "u", "n": 1},
        None,
        None,
    ]


async def test_one_failed_condition_cancels_all_and_says_which(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="there", n=1)
    taken = put(id="there")
    taken["Put"] |= {
        "ConditionExpression": "attribute_not_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }  # fmt: skip
    error = await desk.refused("TransactWriteItems", TransactItems=[put(id="new"), taken])
    assert error.code == "TransactionCanceledException"
    assert error.message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]"
    )
    first, second = error.fields["CancellationReasons"]
    assert first == {"Code": "None"}
    assert (second["Code"], second["Message"]) == ("ConditionalCheckFailed", "The conditional request failed")
    assert plain(second["Item"]) == {"id": "there", "n": 1}
    assert await desk.get(id="new") is None


async def test_an_item_that_does_not_suit_its_table_is_a_reason_too(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("TransactWriteItems", TransactItems=[put(id="a"), put(id=5)])
    assert [reason["Code"] for reason in error.fields["CancellationReasons"]] == ["None", "ValidationError"]


async def test_an_item_takes_part_once(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("TransactWriteItems", TransactItems=[put(id="a"), check("attribute_exists(id)", id="a")])
    assert error.message == "Transaction request cannot include multiple operations on one item"


async def test_a_part_is_one_kind_of_write(desk: Desk) -> None:
    await desk.create()
    both = put(id="a") | check("attribute_exists(id)", id="b")
    error = await desk.refused("TransactWriteItems", TransactItems=[both])
    assert error.message == "TransactItems can only contain one of Check, Put, Update or Delete"


async def test_a_transaction_has_at_most_a_hundred_parts(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("TransactWriteItems", TransactItems=[put(id=str(number)) for number in range(101)])
    assert "Member must have length less than or equal to 100" in error.message


async def test_a_transaction_has_at_most_four_megabytes(desk: Desk) -> None:
    await desk.create()
    items = [put(id=str(number), big="x" * 400_000) for number in range(11)]
    error = await desk.refused("TransactWriteItems", TransactItems=items)
    assert error.code == "ValidationException"
    assert await desk.get(id="0") is None


async def test_a_repeated_token_is_done_once(desk: Desk) -> None:
    await desk.create()
    step = {"Update": {"TableName": "Games", "Key": wire(id="a"), "UpdateExpression": "ADD n :n",
                       "ExpressionAttributeValues": {":n": value(1)}}}  # fmt: skip
    for _ in range(3):
        await desk.call("TransactWriteItems", TransactItems=[step], ClientRequestToken="once")
    assert await desk.get(id="a") == {"id": "a", "n": 1}


async def test_a_token_stands_for_one_request_for_ten_minutes(desk: Desk) -> None:
    await desk.create()
    await desk.call("TransactWriteItems", TransactItems=[put(id="a")], ClientRequestToken="token")
    error = await desk.refused("TransactWriteItems", TransactItems=[put(id="b")], ClientRequestToken="token")
    assert error.code == "IdempotentParameterMismatchException"
    await desk.clock.advance(601)
    await desk.call("TransactWriteItems", TransactItems=[put(id="b")], ClientRequestToken="token")
    assert await desk.get(id="b") == {"id": "b"}


async def test_items_are_read_together(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1, m=2)
    reads = [
        {"Get": {"TableName": "Games", "Key": wire(id="a"), "ProjectionExpression": "n"}},
        {"Get": {"TableName": "Games", "Key": wire(id="never")}},
    ]
    answer = await desk.call("TransactGetItems", TransactItems=reads, ReturnConsumedCapacity="TOTAL")
    assert answer["Responses"] == [{"Item": wire(n=1)}, {}]
    assert answer["ConsumedCapacity"] == [{"TableName": "Games", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


async def test_a_missing_table_is_no_reason_but_the_answer(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused(
        "TransactGetItems", TransactItems=[{"Get": {"TableName": "Nowhere", "Key": wire(id="a")}}]
    )
    assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize("part", [{}, {"Get": None}])
async def test_a_part_of_nothing_is_refused(desk: Desk, part: dict[str, Any]) -> None:
    await desk.create()
    assert (await desk.refused("TransactGetItems", TransactItems=[part])).code == "ValidationException"
    assert (await desk.refused("TransactWriteItems", TransactItems=[part])).code == "ValidationException"
