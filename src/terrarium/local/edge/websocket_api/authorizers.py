"""Lambda REQUEST authorizers: whom they let in, and how they refuse.

Values in, values out: the function's reply comes from who was passed in, and what becomes of it is decided here.
A WebSocket API caches no answer: an authorizer is asked once per connection, and its answer holds as long as that.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.policy import MalformedPolicyError, allows
from terrarium.local.edge.websocket_api.replies import IntegrationReply, Refusal

_SOURCE: Final = re.compile(
    r"route\.request\.(?P<place>header|querystring)\.(?P<name>[A-Za-z0-9._-]+)"
    r"|(?P<map>stageVariables|context)\.(?P<key>[A-Za-z0-9._-]+)"
)
"""https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html (identitySource)"""


class Principal(Struct, frozen=True):
    """Whom an authorizer let in, remembered for the connection's whole life.

    Attributes:
        id: The ``principalId`` it returned.
        context: The ``context`` map it returned, as functions see it: every value a text, or null.
        latency: Milliseconds that the authorizer took.
        usage_key: The API key whose usage plan counts what they do.
    """

    id: str
    context: Mapping[str, str | None]
    latency: int | None = None
    usage_key: str = ""

    def variables(self) -> dict[str, Any]:  # values of an event, which may be any JSON
        """``requestContext.authorizer``."""
        took = {} if self.latency is None else {"integrationLatency": self.latency}
        return {**self.context, "principalId": self.id, **took}


class Denied(Struct, frozen=True):
    """Whom an authorizer did not let in.

    Attributes:
        refusal: What the client is answered.
        reason: Why, for the execution log.
    """

    refusal: Refusal
    reason: str


class Authorizer(Struct, frozen=True):
    """A REQUEST authorizer of the API.

    Attributes:
        id: Its id.
        target: What the backend knows its function by.
        identity_sources: What a request has to have, for example ``route.request.header.Authorization``.
    """

    id: str
    target: str
    identity_sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for source in self.identity_sources:
            if not _SOURCE.fullmatch(source):
                raise UserError(
                    f"the authorizer {self.id} has the identity source {source!r}",
                    hint="for example route.request.header.Authorization or route.request.querystring.token; also "
                    "stageVariables.<name> and context.<name>",
                )

    # An event's values are any JSON.
    def missing(self, event: Mapping[str, Any]) -> str | None:
        """The first identity source that the request lacks: then nobody is asked, and the client gets a 401."""
        return next((source for source in self.identity_sources if not _found(source, event)), None)


def read(reply: IntegrationReply, arn: str, latency: float, keys: Mapping[str, str]) -> Principal | Denied:
    """What an authorizer's reply means for a route.

    An error named ``Unauthorized`` is a 401, a policy that does not allow the route a 403, everything else a 500
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html).
    """
    value = _json(reply.payload)
    if reply.function_error is not None:
        text = value.get("errorMessage") if isinstance(value, dict) else None
        if text == "Unauthorized":
            return Denied(Refusal.UNAUTHORIZED, "the authorizer raised Unauthorized")
        return Denied(Refusal.AUTHORIZER_FAILURE, "the authorizer failed")
    if not isinstance(value, dict) or not isinstance(value.get("principalId"), str) or not value["principalId"]:
        return _misconfigured("it returned no principalId")
    context = _context(value.get("context"))
    if context is None:
        return _misconfigured("its context holds something that is no text, number or boolean")
    try:
        allowed = allows(value.get("policyDocument"), arn, keys)
    except MalformedPolicyError as error:
        return _misconfigured(str(error))
    if not allowed:
        return Denied(Refusal.FORBIDDEN, f"its policy does not allow {arn}")
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    key = value.get("usageIdentifierKey")
    return Principal(value["principalId"], context, round(latency), key if isinstance(key, str) else "")


def _misconfigured(reason: str) -> Denied:
    return Denied(Refusal.AUTHORIZER_CONFIGURATION, reason)


# The functions below read what a function returned, or an event: any JSON.
def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _context(value: Any) -> dict[str, str | None] | None:
    """The context with every value as a text; None where it holds a list or an object.

    "The returned values are all stringified": a null stays one (https://github.com/DefinitelyTyped/DefinitelyTyped/pull/69823).
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    if value is None:
        return {}
    if not isinstance(value, dict) or any(isinstance(item, dict | list) for item in value.values()):
        return None
    return {name: item if item is None or isinstance(item, str) else json.dumps(item) for name, item in value.items()}


def _found(source: str, event: Mapping[str, Any]) -> bool:
    found = _SOURCE.fullmatch(source)
    assert found is not None
    if found["place"] == "header":
        wanted = found["name"].lower()
        return any(value for name, value in event.get("headers", {}).items() if name.lower() == wanted)
    if found["place"] == "querystring":
        return bool(event.get("queryStringParameters", {}).get(found["name"]))
    value: Any = event.get("stageVariables", {}) if found["map"] == "stageVariables" else event["requestContext"]
    if found["map"] == "stageVariables":
        return bool(value.get(found["key"]))
    for name in found["key"].split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value not in (None, "")
