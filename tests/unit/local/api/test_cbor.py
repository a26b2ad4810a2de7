"""CBOR as CloudWatch's clients write it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.api import cbor
from terrarium.local.aws_error import AwsError

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(deadline=None)
@given(VALUES)
def test_what_is_encoded_decodes_to_itself(value: Any) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(AwsError):
        cbor.decode(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("9f0102ff", [1, 2]),
        ("7f6161626263ff", "abc"),
        ("5f4101420203ff", b"\x01\x02\x03"),
        ("c11a514b67b0", 1363896240),
        ("f93c00", 1.0),
        ("fa47c35000", 100000.0),
        ("3903e7", -1000),
    ],
)
def test_examples_of_the_specification(data: str, value: Any) -> None:
    assert cbor.decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data", ["", "1a", "ff", "62ff", "81" * 1000, "a10101", "0000", "9b7fffffffffffffff", "bf61", "7f00ff"]
)
def test_what_is_not_well_formed_is_refused(data: str) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        cbor.decode(bytes.fromhex(data))


def test_a_time_is_tagged() -> None:
    assert cbor.encode(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)).hex() == "c1fb3ff0000000000000"
