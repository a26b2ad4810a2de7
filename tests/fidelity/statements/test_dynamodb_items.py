"""DynamoDB: items and the values in them."""

from __future__ import annotations

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import refused, things
from tests.fidelity.targets.target import Target

PUT = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"
GET = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"
DELETE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"


@source(PUT)
def test_put_replaces(target: Target) -> None:
    """PutItem replaces the whole item of that key."""
    table = things(target)
    table.put(a={"S": "old"}, b={"S": "old"})
    table.put(a={"S": "new"})
    assert table.get() == {"a": {"S": "new"}}


@source(PUT)
def test_put_returns_nothing(target: Target) -> None:
    """PutItem returns no attributes unless asked."""
    assert "Attributes" not in things(target).put(a={"S": "x"})


@source(PUT)
def test_put_returns_old(target: Target) -> None:
    """PutItem with ALL_OLD returns the item that it replaced, and nothing for a new one."""
    table = things(target)
    item = table.key() | {"a": {"S": "1"}}
    seen = [table.dynamodb.put_item(TableName=table.name, Item=item, ReturnValues="ALL_OLD") for _ in range(2)]
    assert "Attributes" not in seen[0]
    assert seen[1]["Attributes"] == item


@source(PUT)
def test_put_return_values(target: Target) -> None:
    """PutItem refuses ReturnValues other than NONE and ALL_OLD."""
    table = things(target)
    with refused("ValidationException"):
        table.dynamodb.put_item(TableName=table.name, Item=table.key(), ReturnValues="ALL_NEW")


@source(GET)
def test_get_nothing(target: Target) -> None:
    """GetItem of an absent item has no Item in its answer."""
    table = things(target)
    assert "Item" not in table.dynamodb.get_item(TableName=table.name, Key=table.key())


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html")
def test_missing_table(target: Target) -> None:
    """An unknown table is a ResourceNotFoundException with status 400."""
    with refused("ResourceNotFoundException") as error:
        target.client("dynamodb").get_item(TableName="no-such-table", Key={"id": {"S": "x"}})
    assert error.message == "Requested resource not found"
    assert error.status == 400


@source(PUT)
def test_missing_key(target: Target) -> None:
    """An item without a key attribute is refused, and the message names the attribute."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.put_item(TableName=table.name, Item={"id": {"S": "x"}})
    assert error.message == "One or more parameter values were invalid: Missing the key n in the item"


@source(PUT)
def test_key_type(target: Target) -> None:
    """A key attribute of another type is refused, with both types named."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.put_item(TableName=table.name, Item={"id": {"S": "x"}, "n": {"S": "1"}})
    assert error.message == ("One or more parameter values were invalid: Type mismatch for key n expected: N actual: S")


@source(GET)
def test_key_schema(target: Target) -> None:
    """A key with too few or too many attributes does not match the schema."""
    table = things(target)
    for key in ({"id": {"S": "x"}}, table.key() | {"more": {"S": "x"}}):
        with refused("ValidationException") as error:
            table.dynamodb.get_item(TableName=table.name, Key=key)
        assert error.message == "The provided key element does not match the schema"


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_empty_key(target: Target) -> None:
    """A key attribute may not be an empty string."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.put_item(TableName=table.name, Item={"id": {"S": ""}, "n": {"N": "1"}})
    assert error.message.endswith(
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: id"
    )


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_empty_values(target: Target) -> None:
    """Attributes that are no keys may be empty strings and empty binaries."""
    table = things(target)
    table.put(s={"S": ""}, b={"B": b""})
    assert table.get() == {"s": {"S": ""}, "b": {"B": b""}}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_item_size(target: Target) -> None:
    """An item over 400 KB is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"S": "x" * 410_000})
    assert error.message == "Item size has exceeded the maximum allowed size"


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_item_of_the_limit(target: Target) -> None:
    """An item just below 400 KB is stored, names and values counted."""
    table = things(target)
    table.put(a={"S": "x" * (400 * 1024 - 100)})
    assert len(table.get()["a"]["S"]) == 400 * 1024 - 100


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_update_size(target: Target) -> None:
    """An update that makes an item larger than 400 KB is refused."""
    table = things(target)
    table.put(a={"S": "x" * 300_000})
    with refused("ValidationException") as error:
        table.update("SET b = :b", {":b": {"S": "y" * 200_000}})
    assert error.message == "Item size to update has exceeded the maximum allowed size"


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_key_lengths(target: Target) -> None:
    """A partition key over 2048 bytes is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.put_item(TableName=table.name, Item={"id": {"S": "x" * 2049}, "n": {"N": "1"}})
    assert "2048 bytes" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_nesting(target: Target) -> None:
    """Values nest 32 levels deep, and no deeper."""
    table = things(target)
    value: dict[str, object] = {"S": "x"}
    for _ in range(33):
        value = {"L": [value]}
    with refused("ValidationException") as error:
        table.put(a=value)
    assert "Nesting Levels have exceeded supported limits" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_every_type(target: Target) -> None:
    """Every type comes back as it was stored."""
    table = things(target)
    value = {
        "M": {
            "s": {"S": "t\u00e9xt"},
            "n": {"N": "-1.5"},
            "b": {"B": b"\x00\xff"},
            "t": {"BOOL": True},
            "f": {"BOOL": False},
            "z": {"NULL": True},
            "l": {"L": [{"N": "1"}, {"L": []}, {"M": {}}]},
        }
    }
    table.put(a=value)
    assert table.get() == {"a": value}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_sets(target: Target) -> None:
    """Sets keep each value once, in any order."""
    table = things(target)
    table.put(s={"SS": ["b", "a"]}, m={"NS": ["2", "1"]}, b={"BS": [b"2", b"1"]})
    found = table.get()
    assert set(found["s"]["SS"]) == {"a", "b"}
    assert set(found["m"]["NS"]) == {"1", "2"}
    assert set(found["b"]["BS"]) == {b"1", b"2"}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_empty_set(target: Target) -> None:
    """A set may not be empty."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"SS": []})
    assert error.message == "One or more parameter values were invalid: An string set  may not be empty"


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_duplicates_in_set(target: Target) -> None:
    """A set with duplicates is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"SS": ["x", "x"]})
    assert "contains duplicates" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_number_precision(target: Target) -> None:
    """Numbers keep 38 significant digits exactly."""
    table = things(target)
    digits = "12345678901234567890123456789012345678"
    table.put(a={"N": digits})
    assert table.get()["a"]["N"] == digits


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_number_too_precise(target: Target) -> None:
    """A number with 39 significant digits is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"N": "1" * 39})
    assert "Attempting to store more than 38 significant digits in a Number" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_number_magnitude(target: Target) -> None:
    """A number beyond 9.99E+125 is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"N": "1E126"})
    assert "Number overflow. Attempting to store a number with magnitude larger than" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_number_zeros(target: Target) -> None:
    """Leading and trailing zeros of numbers are trimmed."""
    table = things(target)
    table.put(a={"N": "0012.500"}, b={"N": "-0"})
    assert table.get() == {"a": {"N": "12.5"}, "b": {"N": "0"}}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_not_a_number(target: Target) -> None:
    """A text that is no number is refused, and the message quotes it."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"N": "eleven"})
    assert "cannot be converted to a numeric value: eleven" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html")
def test_one_type(target: Target) -> None:
    """A value has exactly one type."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"S": "x", "N": "1"})
    assert error.message == (
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )


@source(DELETE)
def test_delete(target: Target) -> None:
    """DeleteItem removes an item, and removing it again is no error."""
    table = things(target)
    table.put(a={"S": "x"})
    for _ in range(2):
        table.dynamodb.delete_item(TableName=table.name, Key=table.key())
    assert table.get() is None


@source(DELETE)
def test_delete_returns_old(target: Target) -> None:
    """DeleteItem with ALL_OLD returns what it removed."""
    table = things(target)
    table.put(a={"S": "x"})
    removed = table.dynamodb.delete_item(TableName=table.name, Key=table.key(), ReturnValues="ALL_OLD")
    assert removed["Attributes"] == table.key() | {"a": {"S": "x"}}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html")
def test_projection(target: Target) -> None:
    """A projection returns the paths asked for, nested ones in their place."""
    table = things(target)
    table.put(a={"M": {"b": {"S": "1"}, "c": {"S": "2"}}}, l={"L": [{"S": "x"}, {"S": "y"}]}, z={"S": "z"})
    assert table.get(ProjectionExpression="a.b, l[1]") == {"a": {"M": {"b": {"S": "1"}}}, "l": {"L": [{"S": "y"}]}}


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html")
def test_no_mixture(target: Target) -> None:
    """Expressions and the parameters from before them cannot be mixed."""
    table = things(target)
    with refused("ValidationException") as error:
        table.dynamodb.get_item(TableName=table.name, Key=table.key(), ProjectionExpression="a", AttributesToGet=["b"])
    assert error.message == (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
    )


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html")
def test_legacy_parameters(target: Target) -> None:
    """The parameters from before expressions still work: Expected, AttributeUpdates, AttributesToGet."""
    table = things(target)
    table.put(a={"S": "x"}, b={"S": "y"})
    table.dynamodb.update_item(
        TableName=table.name,
        Key=table.key(),
        Expected={"a": {"Value": {"S": "x"}}},
        AttributeUpdates={"a": {"Action": "PUT", "Value": {"S": "z"}}},
    )
    found = table.dynamodb.get_item(TableName=table.name, Key=table.key(), AttributesToGet=["a"])
    assert found["Item"] == {"a": {"S": "z"}}


EXPECTED = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html"
OPERATOR = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ConditionalOperator.html"


@source(EXPECTED)
def test_expected_absence(target: Target) -> None:
    """Expected with Exists false lets PutItem write where the attribute is absent, and nowhere else."""
    table = things(target)
    absent = {"id": {"Exists": False}}
    table.dynamodb.put_item(TableName=table.name, Item=table.key(), Expected=absent)
    with refused("ConditionalCheckFailedException"):
        table.dynamodb.put_item(TableName=table.name, Item=table.key(), Expected=absent)


@source(OPERATOR)
def test_conditional_operator(target: Target) -> None:
    """ConditionalOperator OR takes one condition of several for enough; without it all must hold."""
    table = things(target)
    table.put(a={"S": "x"})
    one = {"AttributeValueList": [{"S": "x"}], "ComparisonOperator": "EQ"}
    conditions = {"a": one, "b": {"ComparisonOperator": "NOT_NULL"}}
    with refused("ConditionalCheckFailedException"):
        table.dynamodb.delete_item(TableName=table.name, Key=table.key(), Expected=conditions)
    table.dynamodb.delete_item(TableName=table.name, Key=table.key(), Expected=conditions, ConditionalOperator="OR")
    assert table.get() is None


@source(
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html"
)
def test_attribute_updates(target: Target) -> None:
    """AttributeUpdates replaces with PUT, counts with ADD, and takes members of a set away with DELETE."""
    table = things(target)
    table.put(a={"S": "x"}, count={"N": "1"}, tags={"SS": ["x", "y"]})
    table.dynamodb.update_item(
        TableName=table.name,
        Key=table.key(),
        AttributeUpdates={
            "a": {"Action": "PUT", "Value": {"N": "5"}},
            "count": {"Action": "ADD", "Value": {"N": "2"}},
            "tags": {"Action": "DELETE", "Value": {"SS": ["x"]}},
        },
    )
    assert table.get() == {"a": {"N": "5"}, "count": {"N": "3"}, "tags": {"SS": ["y"]}}


@source(
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html"
)
def test_key_conditions(target: Target) -> None:
    """KeyConditions name the partition that Query reads, and QueryFilter keeps what it names of it."""
    table = things(target)
    table.put(a={"S": "xy"})
    equal = {"AttributeValueList": [{"S": table.key()["id"]["S"]}], "ComparisonOperator": "EQ"}
    starts = {"AttributeValueList": [{"S": "x"}], "ComparisonOperator": "BEGINS_WITH"}
    query = {"TableName": table.name, "KeyConditions": {"id": equal}}
    assert table.dynamodb.query(**query)["Count"] == 1
    assert table.dynamodb.query(**query, QueryFilter={"a": starts})["Count"] == 1
    assert table.dynamodb.query(**query, QueryFilter={"b": starts})["Count"] == 0


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.ScanFilter.html")
def test_scan_filter(target: Target) -> None:
    """ScanFilter keeps the items for which its comparisons hold; NOT_CONTAINS holds without the attribute."""
    table = things(target)
    table.put(a={"S": "xy"})
    for attribute, count in (("a", 0), ("b", 1)):
        condition = {"AttributeValueList": [{"S": "x"}], "ComparisonOperator": "NOT_CONTAINS"}
        mine = {"AttributeValueList": [table.key()["id"]], "ComparisonOperator": "EQ"}
        found = table.dynamodb.scan(TableName=table.name, ScanFilter={attribute: condition, "id": mine})
        assert found["Count"] == count
