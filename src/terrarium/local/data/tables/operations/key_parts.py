"""The key that a WHERE clause names, found among the conditions that it joins by AND."""

from __future__ import annotations

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.key_conditions import Demand, KeyDemand
from terrarium.local.data.tables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    Operand,
    Path,
)
from terrarium.local.data.tables.model.table import Keys
from terrarium.local.data.tables.values.wire import AttributeValue, Item, kind_of


def whole_key(condition: Condition | None, keys: Keys) -> Item | None:
    """The key of the one item that can meet the condition, or None where it does not say so."""
    found = {name: _equal_to(condition, name) for name in keys.names}
    return {name: value for name, value in found.items() if value is not None} if all(found.values()) else None


def required_key(condition: Condition, keys: Keys) -> Item:
    """The same for a statement that has to name one item.

    Raises:
        AwsError: ValidationException.
    """
    key = whole_key(condition, keys)
    if key is None:
        raise validation("Where clause does not contain a mandatory equality on all key attributes")
    return key


def query_demand(condition: Condition | None, keys: Keys) -> KeyDemand | None:
    """What the condition asks of a key, where it names a partition; None where a scan has to look everywhere."""
    partition = _equal_to(condition, keys.hash)
    if partition is None or kind_of(partition) != keys.hash_type:
        return None
    return KeyDemand(partition, _range_demand(condition, keys))


def _range_demand(condition: Condition | None, keys: Keys) -> Demand | None:
    for each in _joined(condition):
        demand = _demand(each, keys.range)
        if demand is not None and all(kind_of(value) == keys.range_type for value in demand.values):
            return demand
    return None


def _demand(condition: Condition, name: str | None) -> Demand | None:
    """A demand on that attribute alone, or None."""
    values: tuple[Operand, ...]
    if isinstance(condition, Comparison) and condition.operator != "<>":
        operator, operand, values = condition.operator, condition.left, (condition.right,)
    elif isinstance(condition, Between):
        operator, operand, values = "BETWEEN", condition.operand, (condition.low, condition.high)
    elif isinstance(condition, Call) and condition.function == "begins_with":
        operator, operand, values = "begins_with", condition.operands[0], condition.operands[1:]
    else:
        return None
    constants = tuple(value.value for value in values if isinstance(value, Constant))
    fits = operand == Path((str(name),)) and len(constants) == len(values)
    return Demand(operator, constants) if fits else None


def _equal_to(condition: Condition | None, name: str) -> AttributeValue | None:
    for each in _joined(condition):
        demand = _demand(each, name)
        if demand is not None and demand.operator == "=":
            return demand.values[0]
    return None


def _joined(condition: Condition | None) -> tuple[Condition, ...]:
    if condition is None:
        return ()
    if isinstance(condition, And):
        return tuple(inner for each in condition.conditions for inner in _joined(each))
    return (condition,)
