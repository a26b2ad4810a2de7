"""DynamoDB: conditions, names and values in expressions."""

from __future__ import annotations

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import refused, things
from tests.fidelity.targets.target import Target

CONDITIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"
UPDATES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"
NAMES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html"
VALUES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html"


@source(CONDITIONS)
def test_condition_not_exists(target: Target) -> None:
    """attribute_not_exists on the key makes PutItem create only."""
    table = things(target)
    put = {"TableName": table.name, "Item": table.key(), "ConditionExpression": "attribute_not_exists(id)"}
    table.dynamodb.put_item(**put)
    with refused("ConditionalCheckFailedException") as error:
        table.dynamodb.put_item(**put)
    assert error.message == "The conditional request failed"
    assert error.status == 400


@source(CONDITIONS)
def test_condition_returns_item(target: Target) -> None:
    """With ReturnValuesOnConditionCheckFailure ALL_OLD, the failure carries the item."""
    table = things(target)
    table.put(a={"S": "there"})
    with refused("ConditionalCheckFailedException") as error:
        table.dynamodb.put_item(
            TableName=table.name,
            Item=table.key(),
            ConditionExpression="attribute_not_exists(id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert error.response["Item"] == table.key() | {"a": {"S": "there"}}


@source(CONDITIONS)
def test_condition_types(target: Target) -> None:
    """Values of different types are never equal, and comparing them is false rather than an error."""
    table = things(target)
    table.put(a={"S": "1"})
    for comparison in ("a = :one", "a < :one", "a > :one"):
        with refused("ConditionalCheckFailedException"):
            table.update("SET b = :one", {":one": {"N": "1"}}, ConditionExpression=comparison)


@source(CONDITIONS)
def test_condition_functions(target: Target) -> None:
    """begins_with, contains, size and attribute_type can be combined with AND, OR and NOT."""
    table = things(target)
    table.put(a={"S": "hello"}, s={"SS": ["x"]})
    table.update(
        "SET b = :x",
        {":he": {"S": "he"}, ":x": {"S": "x"}, ":five": {"N": "5"}, ":type": {"S": "S"}},
        ConditionExpression=(
            "begins_with(a, :he) AND contains(s, :x) AND size(a) = :five"
            " AND (attribute_type(a, :type) OR a = :x) AND NOT attribute_exists(b)"
        ),
    )
    assert table.get()["b"] == {"S": "x"}


@source(CONDITIONS)
def test_between_and_in(target: Target) -> None:
    """BETWEEN includes both ends, and IN takes a list."""
    table = things(target)
    table.put(a={"N": "5"})
    values = {":low": {"N": "5"}, ":high": {"N": "9"}, ":six": {"N": "6"}}
    table.update("SET b = :six", values, ConditionExpression="a BETWEEN :low AND :high AND a IN (:six, :low)")
    assert table.get()["b"] == {"N": "6"}


@source(CONDITIONS)
def test_numbers_compare_as_numbers(target: Target) -> None:
    """Numbers compare by value, not by their digits: 10 is more than 9, and 1.0 equals 1."""
    table = things(target)
    table.put(a={"N": "10"}, b={"N": "1.0"})
    values = {":nine": {"N": "9"}, ":one": {"N": "1"}}
    table.update("SET c = :one", values, ConditionExpression="a > :nine AND b = :one")
    assert table.get()["c"] == {"N": "1"}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html")
def test_reserved_word(target: Target) -> None:
    """A reserved word may not stand in an expression, and the message names it."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET status = :s", {":s": {"S": "x"}})
    assert error.message == ("Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status")


@source(NAMES)
def test_name_placeholder(target: Target) -> None:
    """A reserved word can be used through a name that begins with #."""
    table = things(target)
    table.update("SET #s = :s", {":s": {"S": "x"}}, ExpressionAttributeNames={"#s": "status"})
    assert table.get() == {"status": {"S": "x"}}


@source(NAMES)
def test_unused_name(target: Target) -> None:
    """A name that no expression uses is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a = :s", {":s": {"S": "x"}}, ExpressionAttributeNames={"#s": "status"})
    assert error.message == ("Value provided in ExpressionAttributeNames unused in expressions: keys: {#s}")


@source(VALUES)
def test_unused_value(target: Target) -> None:
    """A value that no expression uses is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a = :s", {":s": {"S": "x"}, ":t": {"S": "y"}})
    assert error.message == ("Value provided in ExpressionAttributeValues unused in expressions: keys: {:t}")


@source(VALUES)
def test_undefined_value(target: Target) -> None:
    """A value that an expression uses must be given."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a = :s, b = :t", {":s": {"S": "x"}})
    assert error.message == (
        "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :t"
    )


@source(UPDATES)
def test_syntax_error(target: Target) -> None:
    """A syntax error is told with the token and what stands near it."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a b", None)
    assert error.message == 'Invalid UpdateExpression: Syntax error; token: "b", near: "a b"'
