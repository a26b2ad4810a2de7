"""Selection expressions other than routes': which template, which model, which response.

Text in, text out; what a name stands for is asked of who knows.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.selection import DEFAULT

T = TypeVar("T")
Lookup = Callable[[str], str]
"""The value of a variable by its name without the dollar sign; empty where there is none."""

_TOKEN: Final = re.compile(
    r"\\(?P<escaped>\$)"
    r"|\$\{(?P<braced>[^{}$]+)\}"
    r"|(?P<default>\$default)\b"
    r"|\$(?P<bare>[A-Za-z][A-Za-z0-9_.\-\[\]]*)"
    r"|(?P<stray>\$)"
    r"|(?P<text>[^\\$]+|\\)"
)
_NAMES: Final = re.compile(
    r"request\.body(\..+)?|integration\.response\.(statuscode|body(\..+)?|(header|multivalueheader)\..+)"
)


class Expression:
    """A compiled selection expression.

    Args:
        text: For example ``${request.body.kind}``, ``$integration.response.statuscode`` or a key as it stands.

    Raises:
        UserError: It names what no expression can name.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = tuple(_part(text, found) for found in _TOKEN.finditer(text))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def evaluate(self, lookup: Lookup) -> str:
        """The key that it gives."""
        return "".join(lookup(part) if variable else part for variable, part in self._parts)


def choose(options: Mapping[str, T], expression: Expression | None, lookup: Lookup) -> T | None:
    """What is selected: by the expression's key, else ``$default``.

    Without an expression it is what stands under ``application/json``, the type of every message of a WebSocket API,
    as in AWS's own example of a mock integration
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html).
    """
    key = "application/json" if expression is None else expression.evaluate(lookup)
    return options.get(key, options.get(DEFAULT))


def _part(text: str, found: re.Match[str]) -> tuple[bool, str]:
    name = found["braced"] or found["bare"]
    if name is not None and _NAMES.fullmatch(name):
        return True, name
    if name is not None or found["stray"]:
        raise UserError(
            f"the selection expression {text!r} names something that is not there",
            hint="for example ${request.body.kind} or ${integration.response.statuscode}; a plain dollar sign is \\$",
        )
    return False, found["escaped"] or found["default"] or found["text"]
