"""Event patterns, by the examples of AWS's pages and by the laws that patterns of any kind keep."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.analysis.event_pattern import LONGEST, PatternError, compile_event_pattern

RECORD: dict[str, Any] = {
    "eventName": "INSERT",
    "dynamodb": {
        "Keys": {"id": {"S": "order#7"}},
        "NewImage": {
            "id": {"S": "order#7"},
            "state": {"S": "Done"},
            "price": {"N": "12.5"},
            "paid": {"BOOL": True},
            "note": {"S": ""},
            "lines": {"L": [{"M": {"sku": {"S": "a"}, "n": {"N": "1"}}}, {"M": {"sku": {"S": "b"}, "n": {"N": "2"}}}]},
        },
        "SizeBytes": 300,
        "Sizes": [1, 2, 3],
        "Nothing": None,
    },
}


def matches(pattern: Any, record: Any = RECORD) -> bool:
    return compile_event_pattern(pattern if isinstance(pattern, str) else json.dumps(pattern))(record)


def image(**attributes: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": attributes}}


def size(*rules: Any) -> dict[str, Any]:
    return {"dynamodb": {"SizeBytes": list(rules)}}


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["INSERT"]},
        {"eventName": ["REMOVE", "INSERT"]},
        {"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": ["order#7"]}}}},
        image(state={"S": [{"equals-ignore-case": "dONE"}]}),
        image(id={"S": [{"prefix": "order#"}]}),
        image(id={"S": [{"suffix": "#7"}]}),
        image(id={"S": [{"prefix": {"equals-ignore-case": "ORDER"}}]}),
        image(state={"S": [{"suffix": {"equals-ignore-case": "NE"}}]}),
        image(state={"S": [{"anything-but": "Open"}]}),
        image(state={"S": [{"anything-but": ["Open", "Gone"]}]}),
        image(state={"S": [{"anything-but": {"prefix": "Op"}}]}),
        image(note={"S": [""]}),
        image(paid={"BOOL": [True]}),
        image(state={"S": [{"exists": True}]}),
        image(absent={"S": [{"exists": False}]}),
        image(lines={"L": {"M": {"sku": {"S": ["b"]}, "n": {"N": ["2"]}}}}),
        {"dynamodb": {"Nothing": [None]}},
        {"dynamodb": {"Sizes": [2]}},
        size({"numeric": ["=", 300]}),
        size({"numeric": ["=", 3.0e2]}),
        size({"numeric": [">", 100, "<=", 300]}),
        size({"numeric": ["<", 301]}),
        size(300),
        size({"anything-but": [299, 301]}),
        {"$or": [{"eventName": ["REMOVE"]}, image(state={"S": ["Done"]})]},
        {"dynamodb": {"NewImage": {"$or": [{"state": {"S": ["Open"]}}, {"price": {"N": ["12.5"]}}]}}},
    ],
)
def test_a_pattern_matches(pattern: Any) -> None:
    assert matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["insert"]},
        {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"id": {"S": ["order#7"]}}}},
        image(id={"S": [{"prefix": "rder"}]}),
        image(id={"S": [{"suffix": "#"}]}),
        image(state={"S": [{"anything-but": ["Done", "Gone"]}]}),
        image(state={"S": [{"anything-but": {"prefix": "Do"}}]}),
        image(absent={"S": [{"anything-but": "x"}]}),
        image(paid={"BOOL": ["true"]}),
        image(paid={"BOOL": [1]}),
        image(absent={"S": [{"exists": True}]}),
        image(state={"S": [{"exists": False}]}),
        image(state=[{"exists": True}]),
        image(lines={"L": {"M": {"sku": {"S": ["b"]}, "n": {"N": ["1"]}}}}),
        size({"numeric": [">", 300, "<=", 400]}),
        {"$or": [{"eventName": ["REMOVE"]}, image(state={"S": ["Open"]})]},
    ],
)
def test_a_pattern_does_not_match(pattern: Any) -> None:
    assert not matches(pattern)


@pytest.mark.parametrize("number", ["300.0", "3.0e2", '"300"'])
def test_numbers_are_compared_as_they_are_written(number: str) -> None:
    assert not matches(f'{{"dynamodb": {{"SizeBytes": [{number}]}}}}')


def test_numbers_of_items_are_texts_that_no_numeric_rule_matches() -> None:
    assert not matches(image(price={"N": [{"numeric": [">", 0]}]}))
    assert matches(image(price={"N": ["12.5"]}))


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "no json",
        "null",
        "[]",
        '"INSERT"',
        "{}",
        '{"eventName": "INSERT"}',
        '{"eventName": []}',
        '{"eventName": [["INSERT"]]}',
        '{"eventName": {}}',
        '{"eventName": 5}',
        '{"eventName": [{"prefix": 5}]}',
        '{"eventName": [{"prefix": "a", "suffix": "b"}]}',
        '{"eventName": [{"prefix": {"suffix": "b"}}]}',
        '{"eventName": [{"equals-ignore-case": ["a"]}]}',
        '{"eventName": [{"exists": "true"}]}',
        '{"eventName": [{"anything-but": []}]}',
        '{"eventName": [{"anything-but": ["a", 1]}]}',
        '{"eventName": [{"anything-but": [true]}]}',
        '{"eventName": [{"anything-but": {"wildcard": "a*"}}]}',
        '{"eventName": [{"wildcard": "a*"}]}',
        '{"eventName": [{"cidr": "10.0.0.0/8"}]}',
        '{"eventName": [{"numeric": ["=", "5"]}]}',
        '{"eventName": [{"numeric": ["!=", 5]}]}',
        '{"eventName": [{"numeric": [">", 5, ">", 6]}]}',
        '{"eventName": [{"numeric": ["<", 5, ">", 3]}]}',
        '{"eventName": [{"numeric": [">", 5, "<", 5]}]}',
        '{"eventName": [{"numeric": [">"]}]}',
        '{"eventName": [{"numeric": [{"a": 1}, 5]}]}',
        '{"eventName": [{"numeric": [">", 5.1e9]}]}',
        '{"eventName": [NaN]}',
        '{"$or": [{"eventName": ["a"]}]}',
        '{"eventName": ["' + "a" * LONGEST + '"]}',
        '{"a":' * 700 + '["b"]' + "}" * 700,
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_event_pattern(pattern)


SCALARS = st.text(max_size=5) | st.integers(-1000, 1000) | st.booleans() | st.none()
NAMES = st.text("abc", min_size=1, max_size=2)
RECORDS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=8)
OBJECTS = st.dictionaries(NAMES, RECORDS, max_size=3)
RULES = st.one_of(
    SCALARS,
    st.text("ab", max_size=2).map(lambda text: {"prefix": text}),
    st.text("ab", max_size=2).map(lambda text: {"suffix": text}),
    st.text("aB", max_size=2).map(lambda text: {"equals-ignore-case": text}),
    st.booleans().map(lambda exists: {"exists": exists}),
    st.lists(st.text("ab", max_size=2), min_size=1, max_size=2).map(lambda texts: {"anything-but": texts}),
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), st.integers(-5, 5)).map(lambda it: {"numeric": list(it)}),
)
PATTERNS = st.recursive(
    st.dictionaries(NAMES, st.lists(RULES, min_size=1, max_size=2), min_size=1, max_size=2),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=2),
    max_leaves=4,
)


@given(PATTERNS, PATTERNS, OBJECTS)
def test_or_matches_what_one_of_its_patterns_matches(one: Any, two: Any, record: Any) -> None:
    assert matches({"$or": [one, two]}, record) == (matches(one, record) or matches(two, record))


@given(NAMES, RULES, RULES, OBJECTS)
def test_a_list_of_rules_matches_what_one_of_them_matches(name: str, one: Any, two: Any, record: Any) -> None:
    both = matches({name: [one, two]}, record)
    assert both == (matches({name: [one]}, record) or matches({name: [two]}, record))


@given(PATTERNS, PATTERNS, OBJECTS)
def test_members_have_to_match_all(one: Any, two: Any, record: Any) -> None:
    assert matches({"x": one, "y": two}, {"x": record, "y": record}) == (matches(one, record) and matches(two, record))


@given(NAMES, st.text("ab", max_size=2), st.text("ab", max_size=2))
def test_anything_but_is_the_opposite_of_equality(name: str, wanted: str, value: str) -> None:
    assert matches({name: [{"anything-but": wanted}]}, {name: value}) != matches({name: [wanted]}, {name: value})


@given(NAMES, OBJECTS)
def test_a_member_exists_or_it_does_not(name: str, record: Any) -> None:
    assert matches({name: [{"exists": True}]}, record) != matches({name: [{"exists": False}]}, record)


@given(PATTERNS, RECORDS)
def test_any_record_can_be_asked_about(pattern: Any, record: Any) -> None:
    assert matches(pattern, record) in (True, False)
