"""Operations on targets: who stands behind a balancer, and how they are.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html and its neighbours
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terrarium.local.api.load_balancing.groups import family
from terrarium.local.api.load_balancing.model import Asked
from terrarium.local.api.load_balancing.network import Network
from terrarium.local.api.load_balancing.records import ATTACHMENT, BALANCER, GROUP, Records
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import function_name
from terrarium.local.registry import Entry

#: The targets' health by target group, as the running balancers tell it.
Health = Callable[[], Mapping[str, Sequence[Mapping[str, Any]]]]

#: From private networks AWS takes addresses; those of this machine's loopback interface are the laptop's own.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-type
_NETWORKS = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8"))
)
_UNUSED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
_UNKNOWN = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}


class Targets:
    """Targets.

    Args:
        records: What there is.
        network: Where instances are.
        health: How targets are.
    """

    def __init__(self, records: Records, network: Network, health: Health) -> None:
        self._records = records
        self._network = network
        self._health = health

    async def register(self, asked: Asked) -> dict[str, Any]:
        """Registers targets, each of which gets traffic from now on; one that is registered stays so."""
        group = self._records.one(GROUP, asked["TargetGroupArn"])
        if not asked["Targets"]:
            raise AwsError("ValidationError", "You must specify at least one target")
        for target in asked["Targets"]:
            await self._check(group, target)
        for target in asked["Targets"]:
            if not self._registered(group, target):
                await self._put(group, target)
        return {}

    async def _put(self, group: Entry, target: Mapping[str, Any]) -> None:
        present = self._records.of(ATTACHMENT, target_group_arn=group["arn"])
        if family(group) == "lambda" and present:
            raise AwsError("TooManyTargets", "A target group can have one Lambda function")
        self._records.refuse_more(ATTACHMENT, len(present))
        given = {"port": target.get("Port"), "availability_zone": target.get("AvailabilityZone")}
        values = {name: value for name, value in given.items() if value is not None}
        values |= {"target_group_arn": group["arn"], "target_id": target["Id"]}
        await self._records.resources.put(ATTACHMENT, f"{group['name']}-{secrets.token_hex(8)}", values)

    async def _check(self, group: Entry, target: Mapping[str, Any]) -> None:
        type, id = group.get("target_type", "instance"), target["Id"]
        if type == "instance":
            if not id.startswith("i-"):
                raise AwsError("ValidationError", f"Instance ID '{id}' is not valid")
            await self._network.check_instance(id)
        elif type == "ip":
            _check_address(id)
        elif type == "lambda":
            self._check_function(id, target)
        else:
            self._records.one(BALANCER, id)

    def _check_function(self, arn: str, target: Mapping[str, Any]) -> None:
        name = function_name(arn) if arn.startswith("arn:") else None
        if name is None:
            raise AwsError("ValidationError", f"'{arn}' is not a valid Lambda function ARN")
        if "Port" in target:
            raise AwsError("ValidationError", "Port cannot be specified for targets of type 'lambda'")
        if not self._records.of("aws_lambda_function", function_name=name.name):
            raise AwsError("InvalidTarget", f"The Lambda function '{arn}' does not exist")

    async def deregister(self, asked: Asked) -> dict[str, Any]:
        """Deregisters targets, which finish what they do; one that is not registered is no error."""
        group = self._records.one(GROUP, asked["TargetGroupArn"])
        for target in asked["Targets"]:
            for attachment in self._registered(group, target):
                await self._records.resources.remove(attachment)
        return {}

    def _registered(self, group: Entry, target: Mapping[str, Any]) -> list[Entry]:
        found = self._records.of(ATTACHMENT, target_group_arn=group["arn"], target_id=target["Id"])
        return [one for one in found if _port(one.get("port"), group) == _port(target.get("Port"), group)]

    async def describe_health(self, asked: Asked) -> dict[str, Any]:
        """How targets are: all of a group, or some."""
        group = self._records.one(GROUP, asked["TargetGroupArn"])
        every = self._described(group)
        if not asked.get("Targets"):
            return {"TargetHealthDescriptions": every}
        found: list[Mapping[str, Any]] = []
        for target in asked["Targets"]:
            port = _port(target.get("Port"), group)
            own = [one for one in every if (one["Target"]["Id"], one["Target"].get("Port")) == (target["Id"], port)]
            asked_for = {"Id": target["Id"]} | ({"Port": port} if port is not None else {})
            found += own or [{"Target": asked_for, "TargetHealth": _UNKNOWN}]
        return {"TargetHealthDescriptions": found}

    def _described(self, group: Entry) -> list[Mapping[str, Any]]:
        """As the balancer tells it; where none does, nobody uses the group, or nothing balances its protocol here."""
        live = self._health().get(group["arn"])
        if live is not None:
            return list(live)
        return [self._still(group, one) for one in self._records.of(ATTACHMENT, target_group_arn=group["arn"])]

    def _still(self, group: Entry, attachment: Entry) -> Mapping[str, Any]:
        port = _port(attachment.get("port"), group)
        target = {"Id": attachment["target_id"]} | ({"Port": port} if port is not None else {})
        health = _UNUSED
        if self._records.users(group["arn"]):
            text = f"Target health is unavailable: nothing balances {group.get('protocol')} here"
            health = {"State": "unavailable", "Reason": "Elb.InternalError", "Description": text}
        checked = group.block("health_check").get("port") or "traffic-port"
        of_check = {} if port is None else {"HealthCheckPort": str(port if checked == "traffic-port" else checked)}
        return {"Target": target, **of_check, "TargetHealth": health}


def _port(given: Any, group: Entry) -> int | None:
    """Where a target gets traffic: a function has no port."""
    if family(group) == "lambda":
        return None
    return int(given if given is not None else group["port"])


def _check_address(id: str) -> None:
    try:
        address = ipaddress.ip_address(id)
    except ValueError as fault:
        raise AwsError("ValidationError", f"The IP address '{id}' is not a valid IPv4 address") from fault
    if not any(address in network for network in _NETWORKS):
        message = (
            f"The IP address '{id}' is not from the VPC's subnets or one of the ranges 10.0.0.0/8, 100.64.0.0/10, "
            "172.16.0.0/12 and 192.168.0.0/16"
        )
        raise AwsError("ValidationError", message)
