"""Whether a bound condition holds for an item.

A missing attribute makes every comparison false, and only NOT turns that into true.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

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
from terrarium.local.data.tables.values.compare import equal, ranked
from terrarium.local.data.tables.values.size import binary_length
from terrarium.local.data.tables.values.wire import SCALARS, AttributeValue, Item, kind_of

# Any: two scalars of one type, which is str, bytes or Decimal.
_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(condition: Condition, item: Item) -> bool:
    """Whether the condition holds; an item that does not exist is an empty one."""
    if isinstance(condition, Comparison):
        return compares(condition.operator, value_of(condition.left, item), value_of(condition.right, item))
    if isinstance(condition, And):
        return all(holds(each, item) for each in condition.conditions)
    if isinstance(condition, Call):
        return _FUNCTIONS[condition.function](condition.operands, item)
    if isinstance(condition, Or):
        return any(holds(each, item) for each in condition.conditions)
    if isinstance(condition, Not):
        return not holds(condition.condition, item)
    if isinstance(condition, Between):
        return _is_between(condition, item)
    return _is_among(condition, item)


def value_of(operand: Operand, item: Item) -> AttributeValue | None:
    """An operand's value for this item, or None where it has none."""
    if isinstance(operand, Constant):
        return operand.value
    if isinstance(operand, Path):
        return at_path(operand, item)
    assert isinstance(operand, Call), "arithmetic belongs to updates"
    return _size(value_of(operand.operands[0], item))


def at_path(path: Path, item: Item) -> AttributeValue | None:
    """What stands at a path, or None."""
    here: AttributeValue | None = {"M": item}
    for part in path.elements:
        if here is None:
            return None
        if isinstance(part, int):
            members = here.get("L", ())
            here = members[part] if part < len(members) else None
        else:
            here = here.get("M", {}).get(part)
    return here


def compares(comparator: str, left: AttributeValue | None, right: AttributeValue | None) -> bool:
    """One comparison; unequal to a missing attribute is the only one that holds without a value."""
    if left is None or right is None:
        return comparator == "<>" and left is not right
    if comparator == "=":
        return equal(left, right)
    if comparator == "<>":
        return not equal(left, right)
    kind = kind_of(left)
    return kind in SCALARS and kind == kind_of(right) and _ORDERINGS[comparator](ranked(left), ranked(right))


def _is_between(between: Between, item: Item) -> bool:
    value, low, high = (value_of(each, item) for each in (between.operand, between.low, between.high))
    return compares(">=", value, low) and compares("<=", value, high)


def _is_among(choice: In, item: Item) -> bool:
    value = value_of(choice.operand, item)
    return any(compares("=", value, value_of(option, item)) for option in choice.options)


def _exists(operands: tuple[Operand, ...], item: Item) -> bool:
    return value_of(operands[0], item) is not None


def _is_of_type(operands: tuple[Operand, ...], item: Item) -> bool:
    value, wanted = (value_of(each, item) for each in operands)
    return value is not None and wanted is not None and kind_of(value) == wanted["S"]


def _begins_with(operands: tuple[Operand, ...], item: Item) -> bool:
    value, start = (value_of(each, item) for each in operands)
    if value is None or start is None or kind_of(value) != kind_of(start) or kind_of(value) not in ("S", "B"):
        return False
    whole, part = ranked(value), ranked(start)
    return whole[: len(part)] == part  # type: ignore[index,arg-type]  # strings or bytes, as has just been checked


def _contains(operands: tuple[Operand, ...], item: Item) -> bool:
    value, part = (value_of(each, item) for each in operands)
    if value is None or part is None:
        return False
    kind, wanted = kind_of(value), kind_of(part)
    if kind == "L":
        return any(equal(member, part) for member in value["L"])
    if kind in ("SS", "NS", "BS"):
        return kind[0] == wanted and part[wanted] in value[kind]
    if kind != wanted or kind not in ("S", "B"):
        return False
    return ranked(part) in ranked(value)  # type: ignore[operator]  # strings or bytes, as has just been checked


def _size(value: AttributeValue | None) -> AttributeValue | None:
    """Characters of a string, bytes of binary, members of the rest; numbers and booleans have none."""
    if value is None:
        return None
    kind, content = next(iter(value.items()))
    if kind in ("N", "BOOL", "NULL"):
        return None
    return {"N": str(binary_length(content) if kind == "B" else len(content))}


_FUNCTIONS: Mapping[str, Callable[[tuple[Operand, ...], Item], bool]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": lambda operands, item: not _exists(operands, item),
    "attribute_type": _is_of_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
