"""References inside text.

An expression that is put into a string becomes a token: one ASCII word that survives quoting and ``json.dumps``. It is
decoded once, where the text enters the graph. A token that was altered or cut on the way is found there, since both its
ends are marked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terrarium.errors import UserError
from terrarium.model.origin import origin

if TYPE_CHECKING:
    from terrarium.model.expressions import Expression

# Both ends are words that nobody writes by chance, so that a piece of a token is recognised whichever end was lost.
_TOKEN = re.compile(r"__terrarium(\d+)_[a-z0-9_]*?_muirarret__", re.IGNORECASE)
_FRAGMENT = re.compile(r"__terrarium\d+(_|$)|muirarret", re.IGNORECASE)

# Tokens live as long as the process: a text may be held anywhere before it enters a graph.
_expressions: list[Expression] = []
_tokens: dict[Expression, str] = {}


def token(expression: Expression) -> str:
    """The word that stands for an expression inside text."""
    known = _tokens.get(expression)
    if known is None:
        hint = re.sub(r"[^a-z0-9]+", "_", repr(expression).lower()).strip("_")[:60].strip("_")
        known = _tokens[expression] = f"__terrarium{len(_expressions)}_{hint}_muirarret__"
        _expressions.append(expression)
    return known


def decode(text: str) -> list[str | Expression] | None:
    """The text and expressions that a string is made of; nothing where it holds no token.

    Raises:
        UserError: A token in it was changed or cut.
    """
    if "rar" not in text.lower():  # it is in both of a token's ends
        return None
    parts: list[str | Expression] = []
    at = 0
    for match in _TOKEN.finditer(text):
        number = int(match[1])
        if number >= len(_expressions) or _tokens[_expressions[number]] != match[0]:
            raise _altered(match[0])
        parts += [_plain(text[at : match.start()]), _expressions[number]]
        at = match.end()
    parts.append(_plain(text[at:]))
    found = [part for part in parts if not isinstance(part, str) or part]
    return found if any(not isinstance(part, str) for part in found) else None


def holds_token(text: str) -> bool:
    """Whether a token is still in a text, which would be a bug of a writer."""
    return bool(_TOKEN.search(text))


def _plain(text: str) -> str:
    found = _FRAGMENT.search(text)
    if found:
        raise _altered(text)
    return text


def _altered(text: str) -> UserError:
    return UserError(
        f"a reference inside the text {text!r} was changed or cut before it reached the graph",
        where=origin(),
        hint="its value is known only on deployment: join texts with f-strings, but do not slice or change their case",
    )
