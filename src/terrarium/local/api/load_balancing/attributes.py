"""Attributes by key and value, with which balancers, target groups and listeners are tuned: a table of each.

Pure: a resource in, its attributes or what changes of it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

BOOLEAN = ("true", "false")
_ON_OFF = ("on", "off")


class Attribute(Struct, frozen=True):
    """One attribute.

    Attributes:
        key: As calls name it.
        path: Terraform's attribute, or block and attribute, with dots between them.
        default: Where nothing is said.
        values: What it may be: texts, a range of whole numbers, or anything.
        of: The kinds of balancers or groups that have it.
    """

    key: str
    path: str
    default: str
    values: tuple[str, ...] | range | None = BOOLEAN
    of: tuple[str, ...] = ("application", "network", "gateway")

    def told(self, entry: Entry) -> str:
        """Its value, as text."""
        *blocks, name = self.path.split(".")
        found: Any = entry.values
        for block in blocks:
            inner = found.get(block) or [{}]
            found = inner[0] if isinstance(inner, list) else inner
        value = found.get(name)
        if value is None:
            return self.default
        return str(value).lower() if isinstance(value, bool) else str(value)

    # Terraform's attributes are of any type.
    def written(self, entry: Entry, text: str) -> dict[str, Any]:
        """What changes of a resource."""
        value: object = text == "true" if self.values == BOOLEAN else text
        if isinstance(self.values, range):
            value = int(text)
        *blocks, name = self.path.split(".")
        return _set(entry.values, blocks, name, value)

    def takes(self, text: str) -> bool:
        """Whether it may be that."""
        if isinstance(self.values, range):
            return text.isascii() and text.isdigit() and int(text[:9]) in self.values
        return self.values is None or text in self.values


def _set(values: Mapping[str, Any], blocks: list[str], name: str, value: object) -> dict[str, Any]:
    if not blocks:
        return {name: value}
    inner = values.get(blocks[0]) or [{}]
    own = dict(inner[0] if isinstance(inner, list) else inner)
    return {blocks[0]: [own | _set(own, blocks[1:], name, value)]}


_ALB, _NLB, _GWLB, _LAMBDA = ("application",), ("network",), ("gateway",), ("lambda",)
_BALANCED, _PASSING = ("application", "network"), ("network", "gateway")
_ANYTHING = None

#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
LOAD_BALANCER = (
    Attribute("deletion_protection.enabled", "enable_deletion_protection", "false"),
    Attribute("load_balancing.cross_zone.enabled", "enable_cross_zone_load_balancing", "false", of=_PASSING),
    Attribute("load_balancing.cross_zone.enabled", "enable_cross_zone_load_balancing", "true", ("true",), _ALB),
    Attribute("access_logs.s3.enabled", "access_logs.enabled", "false", of=_BALANCED),
    Attribute("access_logs.s3.bucket", "access_logs.bucket", "", _ANYTHING, _BALANCED),
    Attribute("access_logs.s3.prefix", "access_logs.prefix", "", _ANYTHING, _BALANCED),
    Attribute("ipv6.deny_all_igw_traffic", "ipv6_deny_all_igw_traffic", "false", of=_BALANCED),
    Attribute("zonal_shift.config.enabled", "enable_zonal_shift", "false", of=_BALANCED),
    Attribute("idle_timeout.timeout_seconds", "idle_timeout", "60", range(1, 4_001), _ALB),
    Attribute("client_keep_alive.seconds", "client_keep_alive", "3600", range(60, 604_801), _ALB),
    Attribute("connection_logs.s3.enabled", "connection_logs.enabled", "false", of=_ALB),
    Attribute("connection_logs.s3.bucket", "connection_logs.bucket", "", _ANYTHING, _ALB),
    Attribute("connection_logs.s3.prefix", "connection_logs.prefix", "", _ANYTHING, _ALB),
    Attribute("health_check_logs.s3.enabled", "health_check_logs.enabled", "false", of=_ALB),
    Attribute("health_check_logs.s3.bucket", "health_check_logs.bucket", "", _ANYTHING, _ALB),
    Attribute("health_check_logs.s3.prefix", "health_check_logs.prefix", "", _ANYTHING, _ALB),
    Attribute(
        "routing.http.desync_mitigation_mode", "desync_mitigation_mode", "defensive",
        ("monitor", "defensive", "strictest"), _ALB,
    ),
    Attribute("routing.http.drop_invalid_header_fields.enabled", "drop_invalid_header_fields", "false", of=_ALB),
    Attribute("routing.http.preserve_host_header.enabled", "preserve_host_header", "false", of=_ALB),
    Attribute(
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "enable_tls_version_and_cipher_suite_headers",
        "false", of=_ALB,
    ),
    Attribute("routing.http.xff_client_port.enabled", "enable_xff_client_port", "false", of=_ALB),
    Attribute(
        "routing.http.xff_header_processing.mode", "xff_header_processing_mode", "append",
        ("append", "preserve", "remove"), _ALB,
    ),
    Attribute("routing.http2.enabled", "enable_http2", "true", of=_ALB),
    Attribute("waf.fail_open.enabled", "enable_waf_fail_open", "false", of=_ALB),
    Attribute(
        "dns_record.client_routing_policy", "dns_record_client_routing_policy", "any_availability_zone",
        ("any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"), _NLB,
    ),
    Attribute(
        "secondary_ips.auto_assigned.per_subnet", "secondary_ips_auto_assigned_per_subnet", "0", range(8), _NLB
    ),
)  # fmt: skip

_HEALTH, _DNS = "target_group_health.unhealthy_state_routing", "target_group_health.dns_failover"
_COUNT, _PERCENTAGE = "minimum_healthy_targets_count", "minimum_healthy_targets_percentage"
_COUNTS = ("off", *map(str, range(1, 1_001)))
_PERCENTAGES = ("off", *map(str, range(1, 101)))
_WEEK = range(1, 604_801)

#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html. Terraform has one
#: duration for both sorts of cookies; where a call sets them apart, the one of the application's has a name of ours.
TARGET_GROUP = (
    Attribute("deregistration_delay.timeout_seconds", "deregistration_delay", "300", range(3_601)),
    Attribute("stickiness.enabled", "stickiness.enabled", "false"),
    Attribute("stickiness.type", "stickiness.type", "lb_cookie", ("lb_cookie", "app_cookie"), _ALB),
    Attribute("stickiness.type", "stickiness.type", "source_ip", ("source_ip",), _NLB),
    Attribute(
        "stickiness.type", "stickiness.type", "source_ip_dest_ip", ("source_ip_dest_ip", "source_ip_dest_ip_proto"),
        _GWLB,
    ),
    Attribute(
        "load_balancing.cross_zone.enabled", "load_balancing_cross_zone_enabled", "use_load_balancer_configuration",
        ("true", "false", "use_load_balancer_configuration"), _BALANCED,
    ),
    Attribute("target_group_health.dns_failover.minimum_healthy_targets.count", f"{_DNS}.{_COUNT}", "1", _COUNTS,
              (*_BALANCED, "lambda")),
    Attribute("target_group_health.dns_failover.minimum_healthy_targets.percentage", f"{_DNS}.{_PERCENTAGE}", "off",
              _PERCENTAGES, (*_BALANCED, "lambda")),
    Attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", f"{_HEALTH}.{_COUNT}", "1",
              _COUNTS[1:], (*_BALANCED, "lambda")),
    Attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
              f"{_HEALTH}.{_PERCENTAGE}", "off", _PERCENTAGES, (*_BALANCED, "lambda")),
    Attribute(
        "load_balancing.algorithm.type", "load_balancing_algorithm_type", "round_robin",
        ("round_robin", "least_outstanding_requests", "weighted_random"), _ALB,
    ),
    Attribute("load_balancing.algorithm.anomaly_mitigation", "load_balancing_anomaly_mitigation", "off", _ON_OFF, _ALB),
    Attribute("slow_start.duration_seconds", "slow_start", "0", ("0", *map(str, range(30, 901))), _ALB),
    Attribute("stickiness.app_cookie.cookie_name", "stickiness.cookie_name", "", _ANYTHING, _ALB),
    Attribute("stickiness.app_cookie.duration_seconds", "stickiness.app_cookie_duration", "86400", _WEEK, _ALB),
    Attribute("stickiness.lb_cookie.duration_seconds", "stickiness.cookie_duration", "86400", _WEEK, _ALB),
    Attribute("lambda.multi_value_headers.enabled", "lambda_multi_value_headers_enabled", "false", of=_LAMBDA),
    Attribute("deregistration_delay.connection_termination.enabled", "connection_termination", "false", of=_NLB),
    Attribute("preserve_client_ip.enabled", "preserve_client_ip", "true", of=_NLB),
    Attribute("proxy_protocol_v2.enabled", "proxy_protocol_v2", "false", of=_NLB),
    Attribute("target_health_state.unhealthy.connection_termination.enabled",
              "target_health_state.enable_unhealthy_connection_termination", "true", of=_NLB),
    Attribute("target_health_state.unhealthy.draining_interval_seconds",
              "target_health_state.unhealthy_draining_interval", "0", range(360_001), _NLB),
    Attribute("target_failover.on_deregistration", "target_failover.on_deregistration", "no_rebalance",
              ("rebalance", "no_rebalance"), _GWLB),
    Attribute("target_failover.on_unhealthy", "target_failover.on_unhealthy", "no_rebalance",
              ("rebalance", "no_rebalance"), _GWLB),
)  # fmt: skip

_RESPONSE_HEADERS = (
    "strict_transport_security", "access_control_allow_origin", "access_control_allow_methods",
    "access_control_allow_headers", "access_control_allow_credentials", "access_control_expose_headers",
    "access_control_max_age", "content_security_policy", "x_content_type_options", "x_frame_options",
)  # fmt: skip
_REQUEST_HEADERS = (
    "mtls_clientcert_serial_number", "mtls_clientcert_issuer", "mtls_clientcert_subject", "mtls_clientcert_validity",
    "mtls_clientcert_leaf", "mtls_clientcert", "tls_version", "tls_cipher_suite",
)  # fmt: skip


def _of_listener(key: str, default: str, values: tuple[str, ...] | range | None, of: tuple[str, ...]) -> Attribute:
    return Attribute(key, key.replace(".", "_"), default, values, of)


#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
LISTENER = (
    _of_listener("tcp.idle_timeout.seconds", "350", range(60, 6_001), ("TCP",)),
    *(
        _of_listener(f"routing.http.request.x_amzn_{name}.header_name", "", _ANYTHING, ("HTTPS",))
        for name in _REQUEST_HEADERS
    ),
    _of_listener("routing.http.response.server.enabled", "true", BOOLEAN, ("HTTP", "HTTPS")),
    *(
        _of_listener(f"routing.http.response.{name}.header_value", "", _ANYTHING, ("HTTP", "HTTPS"))
        for name in _RESPONSE_HEADERS
    ),
)


def _denies_gateways(entry: Entry) -> str | None:
    """An internal balancer is not reached from the internet, unless it is said."""
    return "true" if entry.get("internal") and entry.get("ipv6_deny_all_igw_traffic") is None else None


def _cookie_duration(entry: Entry, type: str) -> str | None:
    """Terraform's one duration is that of the sort of cookie which is in use."""
    block = entry.block("stickiness")
    if "app_cookie_duration" in block or block.get("cookie_duration") is None:
        return None
    return str(block["cookie_duration"]) if block.get("type", "lb_cookie") == type else "86400"


#: Values that hold as long as others do not: from an attribute's key to what says so.
_INHERITED: Mapping[str, Callable[[Entry], str | None]] = {
    "ipv6.deny_all_igw_traffic": _denies_gateways,
    "stickiness.app_cookie.duration_seconds": lambda entry: _cookie_duration(entry, "app_cookie"),
    "stickiness.lb_cookie.duration_seconds": lambda entry: _cookie_duration(entry, "lb_cookie"),
}


def described(entry: Entry, table: Iterable[Attribute], kind: str) -> list[dict[str, str]]:
    """Every attribute of a resource.

    Args:
        entry: The resource.
        table: What there is.
        kind: What it is: a sort of balancer, or a listener's protocol.
    """
    own = [one for one in table if kind in one.of]
    inherited = {one.key: _INHERITED[one.key](entry) for one in own if one.key in _INHERITED}
    return [{"Key": one.key, "Value": inherited.get(one.key) or one.told(entry)} for one in own]


# Terraform's attributes are of any type.
def changed(
    entry: Entry, given: Iterable[Mapping[str, str]], table: Iterable[Attribute], kind: str, title: str
) -> dict[str, Any]:
    """What attributes of a call change of a resource.

    Args:
        entry: The resource.
        given: Keys and values.
        table: What there is.
        kind: What it is.
        title: What AWS calls such a resource, for example ``Load balancer``.

    Raises:
        AwsError: ``ValidationError`` for a key or value that is none, ``InvalidConfigurationRequest`` for a key that is
            another kind's.
    """
    known = {one.key for one in table}
    own = {one.key: one for one in table if kind in one.of}
    values: dict[str, Any] = {}
    for one in given:
        key, text = one.get("Key", ""), one.get("Value", "")
        if key not in known:
            raise AwsError("ValidationError", f"{title} attribute key '{key}' is not recognized")
        if key not in own:
            message = f"{title} attribute key '{key}' is not supported on a {title.lower()} of type '{kind}'"
            raise AwsError("InvalidConfigurationRequest", message)
        if not own[key].takes(text):
            raise AwsError("ValidationError", f"{title} attribute '{key}' cannot be '{text}'")
        after = Entry(entry.address, entry.type, {**entry.values, **values})
        values |= own[key].written(after, text)
    return values
