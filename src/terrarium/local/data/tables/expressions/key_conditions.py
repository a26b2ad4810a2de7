"""Key conditions: which partition a query reads, and which of its sort keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from terrarium.local.data.tables.errors import invalid, validation
from terrarium.local.data.tables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    In,
    Not,
    Operand,
    Or,
    Path,
)
from terrarium.local.data.tables.model.table import Keys
from terrarium.local.data.tables.values.wire import AttributeValue, kind_of

_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Demand(Struct, frozen=True):
    """What is asked of one key attribute: a comparator, ``BETWEEN`` or ``begins_with``, and its values."""

    operator: str
    values: tuple[AttributeValue, ...]


class KeyDemand(Struct, frozen=True):
    """What a query asks of a key: one partition, and perhaps something of the sort key."""

    hash: AttributeValue
    range: Demand | None


def key_demand(condition: Condition, keys: Keys) -> KeyDemand:
    """A bound key condition as demands on the key attributes.

    Raises:
        AwsError: ValidationException for anything but equality of the partition key and one range of sort keys.
    """
    demands: dict[str, Demand] = {}
    for name, demand in _demands(condition):
        if name in demands:
            raise validation("KeyConditionExpressions must only contain one condition per key")
        demands[name] = demand
    _check_names(demands, keys)
    _check_types(demands, keys)
    if demands[keys.hash].operator != "=":
        raise validation("Query key condition not supported")
    return KeyDemand(demands[keys.hash].values[0], demands.get(keys.range) if keys.range else None)


def _demands(condition: Condition) -> Iterator[tuple[str, Demand]]:
    if isinstance(condition, And):
        for each in condition.conditions:
            yield from _demands(each)
    elif isinstance(condition, Comparison):
        yield _comparison(condition)
    elif isinstance(condition, Between):
        yield _keyed("BETWEEN", condition.operand, (condition.low, condition.high))
    elif isinstance(condition, Call) and condition.function == "begins_with":
        yield _keyed("begins_with", condition.operands[0], condition.operands[1:])
    else:
        raise _bad_operator(_word(condition))


def _word(condition: Condition) -> str:
    if isinstance(condition, Call):
        return condition.function
    return {Or: "OR", Not: "NOT", In: "IN"}[type(condition)]


def _comparison(comparison: Comparison) -> tuple[str, Demand]:
    if comparison.operator == "<>":
        raise _bad_operator("<>")
    if isinstance(comparison.right, Path) and not isinstance(comparison.left, Path):
        return _keyed(_MIRRORED[comparison.operator], comparison.right, (comparison.left,))
    return _keyed(comparison.operator, comparison.left, (comparison.right,), flexible=True)


def _keyed(
    operator: str, operand: Operand, values: tuple[Operand, ...], *, flexible: bool = False
) -> tuple[str, Demand]:
    for each in (operand, *values):
        if isinstance(each, Call):
            raise validation("KeyConditionExpressions cannot contain nested operations")
    if not isinstance(operand, Path):
        raise validation("Invalid condition in KeyConditionExpression: " + _no_path(operator, flexible))
    if len(operand.elements) > 1:
        raise validation("KeyConditionExpressions cannot have conditions on nested attributes")
    constants = tuple(each.value for each in values if isinstance(each, Constant))
    if len(constants) < len(values):
        raise validation("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
    return str(operand.elements[0]), Demand(operator, constants)


def _no_path(operator: str, flexible: bool) -> str:
    if flexible:
        return "No key attribute specified"
    return f"{operator} operator must have the key attribute as its first operand"


def _check_names(demands: Mapping[str, Demand], keys: Keys) -> None:
    if not 1 <= len(demands) <= 2:
        raise validation("Conditions can be of length 1 or 2 only")
    if keys.hash not in demands:
        raise validation(f"Query condition missed key schema element: {keys.hash}")
    if len(demands) == 2 and keys.range is None:
        raise validation("Query key condition not supported")
    if len(demands) == 2 and keys.range not in demands:
        raise validation(f"Query condition missed key schema element: {keys.range}")


def _check_types(demands: Mapping[str, Demand], keys: Keys) -> None:
    for name, kind in keys.types.items():
        if name in demands and any(kind_of(value) != kind for value in demands[name].values):
            raise invalid("Condition parameter type does not match schema type")


def _bad_operator(word: str) -> Exception:
    return validation(f"Invalid operator used in KeyConditionExpression: {word}")
