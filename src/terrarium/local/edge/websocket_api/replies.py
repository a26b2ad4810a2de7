"""What comes back: integrations' replies read as API Gateway reads them, and the errors it answers with itself.

A handler's own error text never passes through here to a client.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

_DECODER: Final = json.JSONDecoder()


class IntegrationReply(Struct, frozen=True):
    """What a backend hands back.

    Attributes:
        payload: The function's result, JSON.
        function_error: None, or the kind of error that made the payload: ``Unhandled`` or ``Handled``.
    """

    payload: bytes
    function_error: str | None = None


class ProxyReply(Struct, frozen=True):
    """A Lambda proxy integration's reply.

    Attributes:
        status: Its ``statusCode``.
        headers: Its ``headers``, names in lower case.
        body: Its ``body``, None where there is none.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the status says that all went well."""
        return 200 <= self.status < 300


class Refusal(enum.Enum):
    """What API Gateway answers by itself: status, text, and the response type that access logs show.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html

    A message that is throttled or times out gets the gateway response's text in the same frame as the two errors that
    are seen in the wild, ``Forbidden`` and ``Internal server error``; AWS documents the texts, not their frames.
    """

    BAD_REQUEST_BODY = (400, "Invalid request body", "BAD_REQUEST_BODY")
    BAD_REQUEST_PARAMETERS = (400, "Missing required request parameters", "BAD_REQUEST_PARAMETERS")
    FORBIDDEN = (403, "Forbidden", "ACCESS_DENIED")
    MISSING_AUTHENTICATION_TOKEN = (403, "Missing Authentication Token", "MISSING_AUTHENTICATION_TOKEN")
    INVALID_API_KEY = (403, "Forbidden", "INVALID_API_KEY")
    QUOTA_EXCEEDED = (429, "Limit Exceeded", "QUOTA_EXCEEDED")
    UNAUTHORIZED = (401, "Unauthorized", "UNAUTHORIZED")
    AUTHORIZER_FAILURE = (500, "Internal server error", "AUTHORIZER_FAILURE")
    AUTHORIZER_CONFIGURATION = (500, "Internal server error", "AUTHORIZER_CONFIGURATION_ERROR")
    UNSUPPORTED_MEDIA_TYPE = (415, "Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE")
    THROTTLED = (429, "Too Many Requests", "THROTTLED")
    NO_INTEGRATION = (500, "Internal server error", "API_CONFIGURATION_ERROR")
    INTEGRATION_FAILURE = (502, "Internal server error", "INTEGRATION_FAILURE")
    INTEGRATION_TIMEOUT = (504, "Endpoint request timed out", "INTEGRATION_TIMEOUT")

    def __init__(self, status: int, message: str, response_type: str) -> None:
        self.status = status
        self.message = message
        self.response_type = response_type

    def frame(self, connection_id: str, request_id: str, details: str = "") -> str:
        """The JSON text that a client receives, spaced as API Gateway's own template spaces it.

        Args:
            connection_id: The connection.
            request_id: The request.
            details: What the message goes on with.
        """
        return f'{{"message": "{self.message}{details}", "connectionId":"{connection_id}", "requestId":"{request_id}"}}'


def read(reply: IntegrationReply) -> ProxyReply | Refusal:
    """A Lambda proxy integration's reply, or the refusal that an error or a malformed reply becomes.

    A reply must be a JSON object with a ``statusCode``
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html).
    """
    if reply.function_error is not None:
        return Refusal.INTEGRATION_FAILURE
    try:
        value = _DECODER.decode(str(reply.payload, "utf-8"))
    except (ValueError, RecursionError):
        return Refusal.INTEGRATION_FAILURE
    if not isinstance(value, dict) or (status := _status(value.get("statusCode"))) is None:
        return Refusal.INTEGRATION_FAILURE
    return ProxyReply(status, _headers(value), _body(value.get("body")))


def why(reply: IntegrationReply) -> str:
    """Why a reply became a refusal, for the execution log: there, and nowhere else, is the handler's own text."""
    if reply.function_error is None:
        return "Execution failed due to configuration error: Malformed Lambda proxy response"
    text = str(reply.payload, "utf-8", "replace")
    return f"Lambda execution failed with status 200 due to customer function error: {text}"


def error_message(reply: IntegrationReply) -> str:
    """The ``errorMessage`` of a function that raised."""
    try:
        value = _DECODER.decode(str(reply.payload, "utf-8"))
    except (ValueError, RecursionError):
        return ""
    return str(value.get("errorMessage", "")) if isinstance(value, dict) else ""


# The three below read what a function returned: any JSON value.
def _status(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    return value if isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599 else None


def _headers(value: dict[str, Any]) -> dict[str, str]:
    headers = value.get("headers")
    return {name.lower(): str(item) for name, item in headers.items()} if isinstance(headers, dict) else {}


def _body(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
