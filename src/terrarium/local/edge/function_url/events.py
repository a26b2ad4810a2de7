"""The event that a function receives for a request to its URL: payload format 2.0. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec import Struct

#: Kinds of content that are text; everything else is base64, also what says nothing of its kind.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")


class Caller(Struct, frozen=True):
    """Who signed a request.

    Attributes:
        access_key: Their access key.
        account: Twelve digits.
        user_id: Their unique id.
        arn: Their ARN.
    """

    access_key: str
    account: str
    user_id: str
    arn: str


class Received(Struct, frozen=True):
    """A request as it came.

    Attributes:
        method: HTTP's method.
        path: The path below the URL, percent-encoding kept.
        query: What follows the question mark.
        headers: Every header in its order.
        body: The body.
        source: The client's address.
        protocol: For example ``HTTP/1.1``.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source: str
    protocol: str


# An event has members of any JSON type.
def event(
    received: Received, *, url_id: str, domain: str, request_id: str, now: float, account: str, caller: Caller | None
) -> dict[str, Any]:
    """The event.

    Args:
        received: The request.
        url_id: The function URL's id.
        domain: Its host name in AWS.
        request_id: The request's id.
        now: Seconds since the epoch.
        account: Whose function it is.
        caller: Who signed the request, where the URL asks for that.
    """
    headers = joined(received.headers)
    cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
    parameters = joined(parse_qsl(received.query, keep_blank_values=True), lower=False)
    encoded = bool(received.body) and not _is_text(headers.get("content-type", ""))
    body = base64.b64encode(received.body).decode() if encoded else received.body.decode("utf-8", "replace")
    path = unquote(received.path)
    context: dict[str, Any] = {
        "accountId": account if caller else "anonymous",
        "apiId": url_id,
        "domainName": domain,
        "domainPrefix": url_id,
        "http": {
            "method": received.method,
            "path": path,
            "protocol": received.protocol,
            "sourceIp": received.source,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": received.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": parameters} if parameters else {}),
        "requestContext": context | ({"authorizer": {"iam": _identity(caller)}} if caller else {}),
        **({"body": body} if received.body else {}),
        "isBase64Encoded": encoded,
    }


def joined(pairs: Iterable[tuple[str, str]], *, lower: bool = True) -> dict[str, str]:
    """Names with their values, several of one name joined by commas."""
    found: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower() if lower else given
        separator = "; " if name == "cookie" and lower else ","
        found[name] = f"{found[name]}{separator}{value}" if name in found else value
    return found


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith(_TEXT) or kind.endswith(_TEXT_SUFFIXES)


def _identity(caller: Caller) -> Mapping[str, Any]:
    return {
        "accessKey": caller.access_key,
        "accountId": caller.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }
