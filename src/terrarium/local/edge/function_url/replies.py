"""What a client receives: made of what the function returned, or of why there is nothing of it. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

JSON = "application/json"
#: The connection's own, which a function cannot decide.
_NOT_THEIRS = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive", "upgrade"})


class Answer(Struct, frozen=True):
    """An answer.

    Attributes:
        status: HTTP's status.
        headers: In order, a name perhaps several times.
        body: The body.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MalformedError(Exception):
    """A function returned what cannot be made an answer of."""


def answer(payload: bytes) -> Answer:
    """A function's result as an answer.

    Raises:
        MalformedError: It has a status, headers, cookies or a body that cannot be.
    """
    try:
        value = json.loads(payload or b"null")
    except (ValueError, RecursionError) as fault:
        raise MalformedError("it is no JSON") from fault
    if not isinstance(value, dict) or "statusCode" not in value:
        return Answer(200, (("content-type", JSON),), payload or b"null")
    headers, cookies = value.get("headers") or {}, value.get("cookies") or []
    if not isinstance(headers, Mapping) or not isinstance(cookies, list):
        raise MalformedError("headers are an object, and cookies a list")
    named = [(name.lower(), _text(content)) for name, content in headers.items()]
    if "content-type" not in dict(named):
        named.append(("content-type", JSON))
    own = [pair for pair in named if pair[0] not in _NOT_THEIRS]
    kept = (*own, *(("set-cookie", _text(cookie)) for cookie in cookies))
    if any(character in text for pair in kept for text in pair for character in "\r\n\0"):
        raise MalformedError("a header is of one line")
    return Answer(_status(value["statusCode"]), kept, _body(value))


def refusal(status: int, body: str, error: str = "") -> Answer:
    """Lambda's own answer where the function has none."""
    named = (("x-amzn-errortype", error),) if error else ()
    return Answer(status, (("content-type", JSON), *named), body.encode())


# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html is what the text itself names.
FORBIDDEN = refusal(
    403,
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
    "AccessDeniedException",
)
# https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
FAILED = refusal(502, "Internal Server Error")
# https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-throttling
THROTTLED = refusal(429, '{"Message":"Rate Exceeded."}', "TooManyRequestsException")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TOO_LARGE = refusal(413, '{"Message":"Request Entity Too Large"}', "RequestEntityTooLargeException")


# What a function returned is of any JSON type.
def _status(given: Any) -> int:
    number = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
    if isinstance(number, bool) or not isinstance(number, int) or not 200 <= number <= 599:
        raise MalformedError(f"{given!r} is no status of an answer")
    return number


def _body(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body)
    if not value.get("isBase64Encoded"):
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise MalformedError("the body is not base64") from fault


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)
