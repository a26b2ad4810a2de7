"""What a function behind the balancer is told, and what is made of its answer. Pure.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from terrarium.local.edge.load_balancer.headers import HOP_BY_HOP
from terrarium.local.edge.load_balancer.pages import SERVER

#: Of a request's body, and of the JSON that a function answers with.
LARGEST = 1_048_576
#: Bodies of these kinds go as they are, all others in base64.
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
USER_AGENT = "ELB-HealthChecker/2.0"


class Invoked(Struct, frozen=True):
    """What an invocation gave.

    Attributes:
        payload: What the function returned, JSON.
        failed: Whether it ended with an error.
    """

    payload: bytes
    failed: bool


#: Runs a function, by its ARN, with an event and the trace's header; raises `AwsError` where Lambda refuses.
Invoke = Callable[[str, bytes, str], Awaitable[Invoked]]


class Asked(Struct, frozen=True):
    """A request as a function gets it.

    Attributes:
        method: HTTP's method.
        path: As the client sent it, percent-encoding kept.
        query: What follows the question mark, likewise.
        headers: In their order, a name perhaps several times.
        body: The body.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(Struct, frozen=True):
    """What the client gets; headers in their order, a name perhaps several times."""

    status: int
    reason: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MalformedError(Exception):
    """A function returned what cannot be made an answer of."""


def event(asked: Asked, group: str, *, several: bool) -> bytes:
    """The event for a request.

    Args:
        asked: The request.
        group: The target group's ARN.
        several: Whether headers and parameters come with all their values, or with the last of each alone.
    """
    named = [(name.lower(), value) for name, value in asked.headers]
    pairs = [part.partition("=")[::2] for part in asked.query.split("&") if part]
    content_type = dict(named).get("content-type", "").strip().lower()
    encoded = bool(asked.body) and (not content_type.startswith(_TEXT) or "content-encoding" in dict(named))
    body = base64.b64encode(asked.body).decode() if encoded else asked.body.decode("utf-8", "replace")
    if several:
        found: Mapping[str, object] = {
            "multiValueQueryStringParameters": _all(pairs),
            "multiValueHeaders": _all(named),
        }
    else:
        found = {"queryStringParameters": dict(pairs), "headers": dict(named)}
    return _json(group, asked.method, asked.path, {**found, "body": body, "isBase64Encoded": encoded})


def check_event(group: str, path: str, *, several: bool) -> bytes:
    """The event of a health check.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#enable-health-checks-lambda
    """
    return event(Asked("GET", path, "", (("user-agent", USER_AGENT),), b""), group, several=several)


def _json(group: str, method: str, path: str, rest: Mapping[str, object]) -> bytes:
    context = {"elb": {"targetGroupArn": group}}
    made = {"requestContext": context, "httpMethod": method, "path": path, **rest}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _all(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def answer(payload: bytes, *, several: bool) -> Answer:
    """A function's result as an answer.

    Args:
        payload: What it returned.
        several: Whether headers have lists of values.

    Raises:
        MalformedError: It is no answer, or one larger than a megabyte.
    """
    if len(payload) > LARGEST:
        raise MalformedError("LambdaResponseTooLarge")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as fault:
        raise MalformedError("LambdaInvalidResponse") from fault
    if not isinstance(value, dict):
        raise MalformedError("LambdaInvalidResponse")
    headers = _headers(value.get("multiValueHeaders" if several else "headers") or {}, several=several)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/octet-stream"))
    if not any(name.lower() == "server" for name, _ in headers):
        headers.append(("Server", SERVER))
    return Answer(_status(value.get("statusCode")), _reason(value), tuple(headers), _body(value))


# What a function returned is of any JSON type.
def _headers(given: Any, *, several: bool) -> list[tuple[str, str]]:
    if not isinstance(given, Mapping):
        raise MalformedError("LambdaInvalidResponse")
    found = []
    for name, content in given.items():
        if several and not isinstance(content, list):
            raise MalformedError("LambdaInvalidResponse")
        found += [(name, _text(one)) for one in (content if several else [content])]
    if any(character in text for pair in found for text in pair for character in "\r\n\0"):
        raise MalformedError("LambdaInvalidResponse")
    # The connection is the balancer's, and it computes the length by itself.
    return [pair for pair in found if pair[0].lower() not in HOP_BY_HOP | {"content-length"}]


def _text(content: Any) -> str:
    if not isinstance(content, (str, int, float)):
        raise MalformedError("LambdaInvalidResponse")
    return content if isinstance(content, str) else json.dumps(content)


def _status(given: Any) -> int:
    number = int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given
    if isinstance(number, bool) or not isinstance(number, int) or not 200 <= number <= 599:
        raise MalformedError("LambdaInvalidResponse")
    return number


def _reason(value: Mapping[str, Any]) -> str | None:
    """The phrase of ``statusDescription``, which repeats the status before it."""
    given = value.get("statusDescription")
    if given is None:
        return None
    if not isinstance(given, str) or any(character in given for character in "\r\n\0"):
        raise MalformedError("LambdaInvalidResponse")
    return given.partition(" ")[2] or None


def _body(value: Mapping[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedError("LambdaInvalidResponse")
    if not value.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise MalformedError("LambdaInvalidResponse") from fault
