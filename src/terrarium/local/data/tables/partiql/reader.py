"""The tokens of a statement and the values and paths that they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.expressions.reader import DEEPEST
from terrarium.local.data.tables.expressions.tree import Path
from terrarium.local.data.tables.partiql.tokens import Token, malformed, tokens_of
from terrarium.local.data.tables.values.check import checked
from terrarium.local.data.tables.values.wire import AttributeValue

_CONSTANTS: dict[str, AttributeValue] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}


class StatementReader:
    """Reads from left to right.

    Args:
        statement: The text.
        parameters: What its question marks stand for, in order.
    """

    def __init__(self, statement: str, parameters: Sequence[AttributeValue]) -> None:
        self._tokens = tokens_of(statement)
        self._at = 0
        self._parameters = list(parameters)

    def peek(self, ahead: int = 0) -> Token:
        """The token here, or some places further on."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The token here, which is then behind."""
        token = self.peek()
        self._at += 1
        return token

    def word(self, *words: str) -> bool:
        """Moves past keywords if they are here, one after the other, and says whether they were."""
        here = all(
            self.peek(ahead).kind == "name" and self.peek(ahead).text.upper() == word
            for ahead, word in enumerate(words)
        )
        self._at += len(words) if here else 0
        return here

    def sign(self, sign: str) -> bool:
        """Moves past a sign if it is here, and says whether it was."""
        here = self.peek() == Token("sign", sign)
        self._at += here
        return here

    def expect(self, sign: str) -> None:
        """Moves past a sign that has to be here."""
        if not self.sign(sign):
            raise self.refuse()

    def expect_word(self, word: str) -> None:
        """Moves past a keyword that has to be here."""
        if not self.word(word):
            raise self.refuse()

    def expect_end(self) -> None:
        """Nothing may follow, and no parameter may be left."""
        if self.peek().kind != "end":
            raise self.refuse()
        if self._parameters:
            raise malformed("Number of parameters in request and statement don't match.")

    def refuse(self) -> AwsError:
        """The error that the token here is."""
        return malformed(f"Unexpected token: {self.peek().text or '<EOF>'}")

    def identifier(self) -> str:
        """A name, with or without quotation marks."""
        if self.peek().kind not in ("name", "quoted"):
            raise self.refuse()
        return self.take().text

    def path(self) -> Path:
        """``name.name[0]…``."""
        elements: list[str | int] = [self.identifier()]
        while True:
            if self.sign("."):
                elements.append(self.identifier())
            elif self.sign("["):
                elements.append(self._position())
            else:
                return Path(tuple(elements))

    def at_value(self) -> bool:
        """Whether a value begins here."""
        token = self.peek()
        return (
            token.kind in ("text", "number")
            or token.text in ("?", "[", "{", "<<", "-")
            or (token.kind == "name" and token.text.upper() in _CONSTANTS)
        )

    def value(self) -> AttributeValue:
        """A parameter or literal, checked."""
        return checked(self._raw(0))

    def _raw(self, depth: int) -> AttributeValue:
        if depth > DEEPEST:
            raise malformed("Values are nested too deeply")
        token = self.take()
        if token.text == "?" and token.kind == "sign":
            return self._parameter()
        if token.kind == "text":
            return {"S": token.text}
        if token.kind == "number":
            return {"N": token.text}
        if token.kind == "name" and token.text.upper() in _CONSTANTS:
            return _CONSTANTS[token.text.upper()]
        return self._collection(token, depth)

    def _collection(self, token: Token, depth: int) -> AttributeValue:
        if token == Token("sign", "-") and self.peek().kind == "number":
            return {"N": f"-{self.take().text}"}
        if token == Token("sign", "["):
            return {"L": self._members("]", depth)}
        if token == Token("sign", "<<"):
            return self._set(self._members(">>", depth))
        if token == Token("sign", "{"):
            return {"M": self._map(depth)}
        self._at -= 1
        raise self.refuse()

    def _members(self, closing: str, depth: int) -> list[AttributeValue]:
        members: list[AttributeValue] = []
        while not self.sign(closing):
            if members:
                self.expect(",")
            members.append(self._raw(depth + 1))
        return members

    def _set(self, members: list[AttributeValue]) -> AttributeValue:
        kinds = {next(iter(member)) for member in members}
        if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
            raise malformed("A set holds strings, numbers or binary values of one type")
        kind = kinds.pop()
        return {f"{kind}S": [member[kind] for member in members]}

    def _map(self, depth: int) -> dict[str, AttributeValue]:
        members: dict[str, AttributeValue] = {}
        while not self.sign("}"):
            if members:
                self.expect(",")
            if self.peek().kind not in ("text", "quoted"):
                raise self.refuse()
            name = self.take().text
            self.expect(":")
            members[name] = self._raw(depth + 1)
        return members

    def _parameter(self) -> AttributeValue:
        if not self._parameters:
            raise malformed("Number of parameters in request and statement don't match.")
        return self._parameters.pop(0)

    def _position(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise malformed(f"Unexpected token: {token.text or '<EOF>'}")
        self.expect("]")
        return int(token.text)
