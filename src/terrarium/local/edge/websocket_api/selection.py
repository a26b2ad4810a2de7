"""Route selection expressions: what in a message says which route it takes.

Pure text in, text out; it knows no routes but those it is handed.

Language:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
Routes: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any, Final, NoReturn

from msgspec import Struct

from terrarium.errors import UserError

CONNECT: Final = "$connect"
DISCONNECT: Final = "$disconnect"
DEFAULT: Final = "$default"

Step = str | int
"""A member's name or a list's index."""

_TOKEN: Final = re.compile(
    r"\\(?P<escaped>\$)"
    r"|\$\{request\.body\.(?P<braced>[^{}$]+)\}"
    r"|\$request\.body\.(?P<bare>[A-Za-z0-9_.\-\[\]]+)"
    r"|(?P<stray>\$)"
    r"|(?P<text>[^\\$]+|\\)"
)
_STEP: Final = re.compile(r"\[(\d{1,6})\]|([^.\[\]]+)")


class SelectionExpression:
    """A compiled route selection expression.

    Args:
        text: For example ``$request.body.action`` or ``${request.body.service}/${request.body.action}``.

    Raises:
        UserError: Where AWS would refuse it: it names something other than the message's body.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: tuple[str | tuple[Step, ...], ...] = tuple(_part(text, found) for found in _TOKEN.finditer(text))

    def __repr__(self) -> str:
        return f"SelectionExpression({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SelectionExpression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def evaluate(self, message: str) -> str | None:
        """The key that a message gives, or None where the message is not JSON.

        What the path does not find counts as empty text, and so selects ``$default``.
        """
        try:
            body = _DECODER.decode(message)
        except (ValueError, RecursionError):
            return None
        return "".join(part if isinstance(part, str) else _as_text(_find(body, part)) for part in self._parts)

    def select(self, message: str, routes: Container[str]) -> str | None:
        """The key of the route that a message takes, or None where no route is for it.

        The route whose key is exactly the evaluated value, else ``$default``; messages that are not JSON go to
        ``$default``
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html).
        ``$connect`` and ``$disconnect`` belong to the connection's own life: no message takes them by naming them.
        """
        key = self.evaluate(message)
        if key is not None and key in routes and key not in (CONNECT, DISCONNECT):
            return key
        return DEFAULT if DEFAULT in routes else None


def text_at(document: str, path: str) -> str:
    """The text at a path of a JSON document; empty where there is none, or the document is no JSON.

    Args:
        document: JSON, as text.
        path: For example ``user.names[0]``; empty for the whole.
    """
    try:
        return _as_text(_find(_DECODER.decode(document), _steps(path, path)))
    except (ValueError, RecursionError, UserError):
        return ""


class _Missing(Struct, frozen=True):
    """What a path finds where there is nothing."""


_MISSING: Final = _Missing()


def _refuse_constant(name: str) -> NoReturn:
    # Python's json reads NaN and Infinity, which are not JSON.
    raise ValueError(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _part(text: str, found: re.Match[str]) -> str | tuple[Step, ...]:
    path = found["braced"] or found["bare"]
    if path is not None:
        return _steps(text, path)
    if found["stray"]:
        raise UserError(
            f"the route selection expression {text!r} names something that is not in a message",
            hint="write $request.body.<path>, for example $request.body.action; a plain dollar sign is \\$",
        )
    return found["escaped"] or found["text"]


def _steps(text: str, path: str) -> tuple[Step, ...]:
    steps = tuple(int(found[1]) if found[1] else found[2] for found in _STEP.finditer(path))
    if _spelled(steps) != path:
        raise UserError(f"the route selection expression {text!r} has a malformed path {path!r}")
    return steps


def _spelled(steps: tuple[Step, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


# A message may hold any JSON value.
def _find(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        named = isinstance(step, str) and isinstance(value, dict) and step in value
        listed = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not (named or listed):
            return _MISSING
        value = value[step]
    return value


# A message may hold any JSON value.
def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or value is _MISSING else json.dumps(value)
