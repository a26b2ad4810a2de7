"""Updates: the clauses SET, REMOVE, ADD and DELETE, each at most once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from functools import lru_cache

from terrarium.local.data.tables.expressions.reader import DEEPEST, Reader
from terrarium.local.data.tables.expressions.tree import Action, Arithmetic, ExpressionError, Operand, Placeholder

_CLAUSES = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


@lru_cache(maxsize=1024)
def parse_update(text: str) -> tuple[Action, ...]:
    """The changes that a text asks for, in its order.

    Raises:
        ExpressionError: Where it is no update.
    """
    reader = _UpdateReader(text)
    actions: list[Action] = []
    seen: set[str] = set()
    while True:
        clause = reader.clause(seen)
        actions += reader.actions(clause)
        if reader.peek().kind == "end":
            return tuple(actions)


class _UpdateReader(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text, _CLAUSES)

    def clause(self, seen: set[str]) -> str:
        clause = self.keyword()
        if not clause:
            raise self.refuse()
        if clause in seen:
            raise ExpressionError(f'The "{clause}" section can only be used once in an update expression;')
        seen.add(clause)
        self.take()
        return clause

    def actions(self, clause: str) -> list[Action]:
        found = [self.action(clause)]
        while self.skip(","):
            found.append(self.action(clause))
        return found

    def action(self, clause: str) -> Action:
        path = self.path()
        if clause == "SET":
            self.expect("=")
            return Action(clause, path, self.sum())
        return Action(clause, path, None if clause == "REMOVE" else self.value())

    def value(self) -> Placeholder:
        if self.peek().kind != "value":
            raise self.refuse()
        return Placeholder(self.take().text)

    def sum(self, depth: int = 0) -> Operand:
        """An operand, or two with a sign between; parentheses may hold either."""
        if depth > DEEPEST:
            raise ExpressionError("The expression is nested too deeply;")
        left = self.grouped_sum(depth) if self.peek().text == "(" else self.operand()
        if self.peek().text in ("+", "-"):
            operator = self.take().text
            return Arithmetic(operator, left, self.operand())
        return left

    def grouped_sum(self, depth: int) -> Operand:
        self.expect("(")
        inner = self.sum(depth + 1)
        self.expect(")")
        return inner
