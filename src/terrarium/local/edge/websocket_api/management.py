"""The ``@connections`` API: what backends call to reach a client.

Requests in, responses out; who may call it was decided before.

https://docs.aws.amazon.com/apigatewaymanagementapi/latest/developerguide/connections-connectionid.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Final

from aiohttp import hdrs, web

from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.connection import Connection
from terrarium.local.edge.websocket_api.context import milliseconds

_ERRORS: Final = {
    "GoneException": (410, "The connection with the provided id no longer exists."),
    "PayloadTooLargeException": (413, "The data has exceeded the maximum size allowed."),
    "LimitExceededException": (
        429,
        "The client is sending more than the allowed number of requests per unit of time, or its buffer is full.",
    ),
    "MethodNotAllowedException": (405, "@connections takes POST, GET and DELETE."),
}


def error(code: str) -> AwsError:
    """One of the errors of ``@connections``."""
    status, message = _ERRORS[code]
    return AwsError(code, message, status)


async def posted_data(request: web.Request) -> bytes:
    """The body of a POST, read no further than tells that it is longer than a message may be."""
    data = bytearray()
    async for piece in request.content.iter_any():
        data += piece
        if len(data) > limits.MESSAGE_BYTES:
            break
    return bytes(data)


def described(connection: Connection) -> bytes:
    """What GET tells of a connection."""
    opening = connection.opening
    facts = {
        "connectedAt": iso_time(opening.connected_at),
        "identity": {"sourceIp": opening.source_ip, "userAgent": opening.user_agent or ""},
        "lastActiveAt": iso_time(connection.last_active_at),
    }
    return json.dumps(facts).encode()


def reply(request_id: str, status: int = 200, body: bytes = b"") -> Reply:
    """An answer."""
    return Reply(status, body, {"Content-Type": "application/json", "x-amzn-RequestId": request_id})


def iso_time(seconds: float) -> str:
    """A time as ``@connections`` writes it, for example ``2024-02-09T18:11:43.419Z``."""
    whole, rest = divmod(milliseconds(seconds), 1000)
    return f"{dt.datetime.fromtimestamp(whole, dt.UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


def refused(refusal: AwsError, request_id: str) -> Reply:
    """A refusal as the real API gives it: the error's name in a header, and no body.

    SDKs show such an error with an empty message, as they do with AWS's own:
    https://github.com/aws/aws-sdk-php/issues/2285, https://github.com/aws/aws-sdk-java/issues/2200
    """
    headers = {"x-amzn-ErrorType": refusal.code, "x-amzn-RequestId": request_id}
    return Reply(refusal.status, b"", headers)


def unsigned(request: web.Request, request_id: str) -> web.Response:
    """The refusal of a request without a signature, or with something else in its place.

    https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch
    An ``Authorization`` of another kind is taken for a signature: https://github.com/aws/chalice/issues/828
    """
    code, message = "MissingAuthenticationTokenException", "Missing Authentication Token"
    if request.headers.get(hdrs.AUTHORIZATION):
        code = "IncompleteSignatureException"
        wanted = ("'Credential' parameter", "'Signature' parameter", "'SignedHeaders' parameter")
        message = " ".join(f"Authorization header requires {one}." for one in wanted)
    headers = {"x-amzn-ErrorType": code, "x-amzn-RequestId": request_id}
    return web.json_response({"message": message}, status=403, headers=headers)


def respond(reply: Reply) -> web.Response:
    """An answer as the web server sends it."""
    return web.Response(status=reply.status, body=reply.body or None, headers=reply.headers)
