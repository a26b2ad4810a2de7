"""A statement's text cut into tokens."""

from __future__ import annotations

import re

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.errors import validation

LONGEST = 8192  # characters: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><<|>>|<>|!=|<=|>=|[=<>(),.\[\]{}:?*+-])|(?P<unknown>\S))""",
    re.ASCII,
)


class Token(Struct, frozen=True):
    """A piece of a statement; its kind is ``text``, ``quoted``, ``number``, ``name``, ``sign`` or ``end``."""

    kind: str
    text: str


def malformed(detail: str) -> AwsError:
    """The refusal of a statement that cannot be read."""
    return validation(f"Statement wasn't well formed, can't be processed: {detail}")


def tokens_of(statement: str) -> list[Token]:
    """All tokens, without quotes, the last of kind ``end``.

    Raises:
        AwsError: ValidationException for a statement that is too long or has an unknown character.
    """
    if len(statement) > LONGEST:
        raise malformed(f"Statement is longer than {LONGEST} characters")
    found = []
    for match in _TOKEN.finditer(statement.rstrip().removesuffix(";")):
        kind = match.lastgroup or "unknown"
        if kind == "unknown":
            raise malformed(f"Unexpected character: {match[kind]}")
        found.append(Token(kind, _unquoted(kind, match[kind])))
    return [*found, Token("end", "")]


def _unquoted(kind: str, text: str) -> str:
    if kind not in ("text", "quoted"):
        return text
    return text[1:-1].replace(text[0] * 2, text[0])
