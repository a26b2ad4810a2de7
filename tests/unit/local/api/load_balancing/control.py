"""The control plane of load balancers in front of a registry, and an SDK's client of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrarium.catalog.place import Place
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.load_balancing.service import LoadBalancing
from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.registry import Entry, Registry
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, Refusing, client, serving

CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/one"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:one"
FIXED = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]

#: What calls made in other services.
ELSEWHERE: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("DescribeSubnets", "subnet-c"): {"Subnets": [{"AvailabilityZone": "us-east-1c", "VpcId": "vpc-1"}]},
    ("DescribeSecurityGroups", "sg-2"): {"SecurityGroups": [{"GroupId": "sg-2"}]},
    ("DescribeSecurityGroups", "vpc-1"): {"SecurityGroups": [{"GroupId": "sg-default"}]},
    ("DescribeVpcs", "vpc-1"): {"Vpcs": [{"VpcId": "vpc-1"}]},
    ("DescribeInstances", "i-running"): {"Reservations": [{"Instances": [{"State": {"Name": "running"}}]}]},
    ("DescribeInstances", "i-stopped"): {"Reservations": [{"Instances": [{"State": {"Name": "stopped"}}]}]},
    ("DescribeCertificate", CERTIFICATE): {"Certificate": {"CertificateArn": CERTIFICATE}},
    ("DescribeSSLPolicies", "ELBSecurityPolicy-2016-08"): {"SslPolicies": [{"Name": "ELBSecurityPolicy-2016-08"}]},
}


async def ask(service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answers as another service does: with what it has, or with a refusal."""
    for (asked, name), answer in ELSEWHERE.items():
        if asked == operation and name in repr(params):
            return answer
    raise AwsError("NotFound", f"{service} has nothing of {params}")


@dataclass
class Control:
    """A client, and the registry behind.

    Attributes:
        elb: boto3's client; its classes are made while it runs.
        health: How the targets of a group are, as a running balancer would tell it.
    """

    elb: Any
    registry: Registry
    health: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    # Parameters and results have the members that each operation defines.
    async def call(self, operation: str, **asked: Any) -> Any:
        return await asyncio.to_thread(getattr(self.elb, operation), **asked)

    async def refusal(self, operation: str, **asked: Any) -> str:
        """The code of an operation's refusal."""
        return (await self.refused(operation, **asked))["Code"]

    async def refused(self, operation: str, **asked: Any) -> dict[str, str]:
        with pytest.raises(ClientError) as found:
            await self.call(operation, **asked)
        error = found.value.response["Error"]
        return {"Code": error["Code"], "Message": error["Message"]}

    async def balancer(self, name: str = "web", **asked: Any) -> str:
        """A balancer's ARN."""
        asked = {"Subnets": ["subnet-a", "subnet-b"]} | asked
        made = await self.call("create_load_balancer", Name=name, **asked)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    async def listener(self, balancer: str, port: int = 80, **asked: Any) -> str:
        asked = {"Protocol": "HTTP", "DefaultActions": FIXED} | asked
        made = await self.call("create_listener", LoadBalancerArn=balancer, Port=port, **asked)
        return str(made["Listeners"][0]["ListenerArn"])

    async def group(self, name: str = "group", /, **asked: Any) -> str:
        whole = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"} | asked
        made = await self.call("create_target_group", Name=name, **(asked if "TargetType" in asked else whole))
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    async def ip_group(self, name: str = "group") -> str:
        return await self.group(name, TargetType="ip", Protocol="HTTP", Port=80, VpcId="vpc-1")

    async def rule(self, listener: str, priority: int, path: str = "/a", **asked: Any) -> str:
        conditions = [{"Field": "path-pattern", "Values": [path]}]
        asked = {"Conditions": conditions, "Actions": FIXED} | asked
        made = await self.call("create_rule", ListenerArn=listener, Priority=priority, **asked)
        return str(made["Rules"][0]["RuleArn"])


def described() -> Registry:
    """What an architecture describes: two subnets of a VPC, a firewall, a function."""
    registry = Registry()
    for type, label, values in (
        ("aws_vpc", "main", {"id": "vpc-1"}),
        ("aws_default_security_group", "main", {"id": "sg-default", "vpc_id": "vpc-1"}),
        ("aws_subnet", "a", {"id": "subnet-a", "availability_zone": "us-east-1a", "vpc_id": "vpc-1"}),
        ("aws_subnet", "a2", {"id": "subnet-a2", "availability_zone": "us-east-1a", "vpc_id": "vpc-1"}),
        ("aws_subnet", "b", {"id": "subnet-b", "availability_zone": "us-east-1b", "vpc_id": "vpc-1"}),
        ("aws_subnet", "far", {"id": "subnet-far", "availability_zone": "us-east-1b", "vpc_id": "vpc-2"}),
        ("aws_security_group", "web", {"id": "sg-1", "vpc_id": "vpc-1"}),
        ("aws_instance", "one", {"id": "i-described"}),
        ("aws_lambda_function", "one", {"function_name": "one", "arn": FUNCTION}),
        ("aws_lambda_function", "two", {"function_name": "two", "arn": FUNCTION.replace("one", "two")}),
    ):
        registry.put(Entry(f"{type}.{label}", type, values))
    return registry


@asynccontextmanager
async def controlling(folder: Path, entries: Sequence[Entry] = ()) -> AsyncIterator[Control]:
    """A control plane that lives as long as the test."""
    clock, registry, health = ManualClock(), described(), dict[str, Sequence[Mapping[str, Any]]]()
    for entry in entries:
        registry.put(entry)
    arrivals = Arrivals(registry, {}, folder, Place("empty", "us-east-1", ACCOUNT))
    service = LoadBalancing(arrivals, Refusing(), ask, lambda: health, clock, region="us-east-1", account=ACCOUNT)
    endpoint = AwsEndpoint({"elasticloadbalancing": service}, Refusing(), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield Control(client("elbv2", url), registry, health)
