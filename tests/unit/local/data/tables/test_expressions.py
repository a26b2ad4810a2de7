"""The expression language: what it means, and DynamoDB's words for what it cannot mean."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.expressions.evaluate import holds
from terrarium.local.data.tables.expressions.projection import project
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.update import apply
from tests.unit.local.data.tables.desk import plain, wire

ITEM = wire(
    n=5,
    s="hello",
    b=True,
    gone=None,
    tags={"x", "y"},
    nums={1, 2},
    cells=[1, "two", {"three": 3}],
    deep={"p": {"q": 7}},
)


def request(parameter: str, text: str, names: dict[str, str] | None = None, **values: Any) -> Expressions:
    body: dict[str, Any] = {parameter: text}
    if names:
        body["ExpressionAttributeNames"] = names
    if values:
        body["ExpressionAttributeValues"] = wire(**{f":{name}": each for name, each in values.items()})
    return Expressions(body, parameter)


def true_of(item: dict[str, Any], text: str, names: dict[str, str] | None = None, **values: Any) -> bool:
    expressions = request("ConditionExpression", text, names, **values)
    condition = expressions.condition()
    expressions.finish()
    assert condition is not None
    return holds(condition, item)


def updated(item: dict[str, Any], text: str, names: dict[str, str] | None = None, **values: Any) -> dict[str, Any]:
    return plain(apply(request("UpdateExpression", text, names, **values).update(), item))


def understood(expressions: Expressions, parameter: str) -> None:
    if parameter == "UpdateExpression":
        expressions.update()
    else:
        expressions.condition(parameter)
    expressions.finish()


def refusal(parameter: str, text: str, names: dict[str, str] | None = None, **values: Any) -> str:
    with pytest.raises(AwsError) as caught:
        understood(request(parameter, text, names, **values), parameter)
    assert caught.value.code == "ValidationException"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("n = :v", {"v": 5}, True),
        (":v = n", {"v": 5}, True),
        ("n <> :v", {"v": 5}, False),
        ("n < :v", {"v": 10}, True),
        ("n >= :v", {"v": 5}, True),
        ("s < :v", {"v": "help"}, True),
        ("s > :v", {"v": 1}, False),
        ("nothing = :v", {"v": 1}, False),
        ("nothing <> :v", {"v": 1}, True),
        ("nothing < :v", {"v": 1}, False),
        ("NOT nothing < :v", {"v": 1}, True),
        ("n BETWEEN :v AND :w", {"v": 5, "w": 6}, True),
        ("n IN (:v, :w)", {"v": 4, "w": 5}, True),
        ("n = :v AND s = :w", {"v": 5, "w": "x"}, False),
        ("n = :v OR s = :w", {"v": 5, "w": "x"}, True),
        ("s = :w OR n = :v AND n = :v", {"v": 5, "w": "x"}, True),
        ("(s = :w OR n = :v) AND n <> :v", {"v": 5, "w": "x"}, False),
        ("not n = :v", {"v": 4}, True),
        ("attribute_exists(deep.p.q)", {}, True),
        ("attribute_exists(deep.p.r)", {}, False),
        ("attribute_exists(cells[2].three)", {}, True),
        ("attribute_not_exists(cells[3])", {}, True),
        ("attribute_type(gone, :v)", {"v": "NULL"}, True),
        ("attribute_type(tags, :v)", {"v": "SS"}, True),
        ("begins_with(s, :v)", {"v": "he"}, True),
        ("begins_with(n, :v)", {"v": "5"}, False),
        ("contains(s, :v)", {"v": "ell"}, True),
        ("contains(tags, :v)", {"v": "x"}, True),
        ("contains(nums, :v)", {"v": 2}, True),
        ("contains(nums, :v)", {"v": "2"}, False),
        ("contains(cells, :v)", {"v": "two"}, True),
        ("contains(:v, s)", {"v": "say hello"}, True),
        ("size(s) = :v", {"v": 5}, True),
        ("size(cells) > size(tags)", {}, True),
        ("size(deep) = :v", {"v": 1}, True),
        ("size(n) = :v", {"v": 1}, False),
        ("tags = :v", {"v": {"y", "x"}}, True),
        ("cells[2] = :v", {"v": {"three": 3}}, True),
        ("(n) = (:v)", {"v": 5}, True),
        ("n=:v and(s=:w)", {"v": 5, "w": "hello"}, True),
    ],
)
def test_a_condition_holds_as_documented(text: str, values: dict[str, Any], expected: bool) -> None:
    assert true_of(ITEM, text, **values) is expected


def test_names_stand_for_any_attribute() -> None:
    item = wire(**{"a.b": 1, "status": {"1": "x"}})
    assert true_of(item, "#dotted = :v AND #s.#one = :x", {"#dotted": "a.b", "#s": "status", "#one": "1"}, v=1, x="x")


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("", {}, "The expression can not be empty;"),
        ("n =", {}, 'Syntax error; token: "<EOF>", near: "="'),
        ("n = :v :v", {"v": 1}, 'Syntax error; token: ":v", near: ":v :v"'),
        ("n ! :v", {"v": 1}, 'Syntax error; token: "!", near: "n ! :v"'),
        ("n", {}, 'Syntax error; token: "<EOF>", near: "n"'),
        ("status = :v", {"v": 1}, "Attribute name is a reserved keyword; reserved keyword: status"),
        ("x.Year = :v", {"v": 1}, "Attribute name is a reserved keyword; reserved keyword: Year"),
        ("((n = :v))", {"v": 1}, "The expression has redundant parentheses;"),
        ("magic(n)", {}, "Invalid function name; function: magic"),
        (
            "if_not_exists(n, :v)",
            {"v": 1},
            "The function is not allowed in a condition expression; function: if_not_exists",
        ),
        (
            "size(n, s) = :v",
            {"v": 1},
            "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
        ),
        ("size(n)", {}, "The function is not allowed to be used this way in an expression; function: size"),
        (
            "attribute_exists(n) = :v",
            {"v": 1},
            "The function is not allowed to be used this way in an expression; function: attribute_exists",
        ),
        (
            "attribute_exists(:v)",
            {"v": 1},
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "begins_with(s, :v)",
            {"v": 1},
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "n < :v",
            {"v": True},
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "attribute_type(n, :v)",
            {"v": "STRING"},
            "Invalid attribute type name found; type: STRING, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "n BETWEEN :v AND :w",
            {"v": 2, "w": 1},
            (
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
                "operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"
            ),
        ),
        (
            "n BETWEEN :v AND :w",
            {"v": 1, "w": "a"},
            (
                "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: "
                "AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}"
            ),
        ),
        (
            "n = n",
            {},
            (
                "The first operand must be distinct from the remaining operands for this operator or function; "
                "operator: =, first operand: [n]"
            ),
        ),
        (
            "#x = :v",
            {"v": 1},
            "An expression attribute name used in the document path is not defined; attribute name: #x",
        ),
        ("n = :w", {"v": 1}, "An expression attribute value used in expression is not defined; attribute value: :w"),
    ],
)
def test_a_condition_that_means_nothing_is_refused(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("ConditionExpression", text, **values) == f"Invalid ConditionExpression: {message}"


def test_names_and_values_must_all_be_used() -> None:
    unused = "Value provided in ExpressionAttribute{} unused in expressions: keys: {{{}}}"
    assert refusal("ConditionExpression", "n = :v", {"#x": "n"}, v=1) == unused.format("Names", "#x")
    assert refusal("ConditionExpression", "n = :v", v=1, w=2) == unused.format("Values", ":w")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"ConditionExpression": "n = :v", "ExpressionAttributeValues": {"v": {"N": "1"}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
        ),
        (
            {"ConditionExpression": "#n = :v", "ExpressionAttributeNames": {"n": "n"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "n"',
        ),
        (
            {"ConditionExpression": "n = :v", "ExpressionAttributeValues": {}},
            "ExpressionAttributeValues must not be empty",
        ),
        (
            {"ConditionExpression": "n = :v", "ExpressionAttributeNames": {}},
            "ExpressionAttributeNames must not be empty",
        ),
        (
            {"ExpressionAttributeNames": {"#n": "n"}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            {"ExpressionAttributeValues": {":v": {"N": "1"}}},
            "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null",
        ),
        (
            {"ConditionExpression": "n = :v", "ExpressionAttributeValues": {":v": {"N": "x"}}},
            (
                "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric "
                "value: x for key :v"
            ),
        ),
    ],
)
def test_placeholders_have_their_form(body: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        Expressions(body, "ConditionExpression")
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "values", "changes"),
    [
        ("SET n = :v", {"v": 1}, {"n": 1}),
        ("SET n = n + :v", {"v": 1}, {"n": 6}),
        ("SET n = :v - n", {"v": 1}, {"n": -4}),
        ("SET n = (n + :v)", {"v": 1}, {"n": 6}),
        ("SET fresh = if_not_exists(fresh, :v) + :v", {"v": 1}, {"fresh": 2}),
        ("SET n = if_not_exists(n, :v)", {"v": 1}, {"n": 5}),
        ("SET #cells = list_append(#cells, :v)", {"v": [4]}, {"cells": [1, "two", {"three": 3}, 4]}),
        ("SET #cells = list_append(:v, #cells)", {"v": [0]}, {"cells": [0, 1, "two", {"three": 3}]}),
        ("SET #cells[1] = :v", {"v": 2}, {"cells": [1, 2, {"three": 3}]}),
        ("SET #cells[99] = :v", {"v": 4}, {"cells": [1, "two", {"three": 3}, 4]}),
        ("SET #cells[2].three = :v", {"v": 4}, {"cells": [1, "two", {"three": 4}]}),
        ("SET deep.p.q = :v, deep.r = :v", {"v": 1}, {"deep": {"p": {"q": 1}, "r": 1}}),
        ("SET n = deep.p.q, deep.p.q = n", {}, {"n": 7, "deep": {"p": {"q": 5}}}),
        ("REMOVE #cells[0], #cells[1]", {}, {"cells": [{"three": 3}]}),
        ("REMOVE nothing, deep.p", {}, {"deep": {}}),
        ("ADD n :v", {"v": -5}, {"n": 0}),
        ("ADD tags :v", {"v": {"z", "x"}}, {"tags": {"x", "y", "z"}}),
        ("ADD fresh :v", {"v": {1}}, {"fresh": {1}}),
        ("DELETE tags :v", {"v": {"x", "nothing"}}, {"tags": {"y"}}),
        (
            "set n = :v remove s add fresh :v delete nums :w",
            {"v": 1, "w": {1}},
            {"n": 1, "s": ..., "fresh": 1, "nums": {2}},
        ),
        ("DELETE tags :v", {"v": {"x", "y"}}, {"tags": ...}),
        ("DELETE nothing :v", {"v": {"x"}}, {}),
    ],
)
def test_an_update_changes_what_it_says(text: str, values: dict[str, Any], changes: dict[str, Any]) -> None:
    before = plain(ITEM)
    names = {"#cells": "cells"} if "#cells" in text else None
    expected = {name: each for name, each in (before | changes).items() if each is not ...}
    assert updated(ITEM, text, names, **values) == expected
    assert plain(ITEM) == before


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("SET n = lacking", {}, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET n = s + :v", {"v": 1}, "An operand in the update expression has an incorrect data type"),
        ("SET n = list_append(n, :v)", {"v": [1]}, "An operand in the update expression has an incorrect data type"),
        ("SET lacking.x = :v", {"v": 1}, "The document path provided in the update expression is invalid for update"),
        ("SET n.x = :v", {"v": 1}, "The document path provided in the update expression is invalid for update"),
        ("REMOVE lacking.x", {}, "The document path provided in the update expression is invalid for update"),
        ("ADD s :v", {"v": 1}, "An operand in the update expression has an incorrect data type"),
        ("DELETE tags :v", {"v": {1}}, "An operand in the update expression has an incorrect data type"),
        ("ADD big :v", {"v": 1}, "Attempting to store more than 38 significant digits in a Number"),
    ],
)
def test_an_update_that_does_not_suit_the_item_is_refused(text: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        updated(ITEM | {"big": {"N": "0." + "1" * 38}}, text, **values)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("SET n = :v SET s = :v", {"v": 1}, 'The "SET" section can only be used once in an update expression;'),
        ("SET n :v", {"v": 1}, 'Syntax error; token: ":v", near: "n :v"'),
        ("n = :v", {"v": 1}, 'Syntax error; token: "n", near: "n ="'),
        (
            "SET n = :v, n = :v",
            {"v": 1},
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [n], path two: [n]"
            ),
        ),
        (
            "SET deep = :v REMOVE deep.p[1]",
            {"v": 1},
            (
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                "path one: [deep], path two: [deep, p, [1]]"
            ),
        ),
        (
            "SET deep.p = :v REMOVE deep[1]",
            {"v": 1},
            (
                "Two document paths conflict with each other; must remove or rewrite one of these paths; "
                "path one: [deep, p], path two: [deep, [1]]"
            ),
        ),
        (
            "ADD n :v",
            {"v": "x"},
            "Incorrect operand type for operator or function; operator: ADD, operand type: STRING",
        ),
        (
            "DELETE n :v",
            {"v": 1},
            "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER",
        ),
        (
            "SET n = n + :v",
            {"v": "x"},
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        ("SET n = size(s)", {}, "The function is not allowed in an update expression; function: size"),
    ],
)
def test_an_update_that_means_nothing_is_refused(text: str, values: dict[str, Any], message: str) -> None:
    assert refusal("UpdateExpression", text, **values) == f"Invalid UpdateExpression: {message}"


def test_a_projection_keeps_structure_and_closes_gaps() -> None:
    paths = request(
        "ProjectionExpression", "n, #cells[2].three, #cells[0], deep.p, absent.x", {"#cells": "cells"}
    ).projection()
    assert paths is not None
    assert plain(project(ITEM, paths)) == {"n": 5, "cells": [1, {"three": 3}], "deep": {"p": {"q": 7}}}


def test_paths_of_a_projection_do_not_contain_each_other() -> None:
    with pytest.raises(AwsError) as caught:
        request("ProjectionExpression", "deep, deep.p").projection()
    assert "Two document paths overlap" in caught.value.message


@given(st.text(alphabet="()ab=<>:# ANDORT.[]0+-,", max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    for parameter in ("ConditionExpression", "UpdateExpression"):
        with contextlib.suppress(AwsError):  # any other exception would be a fault
            understood(Expressions({parameter: text}, parameter), parameter)


@pytest.mark.parametrize("text", ["(" * 4000, "NOT " * 1000 + "a = :v", "size(" * 800, "a[0]" * 1000])
def test_an_expression_that_is_too_deep_is_refused_and_does_not_exhaust_the_stack(text: str) -> None:
    for parameter in ("ConditionExpression", "UpdateExpression"):
        assert refusal(parameter, text if parameter == "ConditionExpression" else f"SET a = {text}", v=1)


CONDITIONS = st.recursive(
    st.sampled_from(["n = :v", "n > :v", "attribute_exists(s)", "size(s) >= :v"]),
    lambda inner: st.one_of(
        inner.map("NOT ({})".format),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}) AND ({both[1]})"),
        st.tuples(inner, inner).map(lambda both: f"({both[0]}) OR ({both[1]})"),
    ),
    max_leaves=6,
)


@given(CONDITIONS, st.integers(-1, 2), st.booleans(), st.integers(-1, 2))
def test_not_and_or_obey_logic(text: str, n: int, has_text: bool, v: int) -> None:
    if ":v" not in text or "((" in text or "))" in text:
        return  # doubled parentheses are refused, and so is an unused value
    item = wire(n=n, **({"s": "x"} if has_text else {}))
    python = text.replace("n = :v", str(n == v)).replace("n > :v", str(n > v))
    python = python.replace("attribute_exists(s)", str(has_text)).replace("size(s) >= :v", str(has_text and v <= 1))
    assert true_of(item, text, v=v) is logic(python)


def logic(text: str) -> bool:
    """The truth of True, False, NOT, AND, OR and parentheses."""
    return bool(eval(text.replace("NOT", "not").replace("AND", "and").replace("OR", "or")))  # our own text
