"""Numbers, sizes, orders and checks of attribute values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.values import numbers
from terrarium.local.data.tables.values.check import checked, checked_item
from terrarium.local.data.tables.values.compare import equal, scattered, sortable
from terrarium.local.data.tables.values.size import item_size, value_size


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """Numbers within DynamoDB's range, spelled in the ways that people and programs spell them."""
    digits = draw(st.integers(0, 10**38 - 1))
    exponent = draw(st.integers(-130, 125 - len(str(digits))))
    sign = draw(st.sampled_from(["", "-", "+"]))
    form = draw(st.sampled_from(["{s}{d}E{e}", "{s}{d}e{e}", "{s}0{d}.0E{e}", "{s}.{d}E{f}"]))
    return form.format(s=sign, d=digits, e=exponent, f=exponent + len(str(digits)))


@given(spellings())
def test_a_number_keeps_its_value_and_has_one_spelling(text: str) -> None:
    spelled = numbers.canonical(text)
    assert Decimal(spelled) == Decimal(text)
    assert numbers.canonical(spelled) == spelled
    assert "E" not in spelled


@given(spellings(), spellings())
def test_numbers_are_ordered_in_bytes_as_by_value(left: str, right: str) -> None:
    first, second = numbers.canonical(left), numbers.canonical(right)
    assert (numbers.sortable(first) < numbers.sortable(second)) == (Decimal(first) < Decimal(second))
    assert (numbers.sortable(first) == numbers.sortable(second)) == (first == second)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(0, 2))
def test_near_numbers_are_ordered_too(left: int, right: int, places: int) -> None:
    first, second = (numbers.canonical(str(Decimal(each).scaleb(-places))) for each in (left, right))
    assert (numbers.sortable(first) < numbers.sortable(second)) == (left < right)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_subtracting_undoes_adding(number: Decimal) -> None:
    text = numbers.canonical(str(number))
    assert numbers.subtract(numbers.add(text, "12.75"), "12.75") == text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [("1.0", "1"), ("-0", "0"), ("007", "7"), ("1e2", "100"), (".5", "0.5"), ("1.", "1"), ("-1.50E-1", "-0.15")],
)
def test_numbers_are_returned_in_plain_notation(text: str, spelled: str) -> None:
    assert numbers.canonical(text) == spelled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("٣", "The parameter cannot be converted to a numeric value: ٣"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        ("1e-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        ("1e999999999", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ],
)
def test_a_number_beyond_dynamodbs_is_refused(text: str, message: str) -> None:
    with pytest.raises(AwsError) as caught:
        numbers.canonical(text)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["9.9999999999999999999999999999999999999E125", "1e-130", "-1E-130", "1" * 38])
def test_the_ends_of_the_range_belong_to_it(text: str) -> None:
    assert Decimal(numbers.canonical(text)) == Decimal(text)


def nested(depth: int) -> dict[str, Any]:
    """A value inside that many maps."""
    inside: dict[str, Any] = {"N": "1"}
    for _ in range(depth):
        inside = {"M": {"x": inside}}
    return inside


def test_documents_nest_32_levels_deep() -> None:
    checked(nested(32))
    with pytest.raises(AwsError) as caught:
        checked(nested(33))
    assert caught.value.message == "Nesting Levels have exceeded supported limits"


EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ({}, "ValidationException", EMPTY),
        ({"X": "a"}, "ValidationException", None),
        ({"S": "a", "N": "1"}, "ValidationException", None),
        ({"NULL": False}, "ValidationException", INVALID + "Null attribute value types must have the value of true"),
        ({"SS": []}, "ValidationException", INVALID + "An string set  may not be empty"),
        ({"NS": []}, "ValidationException", INVALID + "An number set  may not be empty"),
        ({"BS": []}, "ValidationException", INVALID + "Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "ValidationException", INVALID + "Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "ValidationException", "Input collection contains duplicates"),
        ({"BS": ["YQ==", "YQ=="]}, "ValidationException", None),
        ({"S": 1}, "SerializationException", "NUMBER_VALUE cannot be converted to String"),
        ({"BOOL": "yes"}, "SerializationException", "STRING_VALUE cannot be converted to Boolean"),
        ({"B": "a"}, "SerializationException", "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        ({"B": "****"}, "SerializationException", None),
        ({"L": {"S": "a"}}, "SerializationException", None),
        ({"M": []}, "SerializationException", None),
        ("a", "SerializationException", None),
    ],
)  # fmt: skip
def test_what_is_no_attribute_value_is_refused(value: Any, code: str, message: str | None) -> None:
    with pytest.raises(AwsError) as caught:
        checked(value)
    assert caught.value.code == code
    assert message is None or caught.value.message == message


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0), ({"S": "ü"}, 2), ({"N": "0"}, 1), ({"N": "12"}, 2), ({"N": "123"}, 3), ({"N": "-12"}, 3),
        ({"N": "1000"}, 2), ({"N": "0.05"}, 2), ({"B": "YWI="}, 2), ({"BOOL": True}, 1), ({"NULL": True}, 1),
        ({"SS": ["a", "bc"]}, 3), ({"NS": ["1", "22"]}, 4), ({"BS": ["YQ=="]}, 1), ({"L": []}, 3),
        ({"L": [{"S": "a"}]}, 5), ({"M": {"k": {"S": "a"}}}, 6),
    ],
)  # fmt: skip
def test_sizes_are_counted_as_documented(value: Any, size: int) -> None:
    assert value_size(value) == size
    assert item_size({"name": value}) == 4 + size


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}, False),
        ({"M": {"x": {"NS": ["1", "2"]}}}, {"M": {"x": {"NS": ["2", "1"]}}}, True),
        ({"M": {"x": {"N": "1"}}}, {"M": {"x": {"N": "1"}, "y": {"N": "1"}}}, False),
        ({"S": "1"}, {"N": "1"}, False),
    ],
)
def test_equality_looks_through_sets_and_documents(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right) is same


@given(st.text(), st.text())
def test_strings_are_ordered_by_their_utf8_bytes(left: str, right: str) -> None:
    try:
        expected = left.encode() < right.encode()
    except UnicodeEncodeError:
        return  # half of a surrogate pair is no string in UTF-8
    assert (sortable({"S": left}) < sortable({"S": right})) == expected


@given(st.lists(st.text(alphabet="ab", max_size=5), unique=True))
def test_no_two_partition_keys_share_a_place(keys: list[str]) -> None:
    assert len({scattered({"S": key}) for key in keys}) == len(keys)


def test_an_item_is_a_map() -> None:
    with pytest.raises(AwsError):
        checked_item(["a"])
