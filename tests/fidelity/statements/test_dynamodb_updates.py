"""DynamoDB: updates."""

from __future__ import annotations

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import refused, things
from tests.fidelity.targets.target import Target

UPDATE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"
DELETE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"
UPDATES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"


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
    assert error.message.startswith("The document path provided in the update expression is invalid for update")


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
