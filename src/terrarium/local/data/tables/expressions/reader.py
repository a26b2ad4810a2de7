"""What the grammars of conditions, updates and projections share: looking at tokens, and reading paths and operands."""

from __future__ import annotations

from terrarium.local.data.tables.expressions.reserved import RESERVED
from terrarium.local.data.tables.expressions.tokens import Token, tokens_of, unexpected
from terrarium.local.data.tables.expressions.tree import Call, ExpressionError, Operand, Path, Placeholder

# Deeper than any expression of 4 KB that a person writes, and shallow enough for the interpreter's stack.
DEEPEST = 100


class Reader:
    """The tokens of one expression and the place that has been reached.

    Args:
        text: The expression.
        keywords: Words that this grammar keeps for itself, in capitals.
    """

    def __init__(self, text: str, keywords: frozenset[str]) -> None:
        self._text = text
        self._keywords = keywords
        self._tokens = tokens_of(text)
        self._at = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token at this place, or some places further on."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token at this place, which is then behind."""
        token = self.peek()
        self._at += 1
        return token

    def keyword(self) -> str:
        """The keyword at this place in capitals, or nothing."""
        token = self.peek()
        word = token.text.upper()
        return word if token.kind == "name" and word in self._keywords else ""

    def skip(self, sign: str) -> bool:
        """Moves past a sign or keyword if it is here, and says whether it was."""
        here = (self.peek().kind == "sign" and self.peek().text == sign) or self.keyword() == sign
        self._at += here
        return here

    def expect(self, sign: str) -> None:
        """Moves past a sign or keyword that has to be here."""
        if not self.skip(sign):
            raise self.refuse()

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self.peek().kind != "end":
            raise self.refuse()

    def refuse(self) -> ExpressionError:
        """The error that the token at this place is."""
        return unexpected(self._text, self._tokens, self._at)

    def operand(self, depth: int = 0) -> Operand:
        """A value, a function with its operands, or a path; parentheses around it say nothing."""
        if depth > DEEPEST:
            raise ExpressionError("The expression is nested too deeply;")
        if self.skip("("):
            inner = self.operand(depth + 1)
            self.expect(")")
            return inner
        if self.peek().kind == "value":
            return Placeholder(self.take().text)
        if self.peek().kind == "name" and self.peek(1).text == "(" and not self.keyword():
            return self.call(depth)
        return self.path()

    def call(self, depth: int) -> Call:
        """``function(operand, …)``."""
        name = self.take().text
        self.expect("(")
        operands = [self.operand(depth + 1)]
        while self.skip(","):
            operands.append(self.operand(depth + 1))
        self.expect(")")
        return Call(name, tuple(operands))

    def path(self) -> Path:
        """``name.name[0]…``."""
        elements: list[str | int] = [self._element()]
        while True:
            if self.skip("."):
                elements.append(self._element())
            elif self.skip("["):
                elements.append(self._position())
            else:
                return Path(tuple(elements))

    def _element(self) -> str:
        token = self.peek()
        if token.kind not in ("name", "attribute") or self.keyword():
            raise self.refuse()
        if token.kind == "name" and token.text.upper() in RESERVED:
            raise ExpressionError(f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        return self.take().text

    def _position(self) -> int:
        if self.peek().kind != "number":
            raise self.refuse()
        position = int(self.take().text)
        self.expect("]")
        return position
