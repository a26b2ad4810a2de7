"""The events that functions receive from a WebSocket API, and the variables that access logs show.

Values in, values out: ids and times are passed in, nothing here opens a socket or calls a function.

Shapes:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
Fields:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from terrarium.local.edge.websocket_api.authorizers import Principal
from terrarium.local.edge.websocket_api.selection import CONNECT, DISCONNECT
from terrarium.local.edge.websocket_api.settings import ApiSettings

# Values of an event are any JSON.
Event = dict[str, Any]

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_HOP_BY_HOP: Final = frozenset({"connection", "upgrade", "keep-alive", "proxy-connection", "te", "transfer-encoding"})


class Caller(Struct, frozen=True):
    """Whoever signed a handshake.

    Attributes:
        access_key: The access key's id.
        account: Twelve digits.
        user_id: The role's id and the session's name, or the account.
        arn: The ARN of the role's session, or of the account's root.
    """

    access_key: str
    account: str
    user_id: str
    arn: str

    def variables(self) -> Event:
        """What ``requestContext.identity`` tells of it."""
        cognito = ("IdentityPoolId", "IdentityId", "AuthenticationType", "AuthenticationProvider")
        return {
            **{f"cognito{name}": None for name in cognito},
            "accessKey": self.access_key,
            "accountId": self.account,
            "caller": self.user_id,
            "user": self.user_id,
            "userArn": self.arn,
        }


class Opening(Struct, frozen=True):
    """What is known of a connection from its handshake on.

    Attributes:
        connection_id: For example ``L0SM9cOFvHcCIhw=``.
        connected_at: Seconds since the epoch.
        source_ip: The client's address.
        user_agent: What the client calls itself, if it does.
        headers: The handshake's headers in their order, as the client spelled them.
        query: The query string's parameters in their order.
        caller: Who signed it, where ``$connect`` asks for that.
        domain_name: The custom domain name that it came through; empty where it came to the API's own endpoint.
    """

    connection_id: str
    connected_at: float
    source_ip: str
    user_agent: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    caller: Caller | None = None
    domain_name: str = ""


class Occasion(Struct, frozen=True):
    """One request through the API.

    Attributes:
        event_type: ``CONNECT``, ``MESSAGE`` or ``DISCONNECT``.
        route_key: The route it takes; empty where none is for it.
        request_id: Its id.
        time: Seconds since the epoch.
        message_id: The message's id, for a message.
        details: What else belongs into its context: ``disconnectStatusCode``, ``disconnectReason``.
    """

    event_type: str
    route_key: str
    request_id: str
    time: float
    message_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def event_type(route_key: str) -> str:
    """Which of the three kinds of event a route key stands for."""
    return {CONNECT: "CONNECT", DISCONNECT: "DISCONNECT"}.get(route_key, "MESSAGE")


def request_time(seconds: float) -> str:
    """A time as request contexts write it, for example ``09/Feb/2024:18:11:43 +0000``, in every locale."""
    return _whole_second(int(seconds))


# Every request of the same second has the same text.
@functools.lru_cache(maxsize=8)
def _whole_second(seconds: int) -> str:
    at = time.gmtime(seconds)
    return f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"


def request_context(
    settings: ApiSettings, opening: Opening, occasion: Occasion, principal: Principal | None = None
) -> Event:
    """The ``requestContext`` of an event, in AWS's own order of keys."""
    context: Event = {"routeKey": occasion.route_key}
    if principal is not None:
        context["authorizer"] = principal.variables()
    if occasion.message_id is not None:
        context["messageId"] = occasion.message_id
    context |= {
        "eventType": occasion.event_type,
        "extendedRequestId": occasion.request_id,
        "requestTime": request_time(occasion.time),
        "messageDirection": "IN",
        "stage": settings.stage,
        "connectedAt": milliseconds(opening.connected_at),
        "requestTimeEpoch": milliseconds(occasion.time),
        "identity": _identity(opening),
        "requestId": occasion.request_id,
        "domainName": opening.domain_name or settings.domain_name,
        "connectionId": opening.connection_id,
        "apiId": settings.api_id,
    }
    return {**context, **occasion.details}


def connect_event(settings: ApiSettings, opening: Opening, context: Event) -> Event:
    """The event of ``$connect``: the handshake's headers and query string, and no body."""
    headers = [(name, value) for name, value in opening.headers if name.lower() not in _HOP_BY_HOP]
    return _event(settings, {**_handshake(opening, headers), "requestContext": context})


def _handshake(opening: Opening, headers: Sequence[tuple[str, str]]) -> Event:
    """Headers and query string as events carry them; parameters only where there are any."""
    carried: Event = {"headers": dict(headers), "multiValueHeaders": _gathered(headers)}
    if opening.query:
        carried["queryStringParameters"] = dict(opening.query)
        carried["multiValueQueryStringParameters"] = _gathered(opening.query)
    return carried


def message_event(settings: ApiSettings, context: Event, body: str) -> Event:
    """The event of a message. It carries no headers: those belong to ``$connect`` alone."""
    return _event(settings, {"requestContext": context, "body": body})


def disconnect_event(settings: ApiSettings, context: Event) -> Event:
    """The event of ``$disconnect``, with the four headers that API Gateway makes up for it."""
    headers = {
        "Host": context.get("domainName", settings.domain_name),
        "x-api-key": "",
        "X-Forwarded-For": "",
        "x-restapi": "",
    }
    gathered = _gathered(headers.items())
    return _event(settings, {"headers": headers, "multiValueHeaders": gathered, "requestContext": context})


def authorizer_event(settings: ApiSettings, opening: Opening, occasion: Occasion) -> Event:
    """What a REQUEST authorizer is asked: it sees the handshake's every header, those of the connection too.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
    """
    arn = f"arn:aws:execute-api:{settings.region}:{settings.account}:{settings.api_id}/{settings.stage}/{CONNECT}"
    context = request_context(settings, opening, occasion)
    asked = _handshake(opening, (("content-length", "0"), *opening.headers))
    return {"type": "REQUEST", "methodArn": arn, **_variables(settings), **asked, "requestContext": context}


def condition_keys(opening: Opening, now: float) -> dict[str, str]:
    """What the policy of an authorizer may ask of a handshake, by names in lower case.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
    """
    moment = time.gmtime(now)
    keys = {
        "aws:sourceip": opening.source_ip,
        "aws:currenttime": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
        "aws:epochtime": str(int(now)),
        "aws:securetransport": "true",  # as on AWS, where nobody comes in without TLS
    }
    if opening.user_agent is not None:
        keys["aws:useragent"] = opening.user_agent
    referer = next((value for name, value in opening.headers if name.lower() == "referer"), None)
    return keys if referer is None else {**keys, "aws:referer": referer}


def encode(event: Event) -> bytes:
    """An event as the bytes that a function receives."""
    return _ENCODER.encode(event).encode("utf-8", "replace")


def log_variables(context: Event, more: Mapping[str, object]) -> dict[str, object]:
    """Access log variables by their names without ``$context.``, from a request context and what came of it."""
    variables: dict[str, object] = {}
    for name, value in context.items():
        if isinstance(value, dict):
            variables |= {f"{name}.{inner}": _stringified(item) for inner, item in value.items()}
        else:
            variables[name] = value
    return {**variables, **more}


def milliseconds(seconds: float) -> int:
    """Seconds as the whole milliseconds that AWS writes."""
    return round(seconds * 1000)


def _identity(opening: Opening) -> Event:
    identity: Event = {"sourceIp": opening.source_ip}
    if opening.caller is not None:
        identity |= opening.caller.variables()
    return {"userAgent": opening.user_agent, **identity} if opening.user_agent is not None else identity


def _event(settings: ApiSettings, event: Event) -> Event:
    return {**event, **_variables(settings), "isBase64Encoded": False}


def _variables(settings: ApiSettings) -> Event:
    return {"stageVariables": dict(settings.stage_variables)} if settings.stage_variables else {}


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _stringified(value: object) -> object:
    # "the stringified value": a boolean reads true, not True.
    return json.dumps(value) if isinstance(value, bool) else value
