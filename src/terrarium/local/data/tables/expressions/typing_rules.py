"""Which operands the operators and functions take, as far as a request's values tell before any item is read.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.local.data.tables.expressions.tree import Arithmetic, Call, Constant, ExpressionError, Operand, Path
from terrarium.local.data.tables.values.compare import ranked
from terrarium.local.data.tables.values.wire import SCALARS, TYPES, kind_of

CONDITION_FUNCTIONS: Mapping[str, int] = {
    "attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1,
}  # fmt: skip
UPDATE_FUNCTIONS: Mapping[str, int] = {"if_not_exists": 2, "list_append": 2}
_NEED_A_PATH = frozenset({"attribute_exists", "attribute_not_exists", "if_not_exists"})
_REFUSED_OPERANDS: Mapping[str, frozenset[str]] = {
    "begins_with": TYPES - {"S", "B"},
    "size": frozenset({"N", "BOOL", "NULL"}),
    "list_append": TYPES - {"L"},
}
_ORDERING = frozenset({"<", "<=", ">", ">="})


def constant_kind(operand: Operand) -> str:
    """The type of an operand that is a value of the request; nothing for one that only an item decides."""
    return kind_of(operand.value) if isinstance(operand, Constant) else ""


def check_call(call: Call, *, condition: bool) -> None:
    """Refuses an unknown function, one of the other kind of expression, and operands it does not take."""
    ours, others = (CONDITION_FUNCTIONS, UPDATE_FUNCTIONS) if condition else (UPDATE_FUNCTIONS, CONDITION_FUNCTIONS)
    if call.function in others:
        kind = "a condition" if condition else "an update"
        raise ExpressionError(f"The function is not allowed in {kind} expression; function: {call.function}")
    if call.function not in ours:
        raise ExpressionError(f"Invalid function name; function: {call.function}")
    if len(call.operands) != ours[call.function]:
        raise ExpressionError(
            "Incorrect number of operands for operator or function; "
            f"operator or function: {call.function}, number of operands: {len(call.operands)}"
        )
    _check_operands(call)


def _check_operands(call: Call) -> None:
    if call.function in _NEED_A_PATH and not isinstance(call.operands[0], Path):
        raise ExpressionError(f"Operator or function requires a document path; operator or function: {call.function}")
    if call.function in CONDITION_FUNCTIONS:
        for operand in call.operands:
            check_value_function(operand)
        _check_distinct(call.function, call.operands)
    for operand in call.operands:
        if constant_kind(operand) in _REFUSED_OPERANDS.get(call.function, ()):
            raise _incorrect(call.function, constant_kind(operand))
    if call.function == "attribute_type":
        _check_type_name(call.operands[1])


def _check_distinct(function: str, operands: tuple[Operand, ...]) -> None:
    if len(operands) == 2 and isinstance(operands[0], Path) and operands[0] == operands[1]:
        raise ExpressionError(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {function}, first operand: {operands[0]}"
        )


def _check_type_name(operand: Operand) -> None:
    kind = constant_kind(operand)
    if not isinstance(operand, Constant) or kind != "S":
        raise _incorrect("attribute_type", kind or "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")
    if operand.value["S"] not in TYPES:
        raise ExpressionError(
            f"Invalid attribute type name found; type: {operand.value['S']}, "
            "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
        )


def check_value_function(operand: Operand) -> None:
    """Only size() has a value that can be compared; the other functions are conditions."""
    if isinstance(operand, Call) and operand.function in CONDITION_FUNCTIONS and operand.function != "size":
        raise _misused(operand.function)


def check_not_condition(call: Call) -> None:
    """size() is a value and cannot stand alone."""
    if call.function == "size":
        raise _misused(call.function)


def check_comparison(operator: str, left: Operand, right: Operand) -> None:
    """Refuses an operand that has no order, and comparing a path with itself."""
    for operand in (left, right):
        check_value_function(operand)
        kind = constant_kind(operand)
        if operator in _ORDERING and kind and kind not in SCALARS:
            raise _incorrect(operator, kind)
    _check_distinct(operator, (left, right))


def check_between(low: Operand, high: Operand) -> None:
    """Bounds that the request gives must be of one ordered type, the lower first."""
    for operand in (low, high):
        check_value_function(operand)
        if constant_kind(operand) and constant_kind(operand) not in SCALARS:
            raise _incorrect("BETWEEN", constant_kind(operand))
    if not isinstance(low, Constant) or not isinstance(high, Constant):
        return
    if kind_of(low.value) != kind_of(high.value):
        raise _bounds("requires same data type for lower and upper bounds", low, high)
    lower, upper = ranked(low.value), ranked(high.value)
    if lower > upper:  # type: ignore[operator]  # the same type on both sides, as has just been checked
        raise _bounds("requires upper bound to be greater than or equal to lower bound", low, high)


def check_arithmetic(sum_: Arithmetic) -> None:
    """Only numbers are added and subtracted."""
    for operand in (sum_.left, sum_.right):
        if constant_kind(operand) not in ("", "N"):
            raise _incorrect(sum_.operator, constant_kind(operand))


def _bounds(demand: str, low: Constant, high: Constant) -> ExpressionError:
    first, second = (
        f"AttributeValue: {{{kind_of(bound.value)}:{bound.value[kind_of(bound.value)]}}}" for bound in (low, high)
    )
    return ExpressionError(
        f"The BETWEEN operator {demand}; lower bound operand: {first}, upper bound operand: {second}"
    )


def _incorrect(operator: str, kind: str) -> ExpressionError:
    return ExpressionError(
        f"Incorrect operand type for operator or function; operator or function: {operator}, operand type: {kind}"
    )


def _misused(function: str) -> ExpressionError:
    return ExpressionError(f"The function is not allowed to be used this way in an expression; function: {function}")
