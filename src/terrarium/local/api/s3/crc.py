"""Cyclic redundancy checks: those that Python lacks, and the check of a whole from those of its parts. Pure.

The parameters are those of https://reveng.sourceforge.io/crc-catalogue/all.htm: CRC-32/ISO-HDLC, CRC-32/ISCSI and
CRC-64/NVME; all three are reflected, begin with ones and end inverted.
"""

from __future__ import annotations

import array
import functools
import sys
import zlib
from typing import NamedTuple


class Polynomial(NamedTuple):
    """A check.

    Attributes:
        bits: Its width.
        reflected: Its polynomial, lowest power in the highest bit.
    """

    bits: int
    reflected: int


CRC32 = Polynomial(32, 0xEDB88320)
CRC32C = Polynomial(32, 0x82F63B78)
CRC64NVME = Polynomial(64, 0x9A6C9329AC4BC9B5)


def update(polynomial: Polynomial, check: int, data: bytes) -> int:
    """The check of what came before and `data`; 0 stands for nothing before."""
    if polynomial == CRC32:
        return zlib.crc32(data, check)
    mask = (1 << polynomial.bits) - 1
    state = check ^ mask
    odd = len(data) % 8
    for byte in data[:odd]:
        state = _tables(polynomial)[0][(state ^ byte) & 0xFF] ^ (state >> 8)
    words = array.array("Q", data[odd:])
    if sys.byteorder == "big":
        words.byteswap()
    first, second, third, fourth = _wide_tables(polynomial)
    for word in words:
        word ^= state  # noqa: PLW2901  # the loop that everything's speed hangs on
        state = first[word & 0xFFFF] ^ second[word >> 16 & 0xFFFF] ^ third[word >> 32 & 0xFFFF] ^ fourth[word >> 48]
    return state ^ mask


def combine(polynomial: Polynomial, first: int, second: int, length: int) -> int:
    """The check of two contents after one another, from their checks and the length of the second in bytes.

    What the first contributes is its check after `length` zero bytes, a linear map of its bits.
    """
    power = [_shifted(polynomial, 1 << bit) for bit in range(polynomial.bits)]  # one zero bit
    bits = length * 8
    while bits:
        if bits & 1:
            first = _times(power, first)
        power = [_times(power, column) for column in power]
        bits >>= 1
    return first ^ second


def _shifted(polynomial: Polynomial, state: int) -> int:
    return (state >> 1) ^ (polynomial.reflected if state & 1 else 0)


def _times(matrix: list[int], vector: int) -> int:
    result = 0
    for column in matrix:
        if vector & 1:
            result ^= column
        vector >>= 1
    return result


@functools.cache
def _tables(polynomial: Polynomial) -> list[list[int]]:
    """What a byte at each of eight places from the end does to the state."""
    first = []
    for byte in range(256):
        state = byte
        for _ in range(8):
            state = _shifted(polynomial, state)
        first.append(state)
    tables = [first]
    for _ in range(7):
        tables.append([first[state & 0xFF] ^ (state >> 8) for state in tables[-1]])  # each needs the last
    return tables


@functools.cache
def _wide_tables(polynomial: Polynomial) -> tuple[list[int], ...]:
    """The same for pairs of bytes, for the first pair of a word first: half as many steps in the loop."""
    tables = _tables(polynomial)
    return tuple(
        [tables[7 - 2 * pair][word & 0xFF] ^ tables[6 - 2 * pair][word >> 8] for word in range(0x10000)]
        for pair in range(4)
    )
