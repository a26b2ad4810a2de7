"""An expression's text cut into tokens, with what DynamoDB says of text it cannot read."""

from __future__ import annotations

import re

from msgspec import Struct

from terrarium.local.data.tables.expressions.tree import ExpressionError

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
LONGEST = 4096

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<attribute>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<number>\d+)|(?P<sign><>|<=|>=|[=<>(),.\[\]+-])|(?P<unknown>\S))",
    re.ASCII,
)


class Token(Struct, frozen=True):
    """A piece of an expression; its kind is ``name``, ``attribute``, ``value``, ``number``, ``sign`` or ``end``."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens, the last of kind ``end``.

    Raises:
        ExpressionError: For an empty or overlong expression, or a character that no token begins with.
    """
    if not text.strip():
        raise ExpressionError("The expression can not be empty;")
    if len(text.encode()) > LONGEST:
        raise ExpressionError("Expression size has exceeded the maximum allowed size;")
    found = [_token(match) for match in _TOKEN.finditer(text)]
    found.append(Token("end", "<EOF>", len(text), len(text)))
    for at, token in enumerate(found):
        if token.kind == "unknown":
            raise unexpected(text, found, at)
    return found


def unexpected(text: str, tokens: list[Token], at: int) -> ExpressionError:
    """The syntax error at one token, with its neighbours shown."""
    token = tokens[at]
    near = text[tokens[max(at - 1, 0)].start : tokens[min(at + 1, len(tokens) - 1)].end]
    return ExpressionError(f'Syntax error; token: "{token.text}", near: "{near}"')


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup or "unknown"
    return Token(kind, match[kind], match.start(kind), match.end(kind))
