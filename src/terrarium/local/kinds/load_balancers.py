"""Application load balancers: put together from a balancer, its listeners, target groups and their targets."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.addresses import site_name
from terrarium.local.edge.load_balancer import settings as lb
from terrarium.local.edge.load_balancer.balancer import LoadBalancer
from terrarium.local.edge.server import Site
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.registry import Entry

Resolve = Callable[[str, int], tuple[str, int] | None]


class LoadBalancerKind:
    """Balancers with their listeners and target groups.

    Args:
        parts: The engines.
        resolve: From an instance's id and a port to where that is on this machine.
    """

    types: ClassVar[tuple[str, ...]] = (
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_lb_target_group_attachment",
    )

    def __init__(self, parts: Parts, resolve: Resolve) -> None:
        self._parts = parts
        self._resolve = resolve
        self._balancers: list[LoadBalancer] = []

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.type == "aws_lb" and entry.get("load_balancer_type", "application") != "application":
            raise NotAliveError("only application load balancers come alive yet")
        return {}

    async def start(self) -> None:
        for entry in self._parts.registry.alive("aws_lb"):
            balancer = LoadBalancer(
                self._settings(entry),
                self._resolve,
                self._parts.clock,
                self._parts.events,
                self._parts.logs,
                public_url=self._public_url(entry),
            )
            self._balancers.append(balancer)
            await balancer.start()
            for listener in self._listeners(entry):
                name = self._site(entry, listener)
                addresses = self._parts.addresses
                handler = _handler(balancer, int(listener["port"]))
                self._parts.edge.add(Site(addresses.host(name), addresses.path(name), handler))
                if self._is_front(entry, listener):
                    self._parts.edge.add(Site(addresses.host(), addresses.path(), handler))

    async def stop(self) -> None:
        for balancer in self._balancers:
            await balancer.stop()

    def reached_at(self, entry: Entry) -> str:
        if entry.type != "aws_lb_listener":
            return ""
        balancers = self._parts.registry.alive("aws_lb", arn=entry["load_balancer_arn"])
        if not balancers:
            return ""
        balancer = balancers[0]
        if self._is_front(balancer, entry):
            return f"{self._parts.addresses.by_name()}/"
        return f"{self._parts.addresses.by_name(self._site(balancer, entry))}/"

    def health(self) -> dict[str, list[dict[str, Any]]]:
        """The targets' health by target group, as DescribeTargetHealth tells it."""
        return {
            arn: targets for balancer in self._balancers for arn, targets in balancer.describe_target_health().items()
        }

    async def check_now(self) -> None:
        """Asks every target now, rather than at the next interval."""
        for balancer in self._balancers:
            await balancer.check_now()

    def _listeners(self, balancer: Entry) -> list[Entry]:
        return self._parts.registry.of("aws_lb_listener", load_balancer_arn=balancer["arn"])

    def _main(self, balancer: Entry) -> Entry:
        """The listener that people use: the one on 443, else the first."""
        listeners = self._listeners(balancer)
        return next((listener for listener in listeners if int(listener["port"]) == 443), listeners[0])

    def _is_front(self, balancer: Entry, listener: Entry) -> bool:
        """Whether a listener is what the system's own name stands for: the main one of the first balancer."""
        first = self._parts.registry.alive("aws_lb")[0]
        return balancer == first and listener == self._main(balancer)

    def _site(self, balancer: Entry, listener: Entry) -> str:
        name = site_name(balancer.label)
        return name if listener == self._main(balancer) else f"{name}-{listener['port']}"

    def _public_url(self, balancer: Entry) -> Callable[[str, str, int], str | None]:
        """Where a redirect to another listener of the same balancer leads on this machine."""
        sites = {
            int(listener["port"]): self._parts.addresses.by_name(
                "" if self._is_front(balancer, listener) else self._site(balancer, listener)
            )
            for listener in self._listeners(balancer)
        }

        def public_url(protocol: str, host: str, port: int) -> str | None:
            del protocol
            return sites.get(port) if _is_local(host) else None

        return public_url

    def _settings(self, entry: Entry) -> lb.LoadBalancerSettings:
        listeners = tuple(self._listener(listener) for listener in self._listeners(entry))
        used = lb.LoadBalancerSettings("", "", listeners, ()).used_groups()
        groups = [group for group in self._parts.registry.of("aws_lb_target_group") if group["arn"] in used]
        return lb.LoadBalancerSettings(
            name=entry["name"],
            address=entry.address,
            id=entry["arn_suffix"],
            listeners=listeners,
            target_groups=tuple(self._group(group) for group in groups),
            idle_timeout=float(entry.get("idle_timeout", 60)),
            drop_invalid_header_fields=bool(entry.get("drop_invalid_header_fields", False)),
            desync_mode=entry.get("desync_mitigation_mode", "defensive"),
            preserve_host_header=bool(entry.get("preserve_host_header", False)),
            forwarded_for=entry.get("xff_header_processing_mode", "append"),
            forwarded_for_client_port=bool(entry.get("enable_xff_client_port", False)),
        )

    def _listener(self, entry: Entry) -> lb.Listener:
        rules = self._parts.registry.of("aws_lb_listener_rule", listener_arn=entry["arn"])
        return lb.Listener(
            port=int(entry["port"]),
            protocol=entry.get("protocol", "HTTP"),
            default=action(entry["default_action"][0]),
            rules=tuple(
                lb.Rule(
                    int(rule["priority"]), tuple(condition(one) for one in rule["condition"]), action(rule["action"][0])
                )
                for rule in rules
            ),
        )

    def _group(self, entry: Entry) -> lb.TargetGroup:
        attachments = self._parts.registry.of("aws_lb_target_group_attachment", target_group_arn=entry["arn"])
        targets = tuple(lb.Target(one["target_id"], int(one.get("port", entry["port"]))) for one in attachments)
        sticky = entry.block("stickiness")
        return lb.TargetGroup(
            arn=entry["arn"],
            name=entry["name"],
            targets=targets,
            health_check=health_check(entry),
            stickiness=lb.Stickiness(
                sticky["type"], int(sticky.get("cookie_duration", 86_400)), sticky.get("cookie_name") or ""
            )
            if sticky.get("type") and sticky.get("enabled", True)
            else None,
            algorithm=entry.get("load_balancing_algorithm_type", "round_robin"),
            deregistration_delay=float(entry.get("deregistration_delay", 300)),
        )


def health_check(entry: Entry) -> lb.HealthCheck:
    """How a target group's targets are checked."""
    written = {name: value for name, value in entry.block("health_check").items() if value is not None}
    port = written.get("port", "traffic-port")
    return lb.HealthCheck(
        enabled=bool(written.get("enabled", True)),
        path=written.get("path", "/"),
        port=None if port == "traffic-port" else int(port),
        interval=float(written.get("interval", 30)),
        timeout=float(written.get("timeout", 5)),
        healthy_threshold=int(written.get("healthy_threshold", 3)),
        unhealthy_threshold=int(written.get("unhealthy_threshold", 3)),
        matcher=str(written.get("matcher", "200")),
    )


def action(written: Mapping[str, Any]) -> lb.Action:
    """What a listener or a rule does."""
    match written["type"]:
        case "redirect":
            block = {name: value for name, value in _only(written["redirect"]).items() if value is not None}
            status = int(block.pop("status_code").removeprefix("HTTP_"))
            return lb.Redirect(301 if status == 301 else 302, **block)
        case "fixed-response":
            block = _only(written["fixed_response"])
            return lb.FixedResponse(
                int(block.get("status_code") or 200), block["content_type"], block.get("message_body") or ""
            )
        case "forward" if written.get("forward"):
            block = _only(written["forward"])
            groups = tuple((group["arn"], int(group.get("weight", 1))) for group in block["target_group"])
            sticky = _only(block.get("stickiness") or [{}])
            return lb.Forward(groups, int(sticky["duration"]) if sticky.get("enabled") else None)
        case "forward":
            return lb.Forward(((written["target_group_arn"], 1),))
    raise UserError(f"a listener's action of type {written['type']!r} does not come alive yet")


def condition(written: Mapping[str, Any]) -> lb.Condition:
    """One condition of a rule."""
    name, block = next((name, _only(block)) for name, block in written.items() if block)
    match name:
        case "http_header":
            return lb.Condition("http-header", tuple(block["values"]), header=block["http_header_name"])
        case "query_string":
            pairs = written[name] if isinstance(written[name], list) else [written[name]]
            return lb.Condition("query-string", pairs=tuple((pair.get("key"), pair["value"]) for pair in pairs))
        case "host_header":
            return lb.Condition("host-header", tuple(block["values"]))
        case "path_pattern":
            return lb.Condition("path-pattern", tuple(block["values"]))
        case "http_request_method":
            return lb.Condition("http-request-method", tuple(block["values"]))
    return lb.Condition("source-ip", tuple(block["values"]))


def _only(block: Any) -> dict[str, Any]:  # a nested block, alone or in a list
    return dict(block[0] if isinstance(block, list) else block)


def _is_local(host: str) -> bool:
    return bool(re.fullmatch(r"(.+\.)?localhost|127\.\d+\.\d+\.\d+|\[?::1\]?", host, re.IGNORECASE))


def _handler(balancer: LoadBalancer, port: int) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await balancer.handle(request, port)

    return handle
