"""Expected, QueryFilter, ScanFilter, KeyConditions and AttributesToGet, as the trees that expressions become.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
    Or,
    Path,
)
from terrarium.local.data.tables.values.check import checked
from terrarium.local.data.tables.values.compare import ranked
from terrarium.local.data.tables.values.wire import SCALARS, AttributeValue, Body, kind_of

#: The legacy parameters that stand for an expression parameter.
STANDS_FOR: Mapping[str, tuple[str, ...]] = {
    "ConditionExpression": ("Expected",),
    "FilterExpression": ("QueryFilter", "ScanFilter"),
    "KeyConditionExpression": ("KeyConditions",),
}
_COMPARISONS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_EXISTENCE = {"NOT_NULL": "attribute_exists", "NULL": "attribute_not_exists"}
_INDEXABLE = frozenset({"EQ", "LE", "LT", "GE", "GT", "BEGINS_WITH", "BETWEEN"})
_MEMBERS = frozenset(SCALARS)
#: The types of value that an operator takes, where not all.
#: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html
_TYPES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "IN", "BETWEEN"), _MEMBERS),
    "BEGINS_WITH": frozenset({"S", "B"}),
}
# JSON that the shape check has passed: members by name.
_Given = Mapping[str, Any]


def condition_of(parameter: str, body: Body) -> Condition | None:
    """The condition that legacy parameters state in the place of an expression parameter, or None.

    Raises:
        AwsError: ValidationException, as DynamoDB words it.
    """
    name = next((name for name in STANDS_FOR[parameter] if body.get(name) is not None), None)
    if name is None:
        return None
    read: Callable[[str, _Given], Condition] = _expected if name == "Expected" else _filtered
    if name == "KeyConditions":
        read = _keyed
    conditions = tuple(read(attribute, given) for attribute, given in body[name].items())
    if not conditions and name != "KeyConditions":
        return None
    return Or(conditions) if body.get("ConditionalOperator") == "OR" and name != "KeyConditions" else And(conditions)


def attributes_of(body: Body) -> tuple[Path, ...] | None:
    """AttributesToGet as a projection, or None. Its names are names of whole attributes, whatever is in them.

    Raises:
        AwsError: ValidationException where a name is there twice.
    """
    names: list[str] | None = body.get("AttributesToGet")
    if names is None:
        return None
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise invalid(f"Duplicate value in attribute name: {twice}")
    return tuple(Path((name,)) for name in names)


def _expected(attribute: str, given: _Given) -> Condition:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExpectedAttributeValue.html."""
    operator, listed, single = (given.get(each) for each in ("ComparisonOperator", "AttributeValueList", "Value"))
    if listed is not None and single is not None:
        raise invalid(f"Value and AttributeValueList cannot be used together for Attribute: {attribute}")
    if operator is None:
        return _existing(attribute, given)
    if given.get("Exists") is not None:
        raise invalid(f"Exists and ComparisonOperator cannot be used together for Attribute: {attribute}")
    if operator not in _EXISTENCE and listed is None and single is None:
        raise invalid(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {attribute}"
        )
    return _condition(attribute, operator, listed if single is None else [single])


def _existing(attribute: str, given: _Given) -> Condition:
    exists, single = given.get("Exists"), given.get("Value")
    if given.get("AttributeValueList") is not None:
        raise invalid(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {attribute}")
    if exists is False:
        if single is not None:
            raise invalid(f"Value cannot be used when Exists is false for Attribute: {attribute}")
        return _condition(attribute, "NULL", [])
    if single is None:
        shown = "null" if exists is None else "true"
        raise invalid(f"Value must be provided when Exists is {shown} for Attribute: {attribute}")
    return _condition(attribute, "EQ", [single])


def _filtered(attribute: str, given: _Given) -> Condition:
    return _condition(attribute, given["ComparisonOperator"], given.get("AttributeValueList"))


def _keyed(attribute: str, given: _Given) -> Condition:
    condition = _filtered(attribute, given)
    if given["ComparisonOperator"] not in _INDEXABLE:
        raise validation("Attempted conditional constraint is not an indexable operation")
    return condition


def _condition(attribute: str, operator: str, given: Sequence[object] | None) -> Condition:
    values = [checked(value) for value in given or ()]
    _check(operator, values)
    path, constants = Path((attribute,)), tuple(map(Constant, values))
    if operator in _COMPARISONS:
        return Comparison(_COMPARISONS[operator], path, constants[0])
    if operator in _EXISTENCE:
        return Call(_EXISTENCE[operator], (path,))
    if operator == "BETWEEN":
        return Between(path, *constants)
    if operator == "IN":
        return In(path, constants)
    if operator == "BEGINS_WITH":
        return Call("begins_with", (path, *constants))
    contains = Call("contains", (path, *constants))
    return contains if operator == "CONTAINS" else Not(contains)


def _check(operator: str, values: Sequence[AttributeValue]) -> None:
    """Refuses values whose number, types or order the operator does not take."""
    if not _takes(operator, len(values)):
        raise invalid(f"Invalid number of argument(s) for the {operator} ComparisonOperator")
    kinds = {kind_of(value) for value in values}
    if len(kinds) > 1:
        raise invalid("AttributeValues inside AttributeValueList must be of same type")
    for kind in kinds - _TYPES.get(operator, kinds):
        raise invalid(f"ComparisonOperator {operator} is not valid for {kind} AttributeValue type")
    if operator == "BETWEEN":
        low, high = map(ranked, values)
        if low > high:  # type: ignore[operator]  # of one type, as has just been checked
            raise validation(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
            )


def _takes(operator: str, count: int) -> bool:
    if operator == "IN":
        return count > 0
    return count == {"BETWEEN": 2, "NULL": 0, "NOT_NULL": 0}.get(operator, 1)
