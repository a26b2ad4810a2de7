"""Mapping templates: what API Gateway gives them to work with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import jsonpath
from terrarium.local.edge.websocket_api.velocity import VelocityError, VelocityTemplate
from terrarium.local.edge.websocket_api.velocity.values import Functions

_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", '"': '\\"', "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n",
                   "\r": "\\r", "\t": "\\t"}  # fmt: skip
_UNSAFE: Final = re.compile(r"[\\'\"/\x00-\x1f\x7f-\uffff]")


class MappingError(Exception):
    """A template could not be applied to what came."""


class MappingTemplate:
    """A compiled mapping template.

    Args:
        text: In Velocity's language.

    Raises:
        UserError: It cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._template = VelocityTemplate(text)
        except VelocityError as error:
            hint = "what is known here: references, #set, #if, #foreach, #break, #stop and comments"
            raise UserError(f"a mapping template cannot be read: {error}", hint=hint) from error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MappingTemplate) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    # A request's context holds any JSON.
    def render(self, body: str, context: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """What it makes of a payload.

        Args:
            body: The payload: a message, or an integration's reply.
            context: ``$context``.
            variables: ``$stageVariables``.

        Raises:
            MappingError: It cannot be applied to this payload.
        """
        known = {"input": _input(body), "context": dict(context), "stageVariables": dict(variables), "util": UTIL}
        try:
            return self._template.render(known)
        except (VelocityError, RecursionError) as error:
            raise MappingError(f"the mapping template failed: {error}") from error


# The functions below give templates what is in payloads: any JSON.
def _input(body: str) -> Functions:
    document = _parsed(body)

    def path(expression: str) -> Any:
        return _found(expression, document)

    def as_json(expression: str) -> str:
        found = _found(expression, document)
        return "" if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    return Functions({"path": path, "json": as_json}, {"body": body})


def _found(expression: str, document: Any) -> Any:
    try:
        return jsonpath.find(expression, document)
    except jsonpath.JsonPathError as error:
        raise VelocityError(str(error)) from error


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body  # what is no JSON is a text, at $


def _escape_javascript(text: Any) -> str:
    return _UNSAFE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", str(text))


def _parse_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError) as error:
        raise VelocityError(f"$util.parseJson: {error}") from error


def _base64_decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error as error:
        raise VelocityError(f"$util.base64Decode: {error}") from error


UTIL: Final = Functions(
    {
        "escapeJavaScript": _escape_javascript,
        "parseJson": _parse_json,
        "urlEncode": lambda text: quote_plus(str(text), safe="*-._"),
        "urlDecode": lambda text: unquote_plus(str(text)),
        "base64Encode": lambda text: base64.b64encode(str(text).encode("utf-8", "replace")).decode(),
        "base64Decode": _base64_decode,
    }
)
