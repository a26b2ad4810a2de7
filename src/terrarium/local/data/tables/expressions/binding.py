"""Puts a request's names and values in the place of an expression's placeholders, and checks what only they decide.

Texts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    ExpressionError,
    In,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from terrarium.local.data.tables.expressions.typing_rules import (
    check_arithmetic,
    check_between,
    check_call,
    check_comparison,
    check_not_condition,
)
from terrarium.local.data.tables.values.wire import AttributeValue

_NAME = re.compile(r"#[A-Za-z0-9_]+", re.ASCII)
_VALUE = re.compile(r":[A-Za-z0-9_]+", re.ASCII)


class Placeholders:
    """The ``#names`` and ``:values`` of one request, and which of them its expressions used.

    Args:
        names: ExpressionAttributeNames, or None.
        values: ExpressionAttributeValues in stored form, or None.

    Raises:
        AwsError: ValidationException where one is given but empty, or has a malformed key.
    """

    def __init__(self, names: Mapping[str, str] | None, values: Mapping[str, AttributeValue] | None) -> None:
        _check_keys("ExpressionAttributeNames", names, _NAME)
        _check_keys("ExpressionAttributeValues", values, _VALUE)
        self._names = names or {}
        self._values = values or {}
        self._used: set[str] = set()

    def path(self, path: Path) -> Path:
        """A path of real attribute names."""
        return Path(tuple(self._element(part) for part in path.elements))

    def operand(self, operand: Operand, *, condition: bool) -> Operand:
        """An operand of real names and values."""
        if isinstance(operand, Path):
            return self.path(operand)
        if isinstance(operand, Placeholder):
            return Constant(self._value(operand.name))
        if isinstance(operand, Call):
            return self.call(operand, condition=condition)
        if isinstance(operand, Arithmetic):
            left, right = (self.operand(side, condition=condition) for side in (operand.left, operand.right))
            bound = Arithmetic(operand.operator, left, right)
            check_arithmetic(bound)
            return bound
        return operand

    def call(self, call: Call, *, condition: bool) -> Call:
        """A function call with real operands, whose number and types it accepts."""
        bound = Call(call.function, tuple(self.operand(each, condition=condition) for each in call.operands))
        check_call(bound, condition=condition)
        return bound

    def condition(self, condition: Condition) -> Condition:
        """A condition of real names and values."""
        if isinstance(condition, Comparison):
            return self._comparison(condition)
        if isinstance(condition, And):
            return And(tuple(map(self.condition, condition.conditions)))
        if isinstance(condition, Or):
            return Or(tuple(map(self.condition, condition.conditions)))
        if isinstance(condition, Not):
            return Not(self.condition(condition.condition))
        if isinstance(condition, Call):
            call = self.call(condition, condition=True)
            check_not_condition(call)
            return call
        return self._between(condition) if isinstance(condition, Between) else self._in(condition)

    def action(self, action: Action) -> Action:
        """A change of real names and values."""
        operand = None if action.operand is None else self.operand(action.operand, condition=False)
        return Action(action.clause, self.path(action.path), operand)

    def check_all_used(self) -> None:
        """Refuses names and values that no expression mentioned."""
        for what, given in (("Names", self._names), ("Values", self._values)):
            idle = [key for key in given if key not in self._used]
            if idle:
                raise validation(
                    f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{', '.join(idle)}}}"
                )

    def _comparison(self, comparison: Comparison) -> Comparison:
        left, right = (self.operand(side, condition=True) for side in (comparison.left, comparison.right))
        check_comparison(comparison.operator, left, right)
        return Comparison(comparison.operator, left, right)

    def _between(self, between: Between) -> Between:
        operand, low, high = (
            self.operand(each, condition=True) for each in (between.operand, between.low, between.high)
        )
        check_between(low, high)
        return Between(operand, low, high)

    def _in(self, choice: In) -> In:
        options = tuple(self.operand(each, condition=True) for each in choice.options)
        return In(self.operand(choice.operand, condition=True), options)

    def _element(self, part: str | int) -> str | int:
        if isinstance(part, int) or not part.startswith("#"):
            return part
        if part not in self._names:
            raise ExpressionError(
                f"An expression attribute name used in the document path is not defined; attribute name: {part}"
            )
        self._used.add(part)
        return self._names[part]

    def _value(self, name: str) -> AttributeValue:
        if name not in self._values:
            raise ExpressionError(
                f"An expression attribute value used in expression is not defined; attribute value: {name}"
            )
        self._used.add(name)
        return self._values[name]


def _check_keys(parameter: str, given: Mapping[str, object] | None, form: re.Pattern[str]) -> None:
    if given is None:
        return
    if not given:
        raise validation(f"{parameter} must not be empty")
    for key in given:
        if not form.fullmatch(key):
            raise validation(f'{parameter} contains invalid key: Syntax error; key: "{key}"')
