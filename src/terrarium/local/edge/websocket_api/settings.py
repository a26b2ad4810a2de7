"""One WebSocket API and its stage, as values.

They come from the graph or from calls of the AWS API; this module knows neither, and nothing of sockets. A value that
AWS would refuse is refused when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.execution_log import OFF, Logging
from terrarium.local.edge.websocket_api.selection import CONNECT, SelectionExpression


@dataclass(frozen=True, slots=True)
class Throttle:
    """A token bucket's measures.

    Attributes:
        rate: Requests a second that are let through in the long run. 0 lets nothing through, as on AWS.
        burst: Requests that may come at once.
    """

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class Integration:
    """What a route calls.

    Attributes:
        target: What the backend knows it by, for example a function's name or ARN.
        type: API Gateway's integration type. Requests are built and replies read by this type: see `integrations`.
        timeout: Seconds it may take.
    """

    target: str
    type: str = "AWS_PROXY"
    timeout: float = limits.INTEGRATION_SECONDS[1]

    def __post_init__(self) -> None:
        shortest, longest = limits.INTEGRATION_SECONDS
        if not shortest <= self.timeout <= longest:
            raise UserError(
                f"the integration {self.target!r} has a timeout of {self.timeout:g} s",
                hint=f"a WebSocket API gives an integration from {shortest:g} s to {longest:g} s",
            )


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the API.

    Attributes:
        key: The route key: a value of the selection expression, ``$connect``, ``$disconnect`` or ``$default``.
        integration: What it calls; None for a route without one.
        authorizer: Who is asked whether a client may connect; only ``$connect`` has one.
        response: Whether the reply's body goes back to the client (the ``$default`` route response, "two-way").
        throttle: Its own limits; None takes the stage's.
        logging: What of it is logged; None takes the stage's.
    """

    key: str
    integration: Integration | None
    authorizer: Authorizer | None = None
    response: bool = False
    throttle: Throttle | None = None
    logging: Logging | None = None


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Where a line about each request goes, and what it says."""

    group: str
    format: LogFormat


@dataclass(frozen=True, slots=True)
class ApiSettings:
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

    def __post_init__(self) -> None:
        _few_enough(self)
        for key, route in self.routes.items():
            _well_formed(key, route)


def _few_enough(settings: ApiSettings) -> None:
    if len(settings.routes) > limits.ROUTES:
        what = f"the WebSocket API {settings.name!r} has {len(settings.routes)} routes"
        raise UserError(what, hint=f"API Gateway allows {limits.ROUTES}")


def _well_formed(key: str, route: Route) -> None:
    if key != route.key:
        raise UserError(f"the route {route.key!r} is listed as {key!r}")
    if route.authorizer is not None and key != CONNECT:
        raise UserError(
            f"the route {key!r} has an authorizer",
            hint="a WebSocket API authorizes connections, not messages: only $connect takes one",
        )
