"""Event patterns: whether a record is one that somebody wants. Pure; it knows neither streams nor functions.

The language is EventBridge's, of which Lambda documents a part: equality, ``prefix``, ``suffix``,
``equals-ignore-case``, ``anything-but``, ``numeric``, ``exists`` and ``$or``. What it does not document for Lambda
(``wildcard``, ``cidr``) is no pattern here.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

#: https://docs.aws.amazon.com/lambda/latest/api/API_Filter.html
LONGEST = 4_096
#: Numbers that can be compared: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-numeric-matching
_LARGEST = 5.0e9
_DEEPEST = 100  # levels; a pattern of 4,096 characters needs no more

# Records and patterns are JSON of any shape.
Wanted = Callable[[Any], bool]
_Scalar = Callable[[Any], bool]
_Rule = Callable[[list[Any]], bool]
_ABSENT = object()


class PatternError(ValueError):
    """A text is no event pattern; the message says what is wrong with it."""


class _Number(str):
    """A number as it is written: as with Lambda, 300 and 300.0 are two numbers."""

    __slots__ = ()


def compile_event_pattern(text: str) -> Wanted:
    """What tells of a record whether a pattern matches it.

    Args:
        text: The pattern, as JSON.

    Raises:
        PatternError: It is no pattern.
    """
    if len(text) > LONGEST:
        raise PatternError(f"it is longer than {LONGEST} characters")
    try:
        pattern = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise PatternError(f"it is no JSON: {fault}") from fault
    return _members(pattern, _DEEPEST)


def _no_constant(name: str) -> None:
    raise PatternError(f"{name} is no JSON")


def _members(pattern: Any, depth: int) -> Wanted:
    """A pattern of an object: every member has to match; of objects in a list, one of them with all its members."""
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError(f"an object with members is expected, not {_shown(pattern)}")
    if not depth:
        raise PatternError("it is nested too deeply")
    conditions = {name: _member(name, inner, depth) for name, inner in pattern.items()}

    def wanted(value: Any) -> bool:
        if isinstance(value, list) and value:
            return any(wanted(item) for item in value)
        members = value if isinstance(value, dict) else {}
        return all(
            condition(members if alternative else members.get(name, _ABSENT))
            for name, (alternative, condition) in conditions.items()
        )

    return wanted


def _member(name: str, inner: Any, depth: int) -> tuple[bool, Wanted]:
    """One member's condition, and whether it is one on the whole object: alternatives that name several members."""
    if name == "$or" and isinstance(inner, list) and len(inner) > 1 and all(isinstance(it, dict) for it in inner):
        alternatives = [_members(it, depth - 1) for it in inner]
        return True, lambda value: any(it(value) for it in alternatives)
    return False, _leaf(inner) if isinstance(inner, list) else _members(inner, depth - 1)


def _leaf(rules: list[Any]) -> Wanted:
    """A list of rules, of which one has to match one of the values that are there."""
    if not rules:
        raise PatternError("a list of rules is empty")
    compiled = [_rule(rule) for rule in rules]

    def wanted(value: Any) -> bool:
        values = _values(value)
        return any(rule(values) for rule in compiled)

    return wanted


def _values(value: Any) -> list[Any]:
    """The values at a place: those of a list are many, an object is none."""
    if isinstance(value, list):
        return [inner for item in value for inner in _values(item)]
    return [] if value is _ABSENT or isinstance(value, dict) else [value]


def _rule(rule: Any) -> _Rule:
    if isinstance(rule, list):
        raise PatternError("a list of rules holds no lists")
    if not isinstance(rule, dict):
        return _any(_equal(rule))
    operator, operand = _only(rule)
    if operator == "exists":
        if not isinstance(operand, bool):
            raise PatternError("exists is true or false")
        return lambda values: bool(values) is operand
    return _any(_comparison(operator, operand))


def _any(test: _Scalar) -> _Rule:
    return lambda values: any(test(value) for value in values)


def _comparison(operator: str, operand: Any) -> _Scalar:
    match operator:
        case "prefix" | "suffix":
            return _end_of_text(operator, operand)
        case "equals-ignore-case":
            return _equal_in_any_case(operand)
        case "anything-but":
            return _anything_but(operand)
        case "numeric":
            return _numeric(operand)
    raise PatternError(f"{operator!r} is no operator of a filter")


def _equal(wanted: Any) -> _Scalar:
    if isinstance(wanted, _Number):
        return lambda value: _is_number(value) and json.dumps(value) == str(wanted)
    return lambda value: type(value) is type(wanted) and value == wanted


def _end_of_text(operator: str, operand: Any) -> _Scalar:
    """``prefix`` and ``suffix``, of which either can be said to ignore case."""
    folded = isinstance(operand, dict) and set(operand) == {"equals-ignore-case"}
    end = _text(operator, operand["equals-ignore-case"] if folded else operand)
    at = str.startswith if operator == "prefix" else str.endswith
    if folded:
        return lambda value: isinstance(value, str) and at(value.lower(), end.lower())
    return lambda value: isinstance(value, str) and at(value, end)


def _equal_in_any_case(operand: Any) -> _Scalar:
    wanted = _text("equals-ignore-case", operand).lower()
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _anything_but(operand: Any) -> _Scalar:
    if isinstance(operand, dict):
        operator, inner = _only(operand)
        if operator != "prefix":
            raise PatternError(f"anything-but takes a value, a list of values or a prefix, not {operator!r}")
        test = _end_of_text("prefix", _text("prefix", inner))
        return lambda value: not test(value)
    values = operand if isinstance(operand, list) else [operand]
    if not values or {type(value) for value in values} not in ({str}, {_Number}):
        raise PatternError("anything-but takes texts or numbers, at least one and all of one kind")
    tests = [_equal(value) for value in values]
    return lambda value: not any(test(value) for test in tests)


_LOWER: dict[str, Callable[[float, float], bool]] = {">": lambda a, b: a > b, ">=": lambda a, b: a >= b}
_UPPER: dict[str, Callable[[float, float], bool]] = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b}


def _numeric(operand: Any) -> _Scalar:
    """``["=", 5]``, one bound, or a lower bound and an upper one."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise PatternError("numeric takes one comparison, or a lower and an upper bound")
    names, numbers = operand[::2], [_bound(number) for number in operand[1::2]]
    orders: list[dict[str, Callable[[float, float], bool]]]
    orders = [_LOWER, _UPPER] if len(names) == 2 else [_LOWER | _UPPER | {"=": lambda a, b: a == b}]
    if not all(isinstance(name, str) and name in order for name, order in zip(names, orders, strict=True)):
        raise PatternError(f"numeric compares with =, <, <=, > or >=, the lower bound first, not {names}")
    if any(low >= high for low, high in pairwise(numbers)):
        raise PatternError("the lower bound of numeric is not below the upper one")
    tests = [(order[name], number) for order, name, number in zip(orders, names, numbers, strict=True)]
    return lambda value: _is_number(value) and all(test(value, number) for test, number in tests)


def _bound(number: Any) -> float:
    if not isinstance(number, _Number) or not abs(float(number)) <= _LARGEST:
        raise PatternError(f"numeric compares with numbers between -5.0e9 and 5.0e9, not with {_shown(number)}")
    return float(number)


def _text(operator: str, operand: Any) -> str:
    if not isinstance(operand, str) or isinstance(operand, _Number):
        raise PatternError(f"{operator} takes a text, not {_shown(operand)}")
    return operand


def _only(rule: dict[str, Any]) -> tuple[str, Any]:
    if len(rule) != 1:
        raise PatternError(f"a rule has one operator, not {len(rule)}")
    return next(iter(rule.items()))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, _Number) else json.dumps(value)
    return text if len(text) < 60 else f"{text[:57]}…"
