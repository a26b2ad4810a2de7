"""The resources that make up load balancing, as the registry has them; each that is not there has its error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

BALANCER, LISTENER, RULE = "aws_lb", "aws_lb_listener", "aws_lb_listener_rule"
GROUP, ATTACHMENT = "aws_lb_target_group", "aws_lb_target_group_attachment"
CERTIFICATE = "aws_lb_listener_certificate"


_MISSING = {
    BALANCER: ("LoadBalancerNotFound", "load balancers"),
    LISTENER: ("ListenerNotFound", "listeners"),
    RULE: ("RuleNotFound", "rules"),
    GROUP: ("TargetGroupNotFound", "target groups"),
}
#: How many there may be; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
QUOTAS = {
    BALANCER: (50, "TooManyLoadBalancers", "load balancers"),
    LISTENER: (50, "TooManyListeners", "listeners"),
    RULE: (100, "TooManyRules", "rules"),
    GROUP: (3_000, "TooManyTargetGroups", "target groups"),
    ATTACHMENT: (1_000, "TooManyTargets", "targets"),
    CERTIFICATE: (25, "TooManyCertificates", "certificates"),
}
#: The beginnings of what follows the account in ARNs, by type.
_OF_ARN = {"loadbalancer": BALANCER, "listener": LISTENER, "listener-rule": RULE, "targetgroup": GROUP}


def missing(type: str) -> AwsError:
    """The error of a resource that is not there."""
    code, title = _MISSING[type]
    return AwsError(code, f"One or more {title} not found")


class Records:
    """What there is.

    Args:
        resources: The registry.
    """

    def __init__(self, resources: Resources) -> None:
        self.resources = resources

    def one(self, type: str, arn: str) -> Entry:
        """A resource by its ARN.

        Raises:
            AwsError: Such as ``LoadBalancerNotFound``.
        """
        found = self.resources.of(type, arn=arn)
        if not found:
            raise missing(type)
        return found[0]

    def some(self, type: str, arns: Sequence[str]) -> list[Entry]:
        """Resources by their ARNs, each of which must be there."""
        return [self.one(type, arn) for arn in dict.fromkeys(arns)]

    def tagged(self, arn: str) -> Entry:
        """Whatever has an ARN."""
        kind = arn.split(":", 5)[-1].partition("/")[0]
        if kind not in _OF_ARN:
            raise AwsError("ValidationError", f"'{arn}' is not a valid load balancer ARN")
        return self.one(_OF_ARN[kind], arn)

    # Values of attributes are of any type.
    def of(self, type: str, **values: Any) -> list[Entry]:
        """Every resource of a type with these values."""
        return self.resources.of(type, **values)

    def refuse_more(self, type: str, present: int) -> None:
        """Raises the type's error where there are as many as there may be."""
        most, code, title = QUOTAS[type]
        if present >= most:
            raise AwsError(code, f"The maximum number of {title} has been reached")

    def users(self, group: str) -> list[Entry]:
        """The balancers whose listeners or rules forward to a target group."""
        arns = []
        for listener in self.of(LISTENER):
            rules = self.of(RULE, listener_arn=listener["arn"])
            blocks = [listener.get("default_action"), *(rule.get("action") for rule in rules)]
            if group in {arn for one in blocks for arn in groups_of(one)}:
                arns.append(listener["load_balancer_arn"])
        return [entry for arn in dict.fromkeys(arns) for entry in self.of(BALANCER, arn=arn)]


# Blocks of actions have attributes of any type.
def groups_of(blocks: Any) -> list[str]:
    """The target groups that actions forward to."""
    found = []
    for one in blocks if isinstance(blocks, list) else [blocks or {}]:
        if one.get("forward"):
            inner = one["forward"]
            forward = inner[0] if isinstance(inner, list) else inner
            found += [group["arn"] for group in forward.get("target_group") or ()]
        if one.get("target_group_arn"):
            found.append(one["target_group_arn"])
    return list(dict.fromkeys(found))
