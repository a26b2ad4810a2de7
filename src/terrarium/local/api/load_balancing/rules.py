"""Operations on listeners' rules.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html and its neighbours
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from terrarium.local.api.load_balancing.actions import Actions
from terrarium.local.api.load_balancing.balancers import kind_of
from terrarium.local.api.load_balancing.model import Asked
from terrarium.local.api.load_balancing.names import actions_as_members, conditions_as_blocks, conditions_as_members
from terrarium.local.api.load_balancing.paging import page
from terrarium.local.api.load_balancing.records import BALANCER, LISTENER, RULE, Records
from terrarium.local.api.load_balancing.tags import tags_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
_MOST_VALUES = 5


class Rules:
    """Rules.

    Args:
        records: What there is.
        actions: Reads what they do.
    """

    def __init__(self, records: Records, actions: Actions) -> None:
        self._records = records
        self._actions = actions

    async def create(self, asked: Asked) -> dict[str, Any]:
        """Creates one at a priority that no other has."""
        listener = self._records.one(LISTENER, asked["ListenerArn"])
        balancer = self._records.one(BALANCER, listener["load_balancer_arn"])
        if kind_of(balancer) != "application":
            message = f"Rules are not supported for listeners of load balancers with type '{kind_of(balancer)}'"
            raise AwsError("UnsupportedProtocol", message)
        present = self._records.of(RULE, listener_arn=listener["arn"])
        if any(int(one["priority"]) == asked["Priority"] for one in present):
            raise AwsError("PriorityInUse", f"Priority '{asked['Priority']}' is currently in use")
        ours = [entry["arn"] for entry in self._records.of(LISTENER, load_balancer_arn=balancer["arn"])]
        self._records.refuse_more(RULE, sum(one["listener_arn"] in ours for one in self._records.of(RULE)))
        arn = f"{_stem(listener)}/{secrets.token_hex(8)}"
        values = self._values(asked, listener, balancer) | {
            "id": arn,
            "arn": arn,
            "listener_arn": listener["arn"],
            "priority": asked["Priority"],
            "tags": tags_of(asked.get("Tags", ())),
        }
        entry = await self._records.resources.put(RULE, f"{balancer['name']}-{arn.rpartition('/')[2]}", values)
        return {"Rules": [_told(entry)]}

    async def modify(self, asked: Asked) -> dict[str, Any]:
        """Changes one; what is not given stays."""
        self._refuse_default([asked["RuleArn"]], "modified")
        entry = self._records.one(RULE, asked["RuleArn"])
        if "Conditions" not in asked and "Actions" not in asked:
            raise AwsError("ValidationError", "Either conditions or actions must be specified")
        listener = self._records.one(LISTENER, entry["listener_arn"])
        balancer = self._records.one(BALANCER, listener["load_balancer_arn"])
        values = self._values(asked, listener, balancer)
        return {"Rules": [_told(await self._records.resources.change(entry, values))]}

    # Terraform's attributes are of any type.
    def _values(self, asked: Asked, listener: Entry, balancer: Entry) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if asked.get("Transforms"):
            raise AwsError("ValidationError", "Terrarium does not rewrite hosts and URLs by rules yet")
        if "Conditions" in asked:
            values["condition"] = conditions_as_blocks(asked["Conditions"])
            _check_conditions(values["condition"])
        if "Actions" in asked:
            values["action"] = self._actions.read(asked["Actions"], balancer, listener.get("protocol"))
        return values

    async def describe(self, asked: Asked) -> dict[str, Any]:
        """Describes those of a listener by priority, the default one last, or some."""
        arns, listener = asked.get("RuleArns"), asked.get("ListenerArn")
        if bool(arns) == bool(listener):
            raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
        if arns:
            return page("Rules", [self._any(arn) for arn in dict.fromkeys(arns)], asked, _told)
        found = self._records.one(LISTENER, str(listener))
        rules = sorted(self._records.of(RULE, listener_arn=found["arn"]), key=lambda one: int(one["priority"]))
        return page("Rules", [*rules, found], asked, _told)

    def _any(self, arn: str) -> Entry:
        """A rule, or the listener whose default rule it is."""
        default = [one for one in self._records.of(LISTENER) if default_arn(one) == arn]
        return default[0] if default else self._records.one(RULE, arn)

    async def delete(self, asked: Asked) -> dict[str, Any]:
        """Deletes one."""
        self._refuse_default([asked["RuleArn"]], "deleted")
        await self._records.resources.remove(self._records.one(RULE, asked["RuleArn"]))
        return {}

    async def set_priorities(self, asked: Asked) -> dict[str, Any]:
        """Reorders rules; those of the call may take each other's places."""
        wanted = {one.get("RuleArn", ""): one.get("Priority") for one in asked["RulePriorities"]}
        self._refuse_default(wanted, "reprioritized")
        entries = self._records.some(RULE, list(wanted))
        for entry in entries:
            others = self._records.of(RULE, listener_arn=entry["listener_arn"])
            after = [wanted.get(one["arn"]) or int(one["priority"]) for one in others]
            if after.count(wanted[entry["arn"]]) > 1:
                raise AwsError("PriorityInUse", f"Priority '{wanted[entry['arn']]}' is currently in use")
        changed = [await self._records.resources.change(one, {"priority": wanted[one["arn"]]}) for one in entries]
        return {"Rules": [_told(one) for one in changed]}

    def _refuse_default(self, arns: Sequence[str] | Mapping[str, Any], verb: str) -> None:
        if any(default_arn(one) in arns for one in self._records.of(LISTENER)):
            raise AwsError("OperationNotPermitted", f"Default rule cannot be {verb}")


def _stem(listener: Entry) -> str:
    return str(listener["arn"]).replace(":listener/", ":listener-rule/")


def default_arn(listener: Entry) -> str:
    """The ARN of a listener's default rule, the same at each start."""
    return f"{_stem(listener)}/{hashlib.sha256(listener['arn'].encode()).hexdigest()[:16]}"


def _told(entry: Entry) -> dict[str, Any]:
    """A rule, or a listener's default one."""
    if entry.type == LISTENER:
        actions = actions_as_members(entry["default_action"])
        return {
            "RuleArn": default_arn(entry),
            "Priority": "default",
            "Conditions": [],
            "Actions": actions,
            "IsDefault": True,
        }
    return {
        "RuleArn": entry["arn"],
        "Priority": str(entry["priority"]),
        "Conditions": conditions_as_members(entry["condition"]),
        "Actions": actions_as_members(entry["action"]),
        "IsDefault": False,
    }


def _check_conditions(blocks: list[Mapping[str, Any]]) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"""
    if not blocks:
        raise AwsError("ValidationError", "A condition must be specified")
    values: list[str] = []
    for block in blocks:
        ((name, inner),) = block.items()
        own = [one["value"] for one in inner] if name == "query_string" else inner[0]["values"]
        if name == "http_header" and not inner[0]["http_header_name"]:
            raise AwsError("ValidationError", "A header name must be specified for the field 'http-header'")
        if name == "source_ip":
            _check_blocks(own)
        if any(len(value) > 128 for value in own):
            raise AwsError("ValidationError", "A condition value cannot be longer than '128' characters")
        values += own
    if len(values) > _MOST_VALUES:
        raise AwsError("ValidationError", f"A rule can only have '{_MOST_VALUES}' condition values")
    once = [next(iter(block)) for block in blocks if not block.keys() & {"http_header", "query_string"}]
    if len(set(once)) < len(once):
        raise AwsError(
            "ValidationError", "A rule can only have one condition of each field but http-header and query-string"
        )


def _check_blocks(values: Sequence[str]) -> None:
    for value in values:
        try:
            ipaddress.ip_network(value, strict=False)
        except ValueError as fault:
            raise AwsError("ValidationError", f"Condition value '{value}' is not a CIDR block") from fault
