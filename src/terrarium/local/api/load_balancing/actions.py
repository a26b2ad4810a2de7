"""What listeners and rules may do: read from a call, and held against what AWS takes.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from terrarium.local.api.load_balancing.balancers import kind_of
from terrarium.local.api.load_balancing.groups import family
from terrarium.local.api.load_balancing.names import REDIRECT, actions_as_blocks
from terrarium.local.api.load_balancing.records import GROUP, Records, groups_of
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

_LAST = ("forward", "redirect", "fixed-response")
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
_CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
_NEEDS = {"redirect": "RedirectConfig", "fixed-response": "FixedResponseConfig"}
_MOST_GROUPS = 5
#: Which sort of target groups a sort of balancer forwards to.
_FAMILIES: Mapping[str, Sequence[str]] = {
    "application": ("application", "lambda"),
    "network": ("network",),
    "gateway": ("gateway",),
}


class Actions:
    """Actions of calls.

    Args:
        records: Where target groups are.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    # Members and attributes are of any type.
    def read(self, given: list[Any], balancer: Entry, protocol: str | None) -> list[dict[str, Any]]:
        """Actions as Terraform's blocks.

        Args:
            given: As a call has them.
            balancer: Whose listener does it.
            protocol: The listener's.

        Raises:
            AwsError: AWS does not take them.
        """
        ordered = sorted(given, key=lambda one: int(one.get("Order", 50_000)))
        if not ordered or ordered[-1]["Type"] not in _LAST or sum(one["Type"] in _LAST for one in ordered) != 1:
            message = (
                "Exactly one action of type forward, redirect or fixed-response must be specified, as the last one"
            )
            raise AwsError("InvalidLoadBalancerAction", message)
        if kind_of(balancer) != "application" and ordered[-1]["Type"] != "forward":
            message = f"Load balancers with type '{kind_of(balancer)}' only support forward actions"
            raise AwsError("InvalidLoadBalancerAction", message)
        if len(ordered) > 1 and protocol != "HTTPS":
            raise AwsError("InvalidLoadBalancerAction", "Users are authenticated by listeners with HTTPS only")
        for one in ordered:
            _check(one)
        blocks = actions_as_blocks(given)
        self._check_groups(groups_of(blocks), balancer)
        return blocks

    def _check_groups(self, arns: list[str], balancer: Entry) -> None:
        kind = kind_of(balancer)
        for arn in arns:
            found = self._records.of(GROUP, arn=arn)
            if not found:
                raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")
            if family(found[0]) not in _FAMILIES[kind]:
                message = f"The target group '{arn}' does not have a protocol of load balancers with type '{kind}'"
                raise AwsError("IncompatibleProtocols", message)
            vpcs = {found[0].get("vpc_id"), balancer.get("vpc_id")} - {None}
            if len(vpcs) > 1:
                message = f"The target group '{arn}' is in a different VPC than the load balancer '{balancer['arn']}'"
                raise AwsError("InvalidConfigurationRequest", message)
            if any(one["arn"] != balancer["arn"] for one in self._records.users(arn)):
                message = f"The following target groups cannot be associated with more than one load balancer: {arn}"
                raise AwsError("TargetGroupAssociationLimit", message)


def _check(action: Mapping[str, Any]) -> None:
    type, config = action["Type"], action.get(_NEEDS.get(action["Type"], ""))
    if type in _NEEDS and config is None:
        raise AwsError("ValidationError", f"A {_NEEDS[type]} must be specified for actions of type '{type}'")
    if type == "redirect":
        _check_redirect(config or {})
    if type == "fixed-response":
        _check_fixed(config or {})
    if type == "forward":
        _check_forward(action)


def _check_redirect(config: Mapping[str, Any]) -> None:
    """One of protocol, port, host and path has to change.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions
    """
    parts = ("Protocol", "Port", "Host", "Path")
    if all(config.get(part, REDIRECT[part.lower()]) == REDIRECT[part.lower()] for part in parts):
        raise AwsError("InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop")
    port = config.get("Port", "#{port}")
    if port != "#{port}" and not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65_535):
        raise AwsError("ValidationError", f"The redirect port '{port}' must be from 1 to 65535 or #{{port}}")
    if not config.get("Path", "/").startswith("/"):
        raise AwsError("ValidationError", "The path of a redirect must begin with '/'")


def _check_fixed(config: Mapping[str, Any]) -> None:
    type = config.get("ContentType", "text/plain")
    if type not in _CONTENT_TYPES:
        message = f"The ContentType must be one of:'{', '.join(_CONTENT_TYPES)}'"
        raise AwsError("ValidationError", message)


def _check_forward(action: Mapping[str, Any]) -> None:
    groups = action.get("ForwardConfig", {}).get("TargetGroups", ())
    alone = action.get("TargetGroupArn")
    if not groups and not alone:
        raise AwsError("ValidationError", "A target group ARN must be specified for actions of type 'forward'")
    if groups and alone and [one.get("TargetGroupArn") for one in groups] != [alone]:
        message = "A target group ARN and a ForwardConfig must name the same target group, and that one alone"
        raise AwsError("ValidationError", message)
    if len(groups) > _MOST_GROUPS:
        raise AwsError("TooManyTargetGroups", f"An action can forward to at most {_MOST_GROUPS} target groups")
    for one in groups:
        if not 0 <= one.get("Weight", 1) <= 999:
            raise AwsError("ValidationError", "The weight of a target group must be from 0 to 999")
