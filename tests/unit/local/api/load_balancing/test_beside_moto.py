"""What moto answers for and names balancers of ours: made as it was asked for, though moto does not know them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from terrarium.catalog.place import Place
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.load_balancing.service import LoadBalancing
from terrarium.local.api.moto import Moto
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.clock import SystemClock
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.registry import Registry
from tests.unit.local.api.doubles import ACCOUNT, client, serving


@dataclass
class Cloud:
    """An endpoint with moto behind it."""

    url: str

    # Parameters and results have the members that each operation defines.
    async def call(self, service: str, operation: str, **asked: Any) -> Any:
        return await asyncio.to_thread(getattr(client(service, self.url), operation), **asked)


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    clock, reports = SystemClock(), list[str]()
    process = MotoProcess(account=ACCOUNT, region="us-east-1", clock=clock, report=reports.append)
    moto = Moto(process)
    arrivals = Arrivals(Registry(), {}, tmp_path, Place("empty", "us-east-1", ACCOUNT))
    service = LoadBalancing(arrivals, moto, process.ask, dict, clock, region="us-east-1", account=ACCOUNT)
    endpoint = AwsEndpoint({"elasticloadbalancing": service}, moto, Credentials(ACCOUNT, clock), clock)
    try:
        async with serving(endpoint.handle) as url:
            yield Cloud(url)
    finally:
        await process.stop()
    assert reports == []


async def network(cloud: Cloud) -> tuple[str, list[str]]:
    """A VPC, and two of its subnets in different zones."""
    vpc = (await cloud.call("ec2", "describe_vpcs"))["Vpcs"][0]["VpcId"]
    subnets = (await cloud.call("ec2", "describe_subnets"))["Subnets"]
    return vpc, [one["SubnetId"] for one in subnets][:2]


async def test_subnets_firewalls_and_certificates_of_calls_are_found(cloud: Cloud) -> None:
    vpc, subnets = await network(cloud)
    made = await cloud.call("elbv2", "create_load_balancer", Name="web", Subnets=subnets)
    (balancer,) = made["LoadBalancers"]
    assert [one["SubnetId"] for one in balancer["AvailabilityZones"]] == subnets
    (group,) = balancer["SecurityGroups"]
    found = (await cloud.call("ec2", "describe_security_groups", GroupIds=[group]))["SecurityGroups"]
    assert (found[0]["GroupName"], found[0]["VpcId"], balancer["VpcId"]) == ("default", vpc, vpc)
    certificate = (await cloud.call("acm", "request_certificate", DomainName="example.com"))["CertificateArn"]
    listener = await cloud.call(
        "elbv2", "create_listener", LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTPS", Port=443,
        Certificates=[{"CertificateArn": certificate}], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )  # fmt: skip
    assert listener["Listeners"][0]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


async def test_an_auto_scaling_group_may_name_a_target_group_that_moto_does_not_know(cloud: Cloud) -> None:
    vpc, subnets = await network(cloud)
    group = await cloud.call("elbv2", "create_target_group", Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    arns = [group["TargetGroups"][0]["TargetGroupArn"]]
    launched = {"LaunchConfigurationName": "web"}
    await cloud.call(
        "autoscaling", "create_launch_configuration", ImageId="ami-12c6146b", InstanceType="t3.micro", **launched
    )
    name = {"AutoScalingGroupName": "web"}
    await cloud.call(
        "autoscaling", "create_auto_scaling_group", **name, **launched, MinSize=1, MaxSize=2,
        VPCZoneIdentifier=",".join(subnets), TargetGroupARNs=arns,
    )  # fmt: skip
    await cloud.call("autoscaling", "set_desired_capacity", **name, DesiredCapacity=2)

    async def attached() -> list[str]:
        (found,) = (await cloud.call("autoscaling", "describe_auto_scaling_groups"))["AutoScalingGroups"]
        assert len(found["Instances"]) == 2
        return list(found["TargetGroupARNs"])

    assert await attached() == arns
    await cloud.call("autoscaling", "detach_load_balancer_target_groups", **name, TargetGroupARNs=arns)
    assert await attached() == []
    await cloud.call("autoscaling", "attach_load_balancer_target_groups", **name, TargetGroupARNs=arns)
    assert await attached() == arns


async def test_an_endpoint_service_may_name_a_balancer_that_moto_does_not_know(cloud: Cloud) -> None:
    _, subnets = await network(cloud)
    made = await cloud.call("elbv2", "create_load_balancer", Name="net", Type="network", Subnets=subnets)
    arns = [made["LoadBalancers"][0]["LoadBalancerArn"]]
    asked = {"NetworkLoadBalancerArns": arns}
    found = await cloud.call("ec2", "create_vpc_endpoint_service_configuration", **asked)
    assert found["ServiceConfiguration"]["NetworkLoadBalancerArns"] == arns


async def test_classic_balancers_other_regions_and_policies_are_motos(cloud: Cloud) -> None:
    policies = await cloud.call("elbv2", "describe_ssl_policies", Names=["ELBSecurityPolicy-2016-08"])
    assert policies["SslPolicies"][0]["Name"] == "ELBSecurityPolicy-2016-08"
    assert (await cloud.call("elbv2", "describe_account_limits"))["Limits"]
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    zones = {"AvailabilityZones": ["us-east-1a"], "Listeners": [listener]}
    await cloud.call("elb", "create_load_balancer", LoadBalancerName="old", **zones)
    found = await cloud.call("elb", "describe_load_balancers")
    assert [one["LoadBalancerName"] for one in found["LoadBalancerDescriptions"]] == ["old"]
