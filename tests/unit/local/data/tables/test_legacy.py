"""The parameters from before expressions: they do what expressions do, and refuse in their own words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.expressions.evaluate import holds
from terrarium.local.data.tables.expressions.legacy_conditions import condition_of
from tests.unit.local.data.tables.desk import Desk, index, plain, value, wire

EXPRESSION_FORMS = {
    "EQ": "#a = :0", "NE": "#a <> :0", "LE": "#a <= :0", "LT": "#a < :0", "GE": "#a >= :0", "GT": "#a > :0",
    "NOT_NULL": "attribute_exists(#a)", "NULL": "attribute_not_exists(#a)", "CONTAINS": "contains(#a, :0)",
    "NOT_CONTAINS": "NOT contains(#a, :0)", "BEGINS_WITH": "begins_with(#a, :0)", "IN": "#a IN (:0, :1)",
    "BETWEEN": "#a BETWEEN :0 AND :1",
}  # fmt: skip


def listed(operator: str, *values: Any) -> dict[str, Any]:
    """A condition with its values."""
    return {"ComparisonOperator": operator, "AttributeValueList": [value(each) for each in values]}


async def stocked(desk: Desk) -> None:
    await desk.create(hash="id S", range="turn N")
    rest: list[dict[str, Any]] = [{}, {"v": "w"}, {"v": "x"}, {"v": "xy"}, {"v": 3}, {"v": {"x", "y"}}]
    for turn, extras in enumerate(rest):
        await desk.put(id="a", turn=turn, **extras)


@pytest.mark.parametrize(("operator", "form"), EXPRESSION_FORMS.items())
async def test_each_comparison_finds_what_its_expression_finds(desk: Desk, operator: str, form: str) -> None:
    await stocked(desk)
    values = {"IN": ["x", "xy"], "BETWEEN": ["x", "xx"], "NULL": [], "NOT_NULL": []}.get(operator, ["x"])
    legacy = await desk.call("Scan", TableName="Games", ScanFilter={"v": listed(operator, *values)})
    bound = {"ExpressionAttributeValues": {f":{at}": value(each) for at, each in enumerate(values)}} if values else {}
    modern = await desk.call(
        "Scan", TableName="Games", FilterExpression=form, ExpressionAttributeNames={"#a": "v"}, **bound
    )
    assert legacy == modern
    assert 0 < legacy["Count"] < 6


@given(
    present=st.booleans(), operators=st.lists(st.sampled_from(["NULL", "NOT_NULL"]), min_size=1), either=st.booleans()
)
def test_conditions_are_joined_as_the_request_says(present: bool, operators: list[str], either: bool) -> None:
    wanted = [operator == ("NOT_NULL" if present else "NULL") for operator in operators]
    attributes = {f"a{at}": listed(operator) for at, operator in enumerate(operators)}
    body = {"ScanFilter": attributes, "ConditionalOperator": "OR" if either else "AND"}
    condition = condition_of("FilterExpression", body)
    assert condition is not None
    item = {name: {"S": "x"} for name in attributes} if present else {}
    assert holds(condition, item) is (any(wanted) if either else all(wanted))


async def test_expected_guards_a_put_and_a_delete(desk: Desk) -> None:
    await desk.create()
    absent = {"id": {"Exists": False}}
    await desk.call("PutItem", TableName="Games", Item=wire(id="a", n=1), Expected=absent)
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="a", n=2), Expected=absent)
    assert error.code == "ConditionalCheckFailedException"
    error = await desk.refused("DeleteItem", TableName="Games", Key=wire(id="a"), Expected={"n": {"Value": value(2)}})
    assert error.code == "ConditionalCheckFailedException"
    assert await desk.get(id="a") == {"id": "a", "n": 1}
    either = {"n": listed("GT", 5), "m": listed("NULL")}
    await desk.call("DeleteItem", TableName="Games", Key=wire(id="a"), Expected=either, ConditionalOperator="OR")
    assert await desk.get(id="a") is None


async def test_updates_put_add_and_delete(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1, tags={"x", "y"}, list=[1], gone=True)
    answer = await desk.call(
        "UpdateItem", TableName="Games", Key=wire(id="a"), ReturnValues="ALL_NEW",
        AttributeUpdates={
            "name.with.dots": {"Value": value("whole")}, "n": {"Action": "ADD", "Value": value(2)},
            "tags": {"Action": "DELETE", "Value": value({"x"})}, "list": {"Action": "ADD", "Value": value([2])},
            "gone": {"Action": "DELETE"}, "new": {"Action": "ADD", "Value": value({"z"})},
        },
    )  # fmt: skip
    assert plain(answer["Attributes"]) == {
        "id": "a", "name.with.dots": "whole", "n": 3, "tags": {"y"}, "list": [1, 2], "new": {"z"},
    }  # fmt: skip


async def test_an_update_returns_what_it_changed(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", n=1, other=1)
    answer = await desk.call(
        "UpdateItem", TableName="Games", Key=wire(id="a"), ReturnValues="UPDATED_OLD",
        AttributeUpdates={"n": {"Value": value(2)}},
    )  # fmt: skip
    assert plain(answer["Attributes"]) == {"n": 1}


async def test_key_conditions_query_a_table_and_its_indexes(desk: Desk) -> None:
    await desk.create(
        hash="id S", range="turn N", attributes=["grp S"], GlobalSecondaryIndexes=[index("byGroup", "grp", "turn")]
    )
    for turn in range(5):
        await desk.put(id="a", turn=turn, grp="g", even=turn % 2 == 0)
    found = await desk.call(
        "Query", TableName="Games", KeyConditions={"id": listed("EQ", "a"), "turn": listed("BETWEEN", 1, 3)},
        QueryFilter={"even": listed("EQ", True)}, AttributesToGet=["turn"],
    )  # fmt: skip
    assert [plain(item) for item in found["Items"]] == [{"turn": 2}]
    assert found["ScannedCount"] == 3
    found = await desk.call(
        "Query", TableName="Games", IndexName="byGroup", ScanIndexForward=False, FilterExpression="even = :true",
        ExpressionAttributeValues=wire(**{":true": True}),
        KeyConditions={"grp": listed("EQ", "g"), "turn": listed("GE", 1)},
    )  # fmt: skip
    assert [plain(item)["turn"] for item in found["Items"]] == [4, 2]


async def test_attributes_to_get_cut_items_down_in_a_batch_too(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="a", **{"x.y": 1}, z=2)
    part = {"Keys": [wire(id="a")], "AttributesToGet": ["x.y", "nothing"]}
    found = await desk.call("BatchGetItem", RequestItems={"Games": part})
    assert found["Responses"]["Games"] == [wire(**{"x.y": 1})]


MIXED = "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("GetItem", {"ProjectionExpression": "a", "AttributesToGet": ["b"]},
         MIXED + "{AttributesToGet} Expression parameters: {ProjectionExpression}"),
        ("GetItem", {"AttributesToGet": ["a", "b", "a"]}, INVALID + "Duplicate value in attribute name: a"),
        ("DeleteItem", {"Expected": {"a": {}}},
         INVALID + "Value must be provided when Exists is null for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": {"Exists": False, "Value": value(1)}}},
         INVALID + "Value cannot be used when Exists is false for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": {"Exists": True, **listed("EQ", 1)}}},
         INVALID + "Exists and ComparisonOperator cannot be used together for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": {"ComparisonOperator": "EQ"}}},
         INVALID + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": {"AttributeValueList": [value(1)]}}},
         INVALID + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": {"Value": value(1), **listed("EQ", 1)}}},
         INVALID + "Value and AttributeValueList cannot be used together for Attribute: a"),
        ("DeleteItem", {"Expected": {"a": listed("BETWEEN", 1)}},
         INVALID + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        ("DeleteItem", {"Expected": {"a": listed("BETWEEN", 2, 1)}},
         "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"),
        ("DeleteItem", {"Expected": {"a": listed("IN", 1, "x")}},
         INVALID + "AttributeValues inside AttributeValueList must be of same type"),
        ("DeleteItem", {"Expected": {"a": listed("BEGINS_WITH", 1)}},
         INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        ("UpdateItem", {"AttributeUpdates": {"a": {}}},
         INVALID + "Only DELETE action is allowed when no attribute value is specified"),
        ("UpdateItem", {"AttributeUpdates": {"a": {"Action": "DELETE", "Value": value("x")}}},
         INVALID + "DELETE action with value is not supported for the type S"),
        ("UpdateItem", {"AttributeUpdates": {"a": {"Action": "ADD", "Value": value("x")}}},
         INVALID + "ADD action is not supported for the type S"),
        ("UpdateItem", {"AttributeUpdates": {"n": {"Action": "ADD", "Value": value({"x"})}}},
         "Type mismatch for attribute to update"),
        ("UpdateItem", {"AttributeUpdates": {"id": {"Value": value("x")}}},
         INVALID + "Cannot update attribute id. This attribute is part of the key"),
    ],
)  # fmt: skip
async def test_refusals_have_the_words_of_their_time(
    desk: Desk, operation: str, body: dict[str, Any], message: str
) -> None:
    await desk.create()
    await desk.put(id="a", n=1)
    assert (await desk.refused(operation, TableName="Games", Key=wire(id="a"), **body)).message == message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"KeyConditions": {}}, "Conditions can be of length 1 or 2 only"),
        ({"KeyConditions": {"turn": listed("EQ", 1)}}, "Query condition missed key schema element: id"),
        ({"KeyConditions": {"id": listed("GT", "a")}}, "Query key condition not supported"),
        ({"KeyConditions": {"id": listed("NE", "a")}},
         "Attempted conditional constraint is not an indexable operation"),
        ({"KeyConditions": {"id": listed("EQ", 1)}}, INVALID + "Condition parameter type does not match schema type"),
        ({"KeyConditions": {"id": listed("EQ", "a")}, "QueryFilter": {"turn": listed("EQ", 1)}},
         "QueryFilter can only contain non-primary key attributes: Primary key attribute: turn"),
        ({"KeyConditions": {"id": listed("EQ", "a")}, "Select": "COUNT", "AttributesToGet": ["v"]},
         "Cannot specify the AttributesToGet when choosing to get only the Count"),
    ],
)  # fmt: skip
async def test_a_query_refuses_what_its_keys_do_not_allow(desk: Desk, body: dict[str, Any], message: str) -> None:
    await desk.create(hash="id S", range="turn N")
    assert (await desk.refused("Query", TableName="Games", **body)).message == message


def test_a_value_of_no_type_is_refused() -> None:
    with pytest.raises(AwsError):
        condition_of("ConditionExpression", {"Expected": {"a": {"Value": {"X": "1"}}}})
