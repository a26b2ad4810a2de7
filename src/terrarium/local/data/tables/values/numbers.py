"""DynamoDB's numbers: 38 significant digits, magnitudes from 1E-130 to 9.9…E+125, one spelling each, an order in bytes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from terrarium.local.data.tables.errors import validation

DIGITS = 38
LARGEST_EXPONENT = 125
SMALLEST_EXPONENT = -130

_SPELLING = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_PLAIN = re.compile(r"0|[1-9]\d{0,36}", re.ASCII)
#: Whether a text is a number in its one spelling, as far as that can be seen at once: a short integer.
is_plain = _PLAIN.fullmatch
_PAIRS = {f"{number:02}": number for number in range(100)}
# Wide enough for any sum of two numbers within range, so that arithmetic is exact before it is judged.
_EXACT = Context(prec=320)


def canonical(text: str) -> str:
    """The one spelling in which a number is stored and returned: no exponent, no idle zeros.

    Raises:
        AwsError: ValidationException where the text is no number or beyond DynamoDB's precision or range.
    """
    if is_plain(text):
        return text
    if not text:
        raise validation("The parameter cannot be converted to a numeric value")
    if not _SPELLING.fullmatch(text):
        raise validation(f"The parameter cannot be converted to a numeric value: {text}")
    return _spelled(Decimal(text))


def add(left: str, right: str) -> str:
    """Their sum, exact or refused."""
    return _spelled(_EXACT.add(Decimal(left), Decimal(right)))


def subtract(left: str, right: str) -> str:
    """Their difference, exact or refused."""
    return _spelled(_EXACT.subtract(Decimal(left), Decimal(right)))


def size(text: str) -> int:
    """Bytes of a number that has its canonical spelling: one for each two significant digits, and one.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    digits = len(text.replace(".", "").lstrip("-0").rstrip("0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


def sortable(text: str) -> bytes:
    """Bytes that compare as the numbers do: sign, exponent, digits in pairs; complements below zero."""
    if is_plain(text) and text != "0":  # the same as below, without the way through a Decimal
        digits = text.rstrip("0")
        padded = digits + "0" * (len(digits) % 2)
        pairs = [_PAIRS[padded[at : at + 2]] for at in range(0, len(padded), 2)]
        return bytes([2, len(text) - 1 - SMALLEST_EXPONENT, *pairs])
    sign, digits, exponent = _parts(Decimal(text))
    if not digits:
        return b"\x01"
    padded = digits + "0" * (len(digits) % 2)
    pairs = [int(padded[at : at + 2]) for at in range(0, len(padded), 2)]
    scale = exponent - SMALLEST_EXPONENT
    if sign:
        # The last byte is above any complement: of two negative numbers the one with further digits is smaller.
        return bytes([0, 255 - scale, *(99 - pair for pair in pairs), 255])
    return bytes([2, scale, *pairs])


def _spelled(number: Decimal) -> str:
    _, digits, exponent = _parts(number)
    if not digits:
        return "0"
    if exponent > LARGEST_EXPONENT:
        raise validation("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if exponent < SMALLEST_EXPONENT:
        raise validation("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    if len(digits) > DIGITS:
        raise validation("Attempting to store more than 38 significant digits in a Number")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parts(number: Decimal) -> tuple[int, str, int]:
    """Sign, significant digits without idle zeros, and the exponent of the first of them."""
    sign, digits, exponent = number.as_tuple()
    written = "".join(map(str, digits))
    significant = written.lstrip("0")
    assert isinstance(exponent, int), "infinity and not-a-number have no spelling in the wire form"
    return sign, significant.rstrip("0"), exponent + len(significant) - 1
