"""Conditions: comparisons, BETWEEN, IN and functions, joined by NOT, AND, OR in that order of binding.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from functools import lru_cache

from terrarium.local.data.tables.expressions.reader import DEEPEST, Reader
from terrarium.local.data.tables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    ExpressionError,
    In,
    Not,
    Operand,
    Or,
)

_KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})
_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_MOST_OPTIONS = 100


@lru_cache(maxsize=1024)
def parse_condition(text: str) -> Condition:
    """The condition that a text states.

    Raises:
        ExpressionError: Where it states none.
    """
    reader = _ConditionReader(text)
    condition = reader.either(0)
    reader.expect_end()
    return condition


class _ConditionReader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text, _KEYWORDS)

    def either(self, depth: int) -> Condition:
        choices = [self.both(depth)]
        while self.skip("OR"):
            choices.append(self.both(depth))
        return choices[0] if len(choices) == 1 else Or(tuple(choices))

    def both(self, depth: int) -> Condition:
        demands = [self.negation(depth)]
        while self.skip("AND"):
            demands.append(self.negation(depth))
        return demands[0] if len(demands) == 1 else And(tuple(demands))

    def negation(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise ExpressionError("The expression is nested too deeply;")
        return Not(self.negation(depth + 1)) if self.skip("NOT") else self.primary(depth)

    def primary(self, depth: int) -> Condition:
        if self.peek().text == "(" and not self._parentheses_hold_an_operand():
            return self.group(depth)
        return self.comparison()

    def group(self, depth: int) -> Condition:
        opening = self._at
        self.expect("(")
        if self.peek().text == "(" and self._closing(opening + 1) + 1 == self._closing(opening):
            raise ExpressionError("The expression has redundant parentheses;")
        condition = self.either(depth + 1)
        self.expect(")")
        return condition

    def comparison(self) -> Condition:
        left = self.operand()
        if self.peek().text in _COMPARATORS:
            return Comparison(self.take().text, left, self.operand())
        if self.skip("BETWEEN"):
            return self.between(left)
        if self.skip("IN"):
            return self.options(left)
        if isinstance(left, Call):
            return left
        raise self.refuse()

    def between(self, operand: Operand) -> Between:
        low = self.operand()
        self.expect("AND")
        return Between(operand, low, self.operand())

    def options(self, operand: Operand) -> In:
        self.expect("(")
        found = [self.operand()]
        while self.skip(","):
            found.append(self.operand())
        self.expect(")")
        if len(found) > _MOST_OPTIONS:
            raise ExpressionError(
                "Invalid IN operator; The number of operands exceeds the maximum allowed; "
                f"number of operands: {len(found)}, maximum: {_MOST_OPTIONS}"
            )
        return In(operand, tuple(found))

    def _closing(self, opening: int) -> int:
        """Where the parenthesis opened at one place is closed, or -1."""
        open_ones = 0
        for at in range(opening, len(self._tokens)):
            open_ones += {"(": 1, ")": -1}.get(self._tokens[at].text, 0)
            if not open_ones:
                return at
        return -1

    def _parentheses_hold_an_operand(self) -> bool:
        """Whether ``(…)`` stands on the left of an operator, as in ``(a) = :b``, and is no condition of its own."""
        closing = self._closing(self._at)
        if closing < 0:
            return False
        following = self._tokens[closing + 1]
        return following.text in _COMPARATORS or following.text.upper() in ("BETWEEN", "IN")
