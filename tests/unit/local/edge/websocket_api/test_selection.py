from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.selection import SelectionExpression

BODY = {
    "action": "join",
    "service": "chat",
    "data": {"room": {"name": "r1"}},
    "list": [{"a": "x"}, "y"],
    "n": 5,
    "t": True,
}


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("$request.body.action", "join"),
        ("${request.body.action}", "join"),
        ("${request.body.service}/${request.body.action}", "chat/join"),
        ("${request.body.action}-beta", "join-beta"),
        ("$request.body.data.room.name", "r1"),
        ("$request.body.list[0].a", "x"),
        ("$request.body.list[1]", "y"),
        ("$request.body.list[7]", ""),
        ("$request.body.missing", ""),
        ("$request.body.action.deeper", ""),
        ("$request.body.n", "5"),
        ("$request.body.t", "true"),
        (r"\$default", "$default"),
        ("fixed", "fixed"),
    ],
)
def test_an_expression_reads_the_body(expression: str, key: str) -> None:
    assert SelectionExpression(expression).evaluate(json.dumps(BODY)) == key


@pytest.mark.parametrize("text", ["hello", "", "{", "NaN", '{"action": Infinity}', "[" * 100_000, "1" * 5000])
def test_what_is_not_json_has_no_key(text: str) -> None:
    assert SelectionExpression("$request.body.action").evaluate(text) is None


@pytest.mark.parametrize(
    "expression",
    [
        "$request.header.x",
        "$context.routeKey",
        "${request.body}",
        "$",
        "${request.body.a",
        "$request.body..a",
        "$request.body.a[x]",
    ],
)
def test_an_expression_that_names_no_part_of_a_message_is_the_users_mistake(expression: str) -> None:
    with pytest.raises(UserError):
        SelectionExpression(expression)


ROUTES = ("$connect", "$disconnect", "$default", "join", "leave")


@pytest.mark.parametrize(
    ("message", "routes", "selected"),
    [
        ('{"action": "join"}', ROUTES, "join"),
        ('{"action": "fly"}', ROUTES, "$default"),
        ('{"action": "fly"}', ("$connect", "join"), None),
        ('{"action": "$default"}', ROUTES, "$default"),
        ('{"action": "$connect"}', ROUTES, "$default"),
        ('{"action": "$disconnect"}', ("$disconnect",), None),
        ("plain text", ROUTES, "$default"),
        ("plain text", ("join",), None),
    ],
)
def test_a_message_takes_its_route_or_the_default(message: str, routes: tuple[str, ...], selected: str | None) -> None:
    assert SelectionExpression("$request.body.action").select(message, routes) == selected


def test_values_are_not_evaluated_again() -> None:
    message = json.dumps({"action": "${request.body.other}", "other": "join"})
    assert SelectionExpression("$request.body.action").evaluate(message) == "${request.body.other}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.text() | JSON.map(json.dumps))
def test_whatever_is_sent_a_route_that_exists_or_none_is_selected(message: str) -> None:
    assert SelectionExpression("$request.body.action").select(message, ROUTES) in (*ROUTES[2:], None)


@given(st.text(), st.text())
def test_a_top_level_text_is_its_own_key(action: str, other: str) -> None:
    message = json.dumps({"action": action, "other": other})
    expression = SelectionExpression("${request.body.action}|${request.body.other}")
    assert expression.evaluate(message) == f"{action}|{other}"
