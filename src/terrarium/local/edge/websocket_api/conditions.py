"""Conditions of a policy: whether what is known of a request satisfies them.

Pure: a policy's JSON and a request's context keys in, true or false out. It knows neither routes nor functions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Keys = Mapping[str, str]
"""Context keys of a request by their names in lower case: keys are found whatever their case."""


class MalformedConditionError(Exception):
    """It is no condition; the text says why."""


def satisfied(conditions: Any, keys: Keys) -> bool:  # any JSON until it is read
    """Whether every operator holds for every key that it names.

    Args:
        conditions: The ``Condition`` of a statement.
        keys: What is known of the request.

    Raises:
        MalformedConditionError: It is none that can be evaluated.
    """
    if not isinstance(conditions, dict):
        raise MalformedConditionError("Condition is no object")
    for name, tested in conditions.items():
        if not isinstance(tested, dict):
            raise MalformedConditionError(f"{name} names no keys")
    return all(
        _holds(name, keys.get(key.lower()), _texts(key, wanted))
        for name, tested in conditions.items()
        for key, wanted in tested.items()
    )


def like(pattern: str, text: str) -> bool:
    """Whether the text fits a pattern in which ``*`` stands for any characters and ``?`` for one."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _holds(name: str, value: str | None, wanted: list[str]) -> bool:
    """Whether one operator holds for one key. A key has one value here, so both quantifiers agree on it."""
    quantifier, _, rest = name.rpartition(":")
    if quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise MalformedConditionError(f"the quantifier {quantifier!r} is unknown")
    if rest == "Null":
        return any(_is_true(one) is (value is None) for one in wanted)
    base = rest.removesuffix("IfExists")
    matches, negated = _OPERATORS.get(base, (None, False))
    if matches is None:
        raise MalformedConditionError(f"the condition operator {rest!r} is unknown")
    if value is None:
        return base != rest or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
    return any(matches(one, value) for one in wanted) is not negated


def _texts(key: str, wanted: Any) -> list[str]:  # any JSON until it is read
    values = wanted if isinstance(wanted, list) else [wanted]
    if any(isinstance(one, (dict, list)) or one is None for one in values):
        raise MalformedConditionError(f"what {key} is compared with is no text")
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _is_true(text: str) -> bool:
    if text not in ("true", "false"):
        raise MalformedConditionError(f"{text!r} is neither true nor false")
    return text == "true"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise MalformedConditionError(f"{text!r} is no number") from error


def _time(text: str) -> float:
    """A date of ISO 8601, or seconds since the epoch."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        date = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedConditionError(f"{text!r} is no date") from error
    return (date if date.tzinfo else date.replace(tzinfo=dt.UTC)).timestamp()


def _in_network(wanted: str, value: str) -> bool:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
    except ValueError as error:
        raise MalformedConditionError(f"{wanted!r} is no range of addresses") from error
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _like_arn(wanted: str, value: str) -> bool:
    """Each of an ARN's six parts by itself."""
    patterns, parts = wanted.split(":", 5), value.split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(like, patterns, parts))


def _same_bytes(wanted: str, value: str) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except binascii.Error:
        return False


Match = Callable[[str, str], bool]
"""Whether what a policy wants fits what a request has."""


def _compared(read: Callable[[str], float], compare: Callable[[float, float], bool]) -> Match:
    return lambda wanted, value: compare(read(value), read(wanted))


_COMPARISONS: Final = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_EQUAL: Final[Mapping[str, Match]] = {
    "String{}Equals": lambda wanted, value: wanted == value,
    "String{}EqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "String{}Like": like,
    "Numeric{}Equals": _compared(_number, operator.eq),
    "Date{}Equals": _compared(_time, operator.eq),
    "{}IpAddress": _in_network,
    "Arn{}Equals": _like_arn,
    "Arn{}Like": _like_arn,
}
_OPERATORS: Final[Mapping[str, tuple[Match | None, bool]]] = {
    **{name.format(no): (match, bool(no)) for name, match in _EQUAL.items() for no in ("", "Not")},
    **{f"Numeric{name}": (_compared(_number, compare), False) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": (_compared(_time, compare), False) for name, compare in _COMPARISONS.items()},
    "Bool": (lambda wanted, value: _is_true(wanted) is (value == "true"), False),
    "BinaryEquals": (_same_bytes, False),
}
"""Each operator's comparison, and whether it holds where none of the wanted values fits."""
