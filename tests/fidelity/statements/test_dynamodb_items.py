"""DynamoDB: items, conditions, updates."""

from __future__ import annotations

from tests.fidelity.statement import source, untrue_here
from tests.fidelity.statements.tables import refused, things
from tests.fidelity.targets.target import Target

PUT = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"
GET = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"
UPDATE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"
DELETE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"
CONDITIONS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"
UPDATES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"
NAMES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html"
VALUES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html"


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
    assert "Size of hashkey has exceeded the maximum size limit of2048 bytes" in error.message


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html")
def test_nesting(target: Target) -> None:
    """Values nest 32 levels deep, and no deeper."""
    table = things(target)
    value: dict[str, object] = {"S": "x"}
    for _ in range(33):
        value = {"L": [value]}
    with refused("ValidationException") as error:
        table.put(a=value)
    assert error.message == "Nesting Levels have exceeded supported limits"


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
    assert error.message == "Attempting to store more than 38 significant digits in a Number"


@source("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html")
def test_number_magnitude(target: Target) -> None:
    """A number beyond 9.99E+125 is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.put(a={"N": "1E126"})
    assert error.message.startswith("Number overflow. Attempting to store a number with magnitude larger than")


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


@source(UPDATE)
def test_update_creates(target: Target) -> None:
    """UpdateItem creates the item where there is none."""
    table = things(target)
    table.update("SET a = :a", {":a": {"S": "x"}})
    assert table.get() == {"a": {"S": "x"}}


@source(UPDATE)
def test_update_key(target: Target) -> None:
    """UpdateItem cannot change a key attribute."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET n = :n", {":n": {"N": "2"}})
    assert error.message == (
        "One or more parameter values were invalid: Cannot update attribute n. This attribute is part of the key"
    )


@source(UPDATE)
def test_return_values(target: Target) -> None:
    """UpdateItem returns what ReturnValues asks for: all or only what was updated, old or new."""
    table = things(target)
    table.put(a={"N": "1"}, b={"S": "same"})
    seen = {
        kind: table.update("SET a = a + :one", {":one": {"N": "1"}}, ReturnValues=kind).get("Attributes")
        for kind in ("UPDATED_OLD", "UPDATED_NEW", "ALL_OLD", "ALL_NEW", "NONE")
    }
    assert seen["UPDATED_OLD"] == {"a": {"N": "1"}}
    assert seen["UPDATED_NEW"] == {"a": {"N": "3"}}
    assert seen["ALL_OLD"] == table.key() | {"a": {"N": "3"}, "b": {"S": "same"}}
    assert seen["ALL_NEW"] == table.key() | {"a": {"N": "5"}, "b": {"S": "same"}}
    assert seen["NONE"] is None


@source(UPDATES)
def test_if_not_exists(target: Target) -> None:
    """if_not_exists gives a default once."""
    table = things(target)
    for _ in range(2):
        table.update("SET a = if_not_exists(a, :zero) + :one", {":zero": {"N": "0"}, ":one": {"N": "1"}})
    assert table.get()["a"] == {"N": "2"}


@source(UPDATES)
def test_list_append(target: Target) -> None:
    """list_append joins lists at either end."""
    table = things(target)
    table.put(a={"L": [{"S": "b"}]})
    table.update("SET a = list_append(:a, a)", {":a": {"L": [{"S": "a"}]}})
    assert table.get()["a"] == {"L": [{"S": "a"}, {"S": "b"}]}


@source(UPDATES)
def test_add_number(target: Target) -> None:
    """ADD counts up from zero where there was nothing."""
    table = things(target)
    for _ in range(2):
        table.update("ADD a :n", {":n": {"N": "2.5"}})
    assert table.get()["a"] == {"N": "5"}


@source(UPDATES)
def test_add_and_delete_in_sets(target: Target) -> None:
    """ADD and DELETE change sets, and a set that becomes empty is removed."""
    table = things(target)
    table.update("ADD a :x", {":x": {"SS": ["x", "y"]}})
    table.update("DELETE a :x", {":x": {"SS": ["x"]}})
    assert table.get() == {"a": {"SS": ["y"]}}
    table.update("DELETE a :y", {":y": {"SS": ["y"]}})
    assert table.get() == {}


@source(UPDATES)
def test_remove_from_list(target: Target) -> None:
    """REMOVE of a list's element moves those behind it up."""
    table = things(target)
    table.put(a={"L": [{"S": letter} for letter in "abc"]})
    table.update("REMOVE a[1]")
    assert table.get()["a"] == {"L": [{"S": "a"}, {"S": "c"}]}


@source(UPDATES)
def test_set_past_the_end(target: Target) -> None:
    """SET past a list's end appends."""
    table = things(target)
    table.put(a={"L": [{"S": "a"}]})
    table.update("SET a[9] = :z", {":z": {"S": "z"}})
    assert table.get()["a"] == {"L": [{"S": "a"}, {"S": "z"}]}


@source(UPDATES)
def test_old_values_count(target: Target) -> None:
    """All of an update reads the item as it was before: two attributes can be swapped."""
    table = things(target)
    table.put(a={"S": "1"}, b={"S": "2"})
    table.update("SET a = b, b = a")
    assert table.get() == {"a": {"S": "2"}, "b": {"S": "1"}}


@source(UPDATES)
def test_missing_parent(target: Target) -> None:
    """A path whose parent does not exist cannot be updated."""
    table = things(target)
    table.put()
    with refused("ValidationException") as error:
        table.update("SET a.b = :x", {":x": {"S": "x"}})
    assert error.message == "The document path provided in the update expression is invalid for update"


@source(UPDATES)
def test_overlapping_paths(target: Target) -> None:
    """Two paths of one update may not overlap."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a = :x, a.b = :x", {":x": {"S": "x"}})
    assert error.message == (
        "Invalid UpdateExpression: Two document paths overlap with each other; "
        "must remove or rewrite one of these paths; path one: [a], path two: [a, b]"
    )


@source(UPDATES)
def test_arithmetic_on_text(target: Target) -> None:
    """Adding to a text is refused: the operand has an incorrect type."""
    table = things(target)
    table.put(a={"S": "x"})
    with refused("ValidationException") as error:
        table.update("SET a = a + :one", {":one": {"N": "1"}})
    assert error.message == "An operand in the update expression has an incorrect data type"


@source(UPDATES)
def test_arithmetic_on_nothing(target: Target) -> None:
    """SET with an attribute that does not exist is refused."""
    table = things(target)
    with refused("ValidationException") as error:
        table.update("SET a = a + :one", {":one": {"N": "1"}})
    assert error.message == "The provided expression refers to an attribute that does not exist in the item"


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
@untrue_here("the parameters from before expressions are refused, and the answer names what replaced them")
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
