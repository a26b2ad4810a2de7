"""What load balancers' engine is told, put together from resources. Pure: a registry in, settings out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terrarium.errors import UserError
from terrarium.local.edge.load_balancer import settings as lb
from terrarium.local.registry import Entry, Registry

#: Terraform's attributes of a listener that are header fields of every answer.
_RESPONSE_HEADER = re.compile("routing_http_response_(.+)_header_value")


def settings(entry: Entry, registry: Registry) -> lb.LoadBalancerSettings:
    """A balancer as it is described now.

    Raises:
        UserError: It, or what belongs to it, cannot be alive as it is written.
    """
    found = registry.of("aws_lb_listener", load_balancer_arn=entry["arn"])
    listeners = tuple(_listener(one, registry) for one in found)
    used = lb.LoadBalancerSettings("", "", listeners, ()).used_groups()
    groups = [group for group in registry.of("aws_lb_target_group") if group["arn"] in used]
    return lb.LoadBalancerSettings(
        name=entry["name"],
        address=entry.address,
        id=entry["arn_suffix"],
        listeners=listeners,
        target_groups=tuple(_group(group, registry) for group in groups),
        idle_timeout=float(entry.get("idle_timeout", 60)),
        drop_invalid_header_fields=bool(entry.get("drop_invalid_header_fields", False)),
        desync_mode=entry.get("desync_mitigation_mode", "defensive"),
        preserve_host_header=bool(entry.get("preserve_host_header", False)),
        forwarded_for=entry.get("xff_header_processing_mode", "append"),
        forwarded_for_client_port=bool(entry.get("enable_xff_client_port", False)),
    )


def _listener(entry: Entry, registry: Registry) -> lb.Listener:
    rules = registry.of("aws_lb_listener_rule", listener_arn=entry["arn"])
    return lb.Listener(
        port=int(entry["port"]),
        protocol=entry.get("protocol", "HTTP"),
        default=action(entry["default_action"]),
        rules=tuple(_rule(rule) for rule in rules),
        server_header=bool(entry.get("routing_http_response_server_enabled", True)),
        response_headers=tuple(
            (found[1].replace("_", "-").title(), str(value))
            for name, value in entry.values.items()
            if (found := _RESPONSE_HEADER.fullmatch(name)) and value
        ),
    )


def _rule(entry: Entry) -> lb.Rule:
    conditions = tuple(condition(one) for one in entry["condition"])
    return lb.Rule(int(entry["priority"]), conditions, action(entry["action"]))


def _group(entry: Entry, registry: Registry) -> lb.TargetGroup:
    attachments = registry.of("aws_lb_target_group_attachment", target_group_arn=entry["arn"])
    function = _type(entry) == "lambda"
    routing = _only(entry.block("target_group_health").get("unhealthy_state_routing") or {})
    percentage = str(routing.get("minimum_healthy_targets_percentage") or "off")
    return lb.TargetGroup(
        arn=entry["arn"],
        name=entry["name"],
        targets=tuple(_target(one, entry) for one in attachments),
        health_check=health_check(entry),
        stickiness=None if function else _stickiness(entry.block("stickiness")),
        algorithm=entry.get("load_balancing_algorithm_type", "round_robin"),
        deregistration_delay=0 if function else float(entry.get("deregistration_delay", 300)),
        minimum_healthy_count=int(routing.get("minimum_healthy_targets_count") or 1),
        minimum_healthy_percentage=None if percentage == "off" else int(percentage),
        type=_type(entry),
        multi_value_headers=bool(entry.get("lambda_multi_value_headers_enabled", False)),
    )


def _type(group: Entry) -> lb.TargetType:
    type: lb.TargetType = group.get("target_type", "instance")
    return type


def _target(attachment: Entry, group: Entry) -> lb.Target:
    port = 0 if _type(group) == "lambda" else int(attachment.get("port", group["port"]))
    return lb.Target(attachment["target_id"], port)


# The block's attributes are of any type.
def _stickiness(block: Mapping[str, Any]) -> lb.Stickiness | None:
    if not block.get("type") or not block.get("enabled", True):
        return None
    duration = block.get("cookie_duration") or 86_400
    if block["type"] == "app_cookie":
        duration = block.get("app_cookie_duration") or duration
    return lb.Stickiness(block["type"], int(duration), block.get("cookie_name") or "")


def health_check(entry: Entry) -> lb.HealthCheck:
    """How a target group's targets are checked; those of functions are not, unless it is asked for."""
    written = {name: value for name, value in entry.block("health_check").items() if value is not None}
    port, function = written.get("port", "traffic-port"), _type(entry) == "lambda"
    return lb.HealthCheck(
        enabled=bool(written.get("enabled", not function or bool(written))),
        path=written.get("path", "/"),
        port=None if port == "traffic-port" else int(port),
        interval=float(written.get("interval", 35 if function else 30)),
        timeout=float(written.get("timeout", 30 if function else 5)),
        healthy_threshold=int(written.get("healthy_threshold", 3)),
        unhealthy_threshold=int(written.get("unhealthy_threshold", 3)),
        matcher=str(written.get("matcher", "200")),
    )


# Blocks of actions and conditions have attributes of any type.
def action(blocks: Any) -> lb.Action:
    """What a listener or a rule does.

    Raises:
        UserError: It is nothing that comes alive here.
    """
    for written in blocks if isinstance(blocks, list) else [blocks]:
        if written["type"] not in ("forward", "redirect", "fixed-response"):
            hint = "what comes alive is forward, redirect and fixed-response: nobody is authenticated here"
            raise UserError(f"a listener's action of type {written['type']!r} does not come alive yet", hint=hint)
    return _action(_only(blocks))


def _action(written: Mapping[str, Any]) -> lb.Action:
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
    return lb.Forward(((written["target_group_arn"], 1),))


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
