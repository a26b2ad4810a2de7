"""Operations on load balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and its neighbours
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

from terrarium.local.api.load_balancing.attributes import LOAD_BALANCER, changed, described
from terrarium.local.api.load_balancing.model import Asked, shape
from terrarium.local.api.load_balancing.names import attributes, members
from terrarium.local.api.load_balancing.network import Network, Subnet
from terrarium.local.api.load_balancing.paging import page
from terrarium.local.api.load_balancing.records import BALANCER, CERTIFICATE, LISTENER, RULE, Records
from terrarium.local.api.load_balancing.tags import tags_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

_NAME = re.compile(r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
_PREFIXES = {"application": "app", "network": "net", "gateway": "gwy"}


def kind_of(balancer: Entry) -> str:
    """``application``, ``network`` or ``gateway``."""
    return str(balancer.get("load_balancer_type", "application"))


class Balancers:
    """Load balancers.

    Args:
        records: What there is.
        network: What they stand in.
        place: The beginning of ARNs, up to and with the account's colon.
        region: Where they are.
        now: The time, as AWS writes it.
    """

    def __init__(self, records: Records, network: Network, place: str, region: str, now: str) -> None:
        self._records = records
        self._network = network
        self._place = place
        self._region = region
        self._started = now

    async def create(self, asked: Asked, now: str) -> dict[str, Any]:
        """Creates one; the same once more is the one that is there."""
        name, kind = asked["Name"], asked.get("Type", "application")
        if not _NAME.fullmatch(name):
            raise AwsError("ValidationError", _name_fault(name))
        subnets = await self._subnets(asked, kind)
        groups = await self._groups(asked, kind, subnets[0].vpc)
        values = {
            "name": name,
            "load_balancer_type": kind,
            "internal": asked.get("Scheme") == "internal",
            "ip_address_type": asked.get("IpAddressType", "ipv4"),
            "security_groups": groups,
            "vpc_id": subnets[0].vpc,
            **_placed(asked, subnets),
        }
        for there in self._records.of(BALANCER, name=name):
            if any(there.get(one) != value for one, value in values.items()):
                message = f"A load balancer with the same name '{name}' exists, but with different settings"
                raise AwsError("DuplicateLoadBalancerName", message)
            return {"LoadBalancers": [await self._told(there)]}
        self._records.refuse_more(BALANCER, len(self._records.of(BALANCER)))
        values |= {"tags": tags_of(asked.get("Tags", ())), "created_time": now, **self._decided(name, kind, values)}
        entry = await self._records.resources.put(BALANCER, name, values)
        return {"LoadBalancers": [await self._told(entry)]}

    def _decided(self, name: str, kind: str, values: dict[str, Any]) -> dict[str, str]:
        """ARN and DNS name, which no other balancer ever had.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
        """
        suffix = f"{_PREFIXES[kind]}/{name}/{secrets.token_hex(8)}"
        arn = f"{self._place}loadbalancer/{suffix}"
        prefix = "internal-" if values["internal"] and kind == "application" else ""
        host = f"{prefix}{name}-{secrets.randbelow(2**31)}.{self._region}.elb.amazonaws.com"
        if kind != "application":
            host = f"{name}-{suffix.rpartition('/')[2]}.elb.{self._region}.amazonaws.com"
        return {"id": arn, "arn": arn, "arn_suffix": suffix, "dns_name": host}

    async def _subnets(self, asked: Asked, kind: str) -> list[Subnet]:
        mapped = [one.get("SubnetId", "") for one in asked.get("SubnetMappings", ())]
        ids = list(dict.fromkeys(asked.get("Subnets") or mapped))
        if asked.get("Subnets") and mapped:
            raise AwsError("ValidationError", "You must specify either subnets or subnet mappings, but not both")
        if not ids:
            raise AwsError("ValidationError", "You must specify at least one subnet")
        subnets = await self._network.subnets(ids)
        if len({subnet.vpc for subnet in subnets}) > 1:
            raise AwsError("InvalidConfigurationRequest", "All subnets must belong to the same VPC")
        if len({subnet.zone for subnet in subnets}) < len(subnets):
            message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
            raise AwsError("InvalidConfigurationRequest", message)
        if kind == "application" and len(subnets) < 2:
            message = "At least two subnets in two different Availability Zones must be specified"
            raise AwsError("ValidationError", message)
        return subnets

    async def _groups(self, asked: Asked, kind: str, vpc: str) -> list[str]:
        given = list(asked.get("SecurityGroups", ()))
        if kind == "gateway" and given:
            message = "Security groups are not supported for load balancers with type 'gateway'"
            raise AwsError("InvalidConfigurationRequest", message)
        await self._network.check_security_groups(given)
        return given if given or kind != "application" else await self._network.default_security_groups(vpc)

    async def describe(self, asked: Asked) -> dict[str, Any]:
        """Describes them."""
        arns, names = asked.get("LoadBalancerArns"), asked.get("Names")
        if arns and names:
            message = "Load balancer names and load balancer ARNs cannot be specified at the same time"
            raise AwsError("ValidationError", message)
        found = self._records.some(BALANCER, arns) if arns else self._records.of(BALANCER)
        if names:
            missing = [name for name in names if not any(one["name"] == name for one in found)]
            if missing:
                raise AwsError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
            found = [one for one in found if one["name"] in names]
        told = page("LoadBalancers", found, asked, lambda entry: entry)
        return {**told, "LoadBalancers": [await self._told(entry) for entry in told["LoadBalancers"]]}

    async def delete(self, asked: Asked) -> dict[str, Any]:
        """Deletes one with its listeners; one that is not there is deleted already."""
        for entry in self._records.of(BALANCER, arn=asked["LoadBalancerArn"]):
            if entry.get("enable_deletion_protection"):
                message = f"Load balancer '{entry['arn']}' cannot be deleted because deletion protection is enabled"
                raise AwsError("OperationNotPermitted", message)
            for listener in self._records.of(LISTENER, load_balancer_arn=entry["arn"]):
                await remove_listener(self._records, listener)
            await self._records.resources.remove(entry)
        return {}

    async def describe_attributes(self, asked: Asked) -> dict[str, Any]:
        """Every attribute that a balancer of its type has."""
        entry = self._records.one(BALANCER, asked["LoadBalancerArn"])
        return {"Attributes": described(entry, LOAD_BALANCER, kind_of(entry))}

    async def modify_attributes(self, asked: Asked) -> dict[str, Any]:
        """Changes attributes, and tells those of the call."""
        entry = self._records.one(BALANCER, asked["LoadBalancerArn"])
        given = asked["Attributes"]
        values = changed(entry, given, LOAD_BALANCER, kind_of(entry), "Load balancer")
        for logs in ("access_logs", "connection_logs", "health_check_logs"):
            if values.get(logs) and values[logs][0].get("enabled") and not values[logs][0].get("bucket"):
                message = f"{logs}.s3.bucket must be specified when {logs}.s3.enabled is true"
                raise AwsError("InvalidConfigurationRequest", message)
        entry = await self._records.resources.change(entry, values)
        keys = {one["Key"] for one in given}
        return {"Attributes": [one for one in described(entry, LOAD_BALANCER, kind_of(entry)) if one["Key"] in keys]}

    async def set_security_groups(self, asked: Asked) -> dict[str, Any]:
        """Puts other firewalls around one."""
        entry = self._records.one(BALANCER, asked["LoadBalancerArn"])
        groups = await self._groups(asked, kind_of(entry), entry.get("vpc_id", ""))
        await self._records.resources.change(entry, {"security_groups": groups})
        return {"SecurityGroupIds": groups}

    async def set_subnets(self, asked: Asked) -> dict[str, Any]:
        """Puts one into other subnets."""
        entry = self._records.one(BALANCER, asked["LoadBalancerArn"])
        subnets = await self._subnets(asked, kind_of(entry))
        values = _placed(asked, subnets) | {"ip_address_type": asked.get("IpAddressType", _ip_type(entry))}
        entry = await self._records.resources.change(entry, values)
        return {"AvailabilityZones": await self._zones(entry), "IpAddressType": _ip_type(entry)}

    async def set_ip_address_type(self, asked: Asked) -> dict[str, Any]:
        """Says which addresses clients may have."""
        entry = self._records.one(BALANCER, asked["LoadBalancerArn"])
        entry = await self._records.resources.change(entry, {"ip_address_type": asked["IpAddressType"]})
        return {"IpAddressType": _ip_type(entry)}

    async def describe_capacity(self, asked: Asked) -> dict[str, Any]:
        """No balancer has capacity reserved here.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeCapacityReservation.html
        """
        self._records.one(BALANCER, asked["LoadBalancerArn"])
        return {"CapacityReservationState": [{"State": {"Code": "provisioned"}}]}

    async def _told(self, entry: Entry) -> dict[str, Any]:
        return {
            "LoadBalancerArn": entry["arn"],
            "DNSName": entry["dns_name"],
            "CanonicalHostedZoneId": entry["zone_id"],
            "CreatedTime": entry.get("created_time", self._started),
            "LoadBalancerName": entry["name"],
            "Scheme": "internal" if entry.get("internal") else "internet-facing",
            "VpcId": await self._vpc(entry),
            "State": {"Code": "active"},
            "Type": kind_of(entry),
            "AvailabilityZones": await self._zones(entry),
            "SecurityGroups": entry.get("security_groups", []),
            "IpAddressType": _ip_type(entry),
        }

    async def _vpc(self, entry: Entry) -> str | None:
        if entry.get("vpc_id"):
            return str(entry["vpc_id"])
        subnets = await self._network.known_subnets(list(entry.get("subnets", ()))[:1])
        return subnets[0].vpc if subnets else None

    async def _zones(self, entry: Entry) -> list[dict[str, Any]]:
        if "availability_zones" in entry.values:
            return [members(one, shape("AvailabilityZone")) for one in entry["availability_zones"]]
        subnets = await self._network.known_subnets(list(entry.get("subnets", ())))
        return [{"ZoneName": one.zone, "SubnetId": one.id} for one in subnets]


async def remove_listener(records: Records, listener: Entry) -> None:
    """Removes a listener with its rules and further certificates."""
    for below in (
        *records.of(RULE, listener_arn=listener["arn"]),
        *records.of(CERTIFICATE, listener_arn=listener["arn"]),
    ):
        await records.resources.remove(below)
    await records.resources.remove(listener)


# Terraform's attributes are of any type.
def _placed(asked: Asked, subnets: Sequence[Subnet]) -> dict[str, Any]:
    mapped = attributes(asked.get("SubnetMappings", []), shape("SubnetMappings"))
    zones = [{"zone_name": one.zone, "subnet_id": one.id} for one in subnets]
    for zone, one in zip(zones, mapped, strict=False):
        given = {name: one[name] for name in ("allocation_id", "private_ipv4_address", "ipv6_address") if name in one}
        if given:
            zone["load_balancer_addresses"] = [given]  # type: ignore[assignment]  # a block among texts
    found = {"subnets": [one.id for one in subnets], "availability_zones": zones}
    return found | ({"subnet_mapping": mapped} if mapped else {})


def _ip_type(entry: Entry) -> str:
    return str(entry.get("ip_address_type", "ipv4"))


def _name_fault(name: str) -> str:
    if len(name) > 32:
        return f"The load balancer name '{name}' cannot be longer than '32' characters"
    if name.startswith("internal-"):
        return f"The load balancer name '{name}' cannot begin with 'internal-'"
    rule = "can only contain alphanumeric characters and hyphens, and cannot begin or end with a hyphen"
    return f"The load balancer name '{name}' {rule}"
