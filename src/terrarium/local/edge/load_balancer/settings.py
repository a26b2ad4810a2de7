"""What a load balancer is told: listeners, rules, target groups, attributes, as plain values in AWS's words.

Must not know sockets, requests or the graph: whoever reads the graph or an API call builds these values.
Defaults are AWS's own: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Protocol = Literal["HTTP", "HTTPS"]
Algorithm = Literal["round_robin", "least_outstanding_requests", "weighted_random"]
DesyncMode = Literal["monitor", "defensive", "strictest"]
ForwardedForMode = Literal["append", "preserve", "remove"]
TargetType = Literal["instance", "ip", "lambda"]


class Target(Struct, frozen=True):
    """A member of a target group.

    Attributes:
        id: Instance id, address, a function's ARN, or whatever the resolver knows it by.
        port: Where it receives traffic; 0 for a function.
    """

    id: str
    port: int


class HealthCheck(Struct, frozen=True):
    """How a target proves itself; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html.

    Attributes:
        enabled: Always true for instances; a Lambda target may switch it off.
        path: Path and query asked for.
        port: Another port than the target's own.
        interval: Seconds from one check to the next, however long each takes.
        timeout: Seconds after which no answer is a failure.
        healthy_threshold: Successes in a row that bring an unhealthy target back.
        unhealthy_threshold: Failures in a row that take a target out.
        matcher: Codes of success, for example ``200``, ``200,202`` or ``200-299``.
    """

    enabled: bool = True
    path: str = "/"
    port: int | None = None
    interval: float = 30
    timeout: float = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    matcher: str = "200"


class Stickiness(Struct, frozen=True):
    """How long a client stays with one target.

    Attributes:
        type: ``lb_cookie`` (the balancer's own cookie) or ``app_cookie`` (lives with a cookie of the application).
        duration: Seconds since the last request.
        cookie_name: The application's cookie, for ``app_cookie``.
    """

    type: Literal["lb_cookie", "app_cookie"] = "lb_cookie"
    duration: int = 86_400
    cookie_name: str = ""


class TargetGroup(Struct, frozen=True):
    """Targets that answer for each other.

    Attributes:
        arn: What actions name it by.
        name: As in ``DescribeTargetGroups``.
        targets: Registered targets, in the order of registration.
        deregistration_delay: Seconds that a target taken away may use for what it is doing.
        minimum_healthy_count: Fewer healthy targets than this, and traffic goes to all (fail open).
        minimum_healthy_percentage: The same as a share in percent; None switches it off.
        type: What its targets are.
        multi_value_headers: Whether a function is told every value of a header or parameter, or the last one alone.
    """

    arn: str
    name: str
    targets: tuple[Target, ...] = ()
    health_check: HealthCheck = HealthCheck()
    stickiness: Stickiness | None = None
    algorithm: Algorithm = "round_robin"
    deregistration_delay: float = 300
    minimum_healthy_count: int = 1
    minimum_healthy_percentage: int | None = None
    type: TargetType = "instance"
    multi_value_headers: bool = False


class FixedResponse(Struct, frozen=True):
    """An answer without a target."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


class Redirect(Struct, frozen=True):
    """A URL elsewhere; each part may use ``#{protocol}``, ``#{host}``, ``#{port}``, ``#{path}`` and ``#{query}``."""

    status: Literal[301, 302]
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


class Forward(Struct, frozen=True):
    """Traffic to one target group, or shared among several.

    Attributes:
        groups: Target group ARNs with their weights, 0 to 999.
        stickiness: Seconds for which a client stays with the group first drawn; None draws each time.
    """

    groups: tuple[tuple[str, int], ...]
    stickiness: int | None = None


Action = FixedResponse | Redirect | Forward


class Condition(Struct, frozen=True):
    """One condition of a rule; satisfied by any one of its values.

    Attributes:
        field: As in ``RuleCondition``.
        values: Patterns, methods or CIDR blocks; for ``query-string`` they are in `pairs`.
        header: The header's name, for ``http-header``.
        pairs: Key (None: any key) and value, for ``query-string``.
    """

    field: Literal["host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip"]
    values: tuple[str, ...] = ()
    header: str = ""
    pairs: tuple[tuple[str | None, str], ...] = ()


class Rule(Struct, frozen=True):
    """Conditions that must all hold, and what then happens; the lowest priority is tried first."""

    priority: int
    conditions: tuple[Condition, ...]
    action: Action


class Listener(Struct, frozen=True):
    """A port, its protocol, its rules, and what happens when none of them matches.

    Attributes:
        server_header: Whether the balancer's own answers name it.
        response_headers: Names and values that every answer gets, over those that it has.
    """

    port: int
    protocol: Protocol
    default: Action
    rules: tuple[Rule, ...] = ()
    server_header: bool = True
    response_headers: tuple[tuple[str, str], ...] = ()


class LoadBalancerSettings(Struct, frozen=True):
    """An Application Load Balancer.

    Attributes:
        name: As AWS has it, for example ``ttt-alb``.
        address: The resource's address in the graph, which events carry.
        id: The end of its ARN, ``app/<name>/<hex>``, which access log entries carry.
        idle_timeout: Seconds without a byte after which a connection ends.
        log_group: Where access log entries go; empty: nowhere, as on AWS unless asked for.
    """

    name: str
    address: str
    listeners: tuple[Listener, ...]
    target_groups: tuple[TargetGroup, ...]
    id: str = ""
    idle_timeout: float = 60
    desync_mode: DesyncMode = "defensive"
    drop_invalid_header_fields: bool = False
    preserve_host_header: bool = False
    forwarded_for: ForwardedForMode = "append"
    forwarded_for_client_port: bool = False
    log_group: str = ""

    def listener(self, port: int) -> Listener | None:
        """The listener at a port, if there is one."""
        return next((listener for listener in self.listeners if listener.port == port), None)

    def used_groups(self) -> frozenset[str]:
        """ARNs of the target groups that some action forwards to; the rest get no traffic and no health checks."""
        actions = [rule.action for listener in self.listeners for rule in listener.rules]
        actions += [listener.default for listener in self.listeners]
        return frozenset(arn for action in actions if isinstance(action, Forward) for arn, _ in action.groups)
