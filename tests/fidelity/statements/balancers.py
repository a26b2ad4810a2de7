"""What the statements about the control plane of load balancers share: balancers, listeners and groups of their own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ReadTimeoutError

from tests.fidelity.targets.target import Target

FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]
PATIENCE = 90  # seconds
HTTP = {"Protocol": "HTTP", "Port": 80}


def forward(group: str) -> list[dict[str, Any]]:
    """The action that sends requests to a target group."""
    return [{"Type": "forward", "TargetGroupArn": group}]


def on_path(path: str) -> list[dict[str, Any]]:
    """The condition that a path matches a pattern."""
    return [{"Field": "path-pattern", "Values": [path]}]


class Balancing:
    """Load balancing as clients make it.

    Args:
        target: Where.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.elb = target.client("elbv2")

    @staticmethod
    def name(label: str = "fidelity") -> str:
        """A name that nothing has yet."""
        return f"{label}-{uuid.uuid4().hex[:8]}"

    @property
    def subnets(self) -> list[str]:
        """Two subnets of the VPC in different zones."""
        return self.target.once("subnets", self._subnets)

    def _subnets(self) -> list[str]:
        vpc = self.vpc
        found = self.target.client("ec2").describe_subnets()["Subnets"]
        return [one["SubnetId"] for one in found if one["VpcId"] == vpc][:2]

    @property
    def vpc(self) -> str:
        """A VPC's id."""
        return self.target.once("vpc", self._vpc)

    def _vpc(self) -> str:
        """Asked until there is an answer: what gives it may have to start first, which no statement is about."""
        ec2, deadline = self.target.client("ec2"), time.monotonic() + PATIENCE
        while True:
            try:
                return str(ec2.describe_vpcs()["Vpcs"][0]["VpcId"])
            except ReadTimeoutError:
                if time.monotonic() > deadline:
                    raise

    # Parameters and answers have the members that each operation defines.
    def balancer(self, name: str = "", **options: Any) -> Any:
        """A balancer as it is answered."""
        asked = {"Subnets": self.subnets, **options}
        made = self.elb.create_load_balancer(Name=name or self.name(), **asked)["LoadBalancers"][0]
        self.target.defer(lambda: self.elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"]))
        return made

    def listener(self, balancer: Any, actions: Sequence[Any] = FIXED, port: int = 80) -> str:
        """A listener's ARN."""
        asked = {"Protocol": "HTTP", "Port": port, "DefaultActions": actions}
        made = self.elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], **asked)
        return str(made["Listeners"][0]["ListenerArn"])

    def rule(self, listener: str, priority: int, actions: Sequence[Any] = FIXED, path: str = "/a") -> str:
        """A rule's ARN."""
        asked = {"Priority": priority, "Conditions": on_path(path), "Actions": actions}
        return str(self.elb.create_rule(ListenerArn=listener, **asked)["Rules"][0]["RuleArn"])

    def group(self, **options: Any) -> Any:
        """A target group as it is answered."""
        whole = options if "TargetType" in options and options["TargetType"] == "lambda" else {
            **HTTP, "VpcId": self.vpc, **options
        }  # fmt: skip
        made = self.elb.create_target_group(Name=self.name(), **whole)["TargetGroups"][0]
        self.target.defer(lambda: self.elb.delete_target_group(TargetGroupArn=made["TargetGroupArn"]))
        return made

    def health(self, group: str, *targets: dict[str, Any]) -> list[Any]:
        """How targets are."""
        asked = {"Targets": list(targets)} if targets else {}
        return list(self.elb.describe_target_health(TargetGroupArn=group, **asked)["TargetHealthDescriptions"])
