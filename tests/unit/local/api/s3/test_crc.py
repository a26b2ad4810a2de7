"""Checks that Python lacks, against published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.api.s3.crc import CRC32, CRC32C, CRC64NVME, Polynomial, combine, update

ALL = (CRC32, CRC32C, CRC64NVME)


# https://reveng.sourceforge.io/crc-catalogue/all.htm
@pytest.mark.parametrize(
    ("polynomial", "check"), [(CRC32, 0xCBF43926), (CRC32C, 0xE3069283), (CRC64NVME, 0xAE8B14860A799888)]
)
def test_the_published_check_comes_out(polynomial: Polynomial, check: int) -> None:
    assert update(polynomial, 0, b"123456789") == check


@given(st.sampled_from(ALL), st.binary(max_size=100), st.binary(max_size=100))
def test_pieces_and_parts_give_the_check_of_the_whole(polynomial: Polynomial, first: bytes, second: bytes) -> None:
    whole = update(polynomial, 0, first + second)
    assert update(polynomial, update(polynomial, 0, first), second) == whole
    parts = (update(polynomial, 0, first), update(polynomial, 0, second))
    assert combine(polynomial, *parts, len(second)) == whole
