"""One WebSocket API and its stage, as values.

They come from the graph or from calls of the AWS API; this module knows neither, and nothing of sockets. A value that
AWS would refuse is refused when it is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.aws_services import ServiceTarget
from terrarium.local.edge.websocket_api.execution_log import OFF, Logging
from terrarium.local.edge.websocket_api.expressions import Expression
from terrarium.local.edge.websocket_api.mapping import MappingTemplate
from terrarium.local.edge.websocket_api.models import Model
from terrarium.local.edge.websocket_api.parameters import check, check_required
from terrarium.local.edge.websocket_api.selection import CONNECT, SelectionExpression


class Throttle(Struct, frozen=True):
    """A token bucket's measures.

    Attributes:
        rate: Requests a second that are let through in the long run. 0 lets nothing through, as on AWS.
        burst: Requests that may come at once.
    """

    rate: float
    burst: int


class Templates(Struct, frozen=True):
    """Mapping templates, and which of them is taken.

    Attributes:
        by_key: By the keys that select them.
        selection: The template selection expression.
    """

    by_key: Mapping[str, MappingTemplate] = field(default_factory=dict)
    selection: Expression | None = None


NO_TEMPLATES: Final = Templates()

TO_BINARY: Final = "CONVERT_TO_BINARY"
TO_TEXT: Final = "CONVERT_TO_TEXT"
CONTENT: Final = (TO_BINARY, TO_TEXT)
"""https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html"""


def _check_content(strategy: str) -> None:
    if strategy and strategy not in CONTENT:
        hint = f"choose one of {', '.join(CONTENT)}"
        raise UserError(f"the content handling strategy {strategy!r} is unknown", hint=hint)


class IntegrationResponse(Struct, frozen=True):
    """What becomes of certain replies of an integration that is no proxy.

    Attributes:
        key: A pattern ``/…/`` of statuses or error messages, a plain value, or ``$default``.
        templates: They make the client's answer of the reply.
        content: What becomes of its bytes; one of `CONTENT`, or nothing.
    """

    key: str
    templates: Templates = NO_TEMPLATES
    content: str = ""

    def __post_init__(self) -> None:
        _check_content(self.content)
        try:
            self.matches("")
        except re.error as error:
            raise UserError(f"the integration response {self.key!r} is no pattern: {error}") from error

    def matches(self, value: str) -> bool:
        """Whether it is for this status or error message."""
        if len(self.key) > 1 and self.key.startswith("/") and self.key.endswith("/"):
            return re.fullmatch(self.key[1:-1], value, re.DOTALL) is not None
        return self.key == value


PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html"""


class Integration(Struct, frozen=True):
    """What a route calls.

    Attributes:
        target: What the backend knows it by: a function's name or ARN, or a URL.
        type: API Gateway's integration type. Requests are built and replies read by it: see `integration_types`.
        timeout: Seconds it may take.
        method: HTTP's method, for HTTP.
        request: What makes its payload of a message.
        passthrough: What becomes of messages that no template is for.
        parameters: Headers and query parameters made of a request, for HTTP and services: see `parameters`.
        responses: What becomes of its replies.
        content: What becomes of a payload; one of `CONTENT`, or nothing.
        service: The AWS service that it calls, where it calls one.
    """

    target: str
    type: str = "AWS_PROXY"
    timeout: float = limits.INTEGRATION_SECONDS[1]
    method: str = "POST"
    request: Templates = NO_TEMPLATES
    passthrough: str = "WHEN_NO_MATCH"
    parameters: Mapping[str, str] = field(default_factory=dict)
    responses: tuple[IntegrationResponse, ...] = ()
    content: str = ""
    service: ServiceTarget | None = None

    def __post_init__(self) -> None:
        check(self.parameters)
        _check_content(self.content)
        if self.passthrough not in PASSTHROUGH:
            hint = f"choose one of {', '.join(PASSTHROUGH)}"
            raise UserError(f"the passthrough behavior {self.passthrough!r} is unknown", hint=hint)
        shortest, longest = limits.INTEGRATION_SECONDS
        if not shortest <= self.timeout <= longest:
            raise UserError(
                f"the integration {self.target!r} has a timeout of {self.timeout:g} s",
                hint=f"a WebSocket API gives an integration from {shortest:g} s to {longest:g} s",
            )


class Route(Struct, frozen=True):
    """One route of the API.

    Attributes:
        key: The route key: a value of the selection expression, ``$connect``, ``$disconnect`` or ``$default``.
        integration: What it calls; None for a route without one.
        authorizer: Who is asked whether a client may connect; only ``$connect`` has one.
        signed: Whether a client has to sign its handshake (``AWS_IAM``); only ``$connect`` can ask for it.
        api_key: Whether its requests need an API key of a usage plan that the stage is in.
        response: Whether the reply's body goes back to the client (the ``$default`` route response, "two-way").
        throttle: Its own limits; None takes the stage's.
        logging: What of it is logged; None takes the stage's.
        models: What its messages have to look like, by the keys that select them.
        model_selection: The model selection expression; without one nothing is validated.
        required: Headers and query parameters that a handshake has to have, as `parameters` names them.
    """

    key: str
    integration: Integration | None
    authorizer: Authorizer | None = None
    signed: bool = False
    api_key: bool = False
    response: bool = False
    throttle: Throttle | None = None
    logging: Logging | None = None
    models: Mapping[str, Model] = field(default_factory=dict)
    model_selection: Expression | None = None
    required: tuple[str, ...] = ()


HEADER_KEY: Final = "$request.header.x-api-key"
AUTHORIZER_KEY: Final = "$context.authorizer.usageIdentifierKey"
API_KEY_SELECTIONS: Final = (HEADER_KEY, AUTHORIZER_KEY)
"""The two that there are.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html#apigateway-websocket-api-apikey-selection-expressions
"""


class AccessLog(Struct, frozen=True):
    """Where a line about each request goes, and what it says."""

    group: str
    format: LogFormat


class ApiSettings(Struct, frozen=True):
    """An API with the one stage that serves it.

    Attributes:
        api_id: For example ``a1b2c3d4e5``.
        name: As the user named it.
        stage: The stage's name, the first part of the path.
        domain_name: What functions see as `requestContext.domainName`, and call ``@connections`` at.
        region: For example ``us-east-1``.
        account: Twelve digits.
        selection: How a message selects its route.
        routes: By route key.
        throttle: The stage's default for each of its routes; None leaves only the account's.
        account_throttle: The account's, for all requests together.
        connection_throttle: The account's, for new connections.
        access_log: None for none.
        logging: What of each request the execution log tells.
        stage_variables: Handed to functions where there are any.
        api_key_selection: Where a client's API key is: one of `API_KEY_SELECTIONS`.
        address: The API's address in the graph, for events.
    """

    api_id: str
    name: str
    stage: str
    domain_name: str
    region: str
    account: str
    selection: SelectionExpression
    routes: Mapping[str, Route]
    throttle: Throttle | None = None
    account_throttle: Throttle = Throttle(limits.REQUESTS_PER_SECOND, limits.REQUEST_BURST)
    connection_throttle: Throttle = Throttle(limits.CONNECTIONS_PER_SECOND, limits.CONNECTIONS_PER_SECOND)
    access_log: AccessLog | None = None
    logging: Logging = OFF
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    api_key_selection: str = HEADER_KEY

    def __post_init__(self) -> None:
        _few_enough(self)
        if self.api_key_selection not in API_KEY_SELECTIONS:
            hint = f"choose one of {', '.join(API_KEY_SELECTIONS)}"
            raise UserError(f"the API key selection expression {self.api_key_selection!r} is unknown", hint=hint)
        for key, route in self.routes.items():
            _well_formed(key, route)


def _few_enough(settings: ApiSettings) -> None:
    if len(settings.routes) > limits.ROUTES:
        what = f"the WebSocket API {settings.name!r} has {len(settings.routes)} routes"
        raise UserError(what, hint=f"API Gateway allows {limits.ROUTES}")


def _well_formed(key: str, route: Route) -> None:
    check_required(route.required)
    if key != route.key:
        raise UserError(f"the route {route.key!r} is listed as {key!r}")
    if (route.authorizer is not None or route.signed) and key != CONNECT:
        raise UserError(
            f"the route {key!r} asks for authorization",
            hint="a WebSocket API authorizes connections, not messages: only $connect takes one",
        )
