"""Choices and conditions: decided now where Python knows enough, else on deployment, so a construct is written once."""

from __future__ import annotations

from terrarium.model.expressions import Conditional, Expression, Operation, Value, entered


def choose(condition: Value, yes: Value, no: Value) -> Value:
    """`yes` or `no`: decided now where Python knows the condition, else on deployment.

    Args:
        condition: A bool, or an expression of one.
        yes: The value where it holds.
        no: The value where it does not.
    """
    if isinstance(condition, Expression):
        return Conditional(condition, entered(yes), entered(no))
    return yes if condition else no


def equals(a: Value, b: Value) -> Value:
    """Whether two values are the same: decided now where Python knows both, else on deployment."""
    if isinstance(a, Expression):
        return a.equals(b)
    return b.equals(a) if isinstance(b, Expression) else a == b


def given(value: Value) -> Value:
    """Whether something was given at all, that is, is not null."""
    return Operation("!=", (value, None)) if isinstance(value, Expression) else value is not None


def negate(condition: Value) -> Value:
    """The opposite of a condition."""
    match condition:
        case Operation(operator="!", operands=(inner,)):
            return inner
        case Operation(operator="==", operands=operands):
            return Operation("!=", operands)
        case Operation(operator="!=", operands=operands):
            return Operation("==", operands)
        case Expression():
            return Operation("!", (condition,))
    return not condition


def both(a: Value, b: Value) -> Value:
    """Whether both conditions hold."""
    return _joined("&&", a, b, neutral=True)


def either(a: Value, b: Value) -> Value:
    """Whether at least one of two conditions holds."""
    return _joined("||", a, b, neutral=False)


def implied(condition: Value, by: Value) -> bool:
    """Whether a condition is sure to hold wherever another one does."""
    if not isinstance(condition, Expression):
        return bool(condition)
    return isinstance(by, Expression) and both(by, condition) == by


def _joined(operator: str, a: Value, b: Value, *, neutral: bool) -> Value:
    """Two conditions under one operator: a bool decides or goes away, and each condition is asked once."""
    for one, other in ((a, b), (b, a)):
        if not isinstance(one, Expression):
            return other if bool(one) is neutral else one
    operands = dict.fromkeys((*_operands(operator, a), *_operands(operator, b)))
    return Operation(operator, tuple(operands)) if len(operands) > 1 else a


def _operands(operator: str, condition: Expression) -> tuple[Value, ...]:
    if isinstance(condition, Operation) and condition.operator == operator:
        return condition.operands
    return (condition,)
