"""Which messages a filter pattern returns."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.watch.filter_pattern import compile_pattern

LINES = [
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[WARN] deprecated",
    "[INFO] INTERNAL SERVER ERROR handled",
]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("", [0, 1, 2, 3]),
        ("  ", [0, 1, 2, 3]),
        ("ERROR", [0, 1, 3]),
        ("error", []),
        ("ERROR REQUEST", [0, 1]),
        ("?400 ?WARN", [0, 2]),
        ("ERROR -400", [1, 3]),
        ("-ERROR", [2]),
        ('"INTERNAL SERVER ERROR"', [3]),
        ('"[ERROR 401]"', [1]),
        ('ERROR -"BAD REQUEST" -INTERNAL', [1]),
        ('?"BAD REQUEST" ?deprecated', [0, 2]),
        ("%AUTHORIZED%", [1]),
        (r"%40[01]\]%", [0, 1]),
    ],
)
def test_terms(pattern: str, matching: list[int]) -> None:
    matches = compile_pattern(pattern)
    assert [index for index, line in enumerate(LINES) if matches(line)] == matching


EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "errorCode": None,
    "ok": True,
    "status": 404,
    "latency": 0.25,
    "empty": [],
    "user": {"id": 1, "e-mail": "John.Stiles@example.com", "a.b": "dotted"},
    "users": [{"id": 1, "email": "John.Doe@example.com"}, {"id": 2, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
}


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "UpdateTrail" }',
        "{ $.eventType = UpdateTrail }",
        "{ $.sourceIPAddress != 123.123.* }",
        '{ $.eventType = "Update*" }',
        "{ $.eventType = %Up[a-z]+Trail% }",
        "{$.status=404}",
        "{ $.status >= 400 }",
        "{ $.latency < 0.5 }",
        "{ $.latency > 2.4e-1 }",
        "{ $.status != 200 }",
        "{ $.ok IS TRUE }",
        "{ $.ok = true }",
        "{ $.errorCode IS NULL }",
        "{ $.nothing NOT EXISTS }",
        '{ $.users[0].email = "John.Doe@example.com" }',
        "{ $.users[*].id = 2 }",
        '{ $.actions[2] = "DELETE" }',
        "{ $.user['a.b'] = dotted }",
        '{ $.user.e-mail = "John.*@example.com" }',
        "{ ($.user.id = 1) && ($.users[0].email = John.Doe@example.com) }",
        "{ $.user.id = 9 || $.status = 404 && $.ok IS TRUE }",
        "{ (($.status = 1 || $.status = 404)) && $.ok IS TRUE }",
    ],
)
def test_json_conditions_that_hold(pattern: str) -> None:
    assert compile_pattern(pattern)(json.dumps(EVENT))


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "updatetrail" }',
        "{ $.status > 404 }",
        "{ $.eventType > 1 }",
        "{ $.ok IS FALSE }",
        "{ $.ok > 0 }",
        "{ $.nothing = 1 }",
        "{ $.nothing != 1 }",
        "{ $.errorCode NOT EXISTS }",
        "{ $.users[7].id = 1 }",
        "{ $.empty[*] != 1 }",
        "{ $.status = 404 && $.user.id = 2 }",
    ],
)
def test_json_conditions_that_do_not_hold(pattern: str) -> None:
    assert not compile_pattern(pattern)(json.dumps(EVENT))


@pytest.mark.parametrize("message", ["plain text", "{", "[]", "null", "7", "[" * 100_000])
def test_a_message_without_the_property_matches_no_condition(message: str) -> None:
    assert not compile_pattern("{ $.status = 404 }")(message)


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a = 1",
        "{ }",
        "{ $.a }",
        "{ $.a = }",
        "{ a = 1 }",
        "{ $.a > b }",
        "{ ($.a = 1 }",
        "{ $.a = 1 $.b = 2 }",
        "{ $.a IS MAYBE }",
        "{ $.a = 1 && }",
        "{" + "(" * 500 + "$.a = 1",
        "[ip, user]",
        '"open',
        "%(group)%",
        "%[%",
        "x" * 1025,
    ],
)
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError, match="InvalidParameterException"):
        compile_pattern(pattern)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=100))
def test_any_pattern_either_matches_or_is_refused(pattern: str, message: str) -> None:
    with contextlib.suppress(AwsError):
        compile_pattern(pattern)(message)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda it: st.lists(it) | st.dictionaries(st.text(), it)
    )
)
def test_any_message_is_survived(message: Any) -> None:
    compile_pattern('{ $.a[0].b = "x*" || $.a < 1 || $.b IS NULL || $.c NOT EXISTS }')(json.dumps(message))
