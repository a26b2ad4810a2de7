"""Operations on target groups.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html and its neighbours
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.load_balancing.attributes import TARGET_GROUP, changed, described
from terrarium.local.api.load_balancing.model import Asked
from terrarium.local.api.load_balancing.network import Network
from terrarium.local.api.load_balancing.paging import page
from terrarium.local.api.load_balancing.records import ATTACHMENT, BALANCER, GROUP, Records, missing
from terrarium.local.api.load_balancing.tags import tags_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
_CODES = re.compile(r"\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*", re.ASCII)
#: Members of calls, by Terraform's attribute of a health check.
_CHECK = {
    "enabled": "HealthCheckEnabled",
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}
_OWN = {"target_type": "TargetType", "protocol": "Protocol", "port": "Port", "vpc_id": "VpcId",
        "protocol_version": "ProtocolVersion", "ip_address_type": "IpAddressType"}  # fmt: skip
#: What holds where nothing is said, by the sort of balancer.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html,
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "application": {
        "protocol": "HTTP",
        "port": "traffic-port",
        "path": "/",
        "interval": 30,
        "timeout": 5,
        "matcher": "200",
    },
    "network": {"protocol": "TCP", "port": "traffic-port", "interval": 30, "timeout": 10},
    "gateway": {"protocol": "TCP", "port": "80", "interval": 10, "timeout": 5},
    "lambda": {"enabled": False, "path": "/", "interval": 35, "timeout": 30, "matcher": "200"},
}
_COUNTS = {"enabled": True, "healthy_threshold": 5, "unhealthy_threshold": 2}


def family(group: Entry) -> str:
    """Which sort of balancer a target group is for: ``application``, ``network``, ``gateway``; or ``lambda``."""
    return _family(group.get("target_type", "instance"), group.get("protocol", "HTTP"))


def _family(target_type: str, protocol: str | None) -> str:
    if target_type == "lambda":
        return "lambda"
    if protocol == "GENEVE":
        return "gateway"
    return "application" if protocol in ("HTTP", "HTTPS") else "network"


class Groups:
    """Target groups.

    Args:
        records: What there is.
        network: Where VPCs are.
        place: The beginning of ARNs, up to and with the account's colon.
    """

    def __init__(self, records: Records, network: Network, place: str) -> None:
        self._records = records
        self._network = network
        self._place = place

    async def create(self, asked: Asked) -> dict[str, Any]:
        """Creates one; the same once more is the one that is there."""
        name = asked["Name"]
        if not _NAME.fullmatch(name):
            raise AwsError("ValidationError", _name_fault(name))
        values = await self._values(asked)
        for there in self._records.of(GROUP, name=name):
            if any(there.get(one) != value for one, value in values.items()):
                message = f"A target group with the same name '{name}' exists, but with different settings"
                raise AwsError("DuplicateTargetGroupName", message)
            return {"TargetGroups": [self._told(there)]}
        self._records.refuse_more(GROUP, len(self._records.of(GROUP)))
        suffix = f"targetgroup/{name}/{secrets.token_hex(8)}"
        arn = f"{self._place}{suffix}"
        values |= {"name": name, "id": arn, "arn": arn, "arn_suffix": suffix, "tags": tags_of(asked.get("Tags", ()))}
        return {"TargetGroups": [self._told(await self._records.resources.put(GROUP, name, values))]}

    # Terraform's attributes are of any type.
    async def _values(self, asked: Asked) -> dict[str, Any]:
        type, protocol = asked.get("TargetType", "instance"), asked.get("Protocol")
        if type == "lambda":
            _refuse_for_functions(asked)
        else:
            for member, title in (("Protocol", "protocol"), ("Port", "port"), ("VpcId", "VPC ID")):
                if member not in asked:
                    raise AwsError("ValidationError", f"A {title} must be specified")
            await self._network.check_vpc(asked["VpcId"])
        kind = _family(type, protocol)
        values = {name: asked[member] for name, member in _OWN.items() if member in asked}
        values |= {"target_type": type, "ip_address_type": asked.get("IpAddressType", "ipv4")}
        if kind == "application":
            values.setdefault("protocol_version", "HTTP1")
        defaults = {**_COUNTS, **_DEFAULTS[kind]}
        if asked.get("HealthCheckProtocol") in ("HTTP", "HTTPS"):
            defaults = {**defaults, "path": "/", "matcher": "200-399" if kind in ("network", "gateway") else "200"}
        if values.get("protocol_version") == "GRPC":
            defaults = {**defaults, "path": "/AWS.ALB/healthcheck", "matcher": "12"}
        values["health_check"] = [_checked({**defaults, **_check_of(asked)}, kind)]
        return values

    async def describe(self, asked: Asked) -> dict[str, Any]:
        """Describes them: all, some, or those of a balancer."""
        arns, names, balancer = asked.get("TargetGroupArns"), asked.get("Names"), asked.get("LoadBalancerArn")
        if sum(map(bool, (arns, names, balancer))) > 1:
            message = (
                "Target group names, target group ARNs and a load balancer ARN cannot be specified at the same time"
            )
            raise AwsError("ValidationError", message)
        found = self._records.some(GROUP, arns) if arns else self._records.of(GROUP)
        if names:
            found = [one for one in found if one["name"] in names]
            if len(found) < len(set(names)):
                raise missing(GROUP)
        if balancer:
            self._records.one(BALANCER, balancer)
            found = [one for one in found if balancer in self._balancers(one)]
        return page("TargetGroups", found, asked, self._told)

    async def modify(self, asked: Asked) -> dict[str, Any]:
        """Changes how targets are checked."""
        entry = self._records.one(GROUP, asked["TargetGroupArn"])
        check = _checked({**_told_check(entry), **_check_of(asked)}, family(entry))
        return {"TargetGroups": [self._told(await self._records.resources.change(entry, {"health_check": [check]}))]}

    async def delete(self, asked: Asked) -> dict[str, Any]:
        """Deletes one that nobody forwards to; one that is not there is deleted already."""
        for entry in self._records.of(GROUP, arn=asked["TargetGroupArn"]):
            if self._balancers(entry):
                message = f"Target group '{entry['arn']}' is currently in use by a listener or a rule"
                raise AwsError("ResourceInUse", message)
            for attachment in self._records.of(ATTACHMENT, target_group_arn=entry["arn"]):
                await self._records.resources.remove(attachment)
            await self._records.resources.remove(entry)
        return {}

    async def describe_attributes(self, asked: Asked) -> dict[str, Any]:
        """Every attribute that a group of its sort has."""
        entry = self._records.one(GROUP, asked["TargetGroupArn"])
        return {"Attributes": described(entry, TARGET_GROUP, family(entry))}

    async def modify_attributes(self, asked: Asked) -> dict[str, Any]:
        """Changes attributes, and tells all of them."""
        entry = self._records.one(GROUP, asked["TargetGroupArn"])
        values = changed(entry, asked["Attributes"], TARGET_GROUP, family(entry), "Target group")
        sticky = (values.get("stickiness") or [{}])[0]
        if sticky.get("enabled") and sticky.get("type") == "app_cookie" and not sticky.get("cookie_name"):
            message = "stickiness.app_cookie.cookie_name must be specified for stickiness of type 'app_cookie'"
            raise AwsError("InvalidConfigurationRequest", message)
        if sticky.get("enabled") and not sticky.get("type"):
            values["stickiness"] = [{**sticky, "type": "lb_cookie" if family(entry) == "application" else "source_ip"}]
        entry = await self._records.resources.change(entry, values)
        return {"Attributes": described(entry, TARGET_GROUP, family(entry))}

    def _balancers(self, entry: Entry) -> list[str]:
        return [str(one["arn"]) for one in self._records.users(entry["arn"])]

    def _told(self, entry: Entry) -> dict[str, Any]:
        check, kind = _told_check(entry), family(entry)
        matcher = check.get("matcher")
        code = "GrpcCode" if entry.get("protocol_version") == "GRPC" else "HttpCode"
        return {
            "TargetGroupArn": entry["arn"],
            "TargetGroupName": entry["name"],
            "Protocol": entry.get("protocol"),
            "Port": entry.get("port"),
            "VpcId": entry.get("vpc_id"),
            **{member: check.get(name) for name, member in _CHECK.items()},
            "Matcher": {code: matcher} if matcher else None,
            "LoadBalancerArns": self._balancers(entry),
            "TargetType": entry.get("target_type", "instance"),
            "ProtocolVersion": entry.get("protocol_version", "HTTP1") if kind == "application" else None,
            "IpAddressType": entry.get("ip_address_type", "ipv4"),
        }


def _told_check(entry: Entry) -> dict[str, Any]:
    """How targets are checked; what the architecture does not say is as Terraform's provider fills it in."""
    written = {name: value for name, value in entry.block("health_check").items() if value is not None}
    by_provider = {"healthy_threshold": 3, "unhealthy_threshold": 3}
    return {**_COUNTS, **_DEFAULTS[family(entry)], **by_provider, **written}


def _check_of(asked: Asked) -> dict[str, Any]:
    found = {name: asked[member] for name, member in _CHECK.items() if member in asked}
    matcher = asked.get("Matcher", {})
    code = matcher.get("HttpCode") or matcher.get("GrpcCode")
    return found | ({"matcher": code} if code else {})


def _checked(check: dict[str, Any], kind: str) -> dict[str, Any]:
    """A health check that AWS takes.

    Raises:
        AwsError: ``ValidationError``, ``InvalidConfigurationRequest``.
    """
    if kind != "lambda" and not check["enabled"]:
        raise AwsError("InvalidConfigurationRequest", "Health checks can be disabled for target type 'lambda' only")
    if check["timeout"] > check["interval"] or (kind == "lambda" and check["timeout"] == check["interval"]):
        message = f"Health check timeout '{check['timeout']}' must be smaller than the interval '{check['interval']}'"
        raise AwsError("ValidationError", message)
    port = str(check.get("port", "traffic-port"))
    if port != "traffic-port" and not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65_535):
        raise AwsError("ValidationError", f"Health check port '{port}' must be in the range 1-65535 or 'traffic-port'")
    matcher = str(check.get("matcher", "200"))
    highest = 499 if kind in ("application", "lambda") else 599
    numbers = [int(number) for number in re.findall(r"\d+", matcher)]
    if len(matcher) > 2 and (not _CODES.fullmatch(matcher) or min(numbers) < 200 or max(numbers) > highest):
        message = f"Health check matcher HTTP code '{matcher}' must be within '200-{highest}' inclusive"
        raise AwsError("ValidationError", message)
    if not str(check.get("path", "/")).startswith("/"):
        raise AwsError("ValidationError", f"Health check path '{check['path']}' must begin with a '/' character")
    return check


def _refuse_for_functions(asked: Asked) -> None:
    for member, title in (("Protocol", "Protocol"), ("Port", "Port"), ("VpcId", "VPC ID")):
        if member in asked:
            message = f"{title} cannot be specified for target groups with target type 'lambda'"
            raise AwsError("ValidationError", message)


def _name_fault(name: str) -> str:
    if len(name) > 32:
        return f"Target group name '{name}' cannot be longer than '32' characters"
    return f"Target group name '{name}' can only contain characters that are alphanumeric characters or hyphens(-)"
