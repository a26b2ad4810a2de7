"""Target groups and targets as SDKs make them, and how targets are told to be."""

from __future__ import annotations

from typing import Any

import pytest

from terrarium.local.registry import Entry
from tests.unit.local.api.load_balancing.control import FUNCTION, Control

IN_VPC: dict[str, Any] = {"Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1"}


async def test_a_group_has_awss_defaults(control: Control) -> None:
    made = await control.call("create_target_group", Name="web", **IN_VPC)
    (found,) = made["TargetGroups"]
    assert ":targetgroup/web/" in found.pop("TargetGroupArn")
    assert found == {
        "TargetGroupName": "web",
        "Protocol": "HTTP",
        "Port": 80,
        "VpcId": "vpc-1",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "HealthCheckPath": "/",
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [],
        "TargetType": "instance",
        "ProtocolVersion": "HTTP1",
        "IpAddressType": "ipv4",
    }


async def test_a_group_of_functions_has_no_port_and_is_not_checked(control: Control) -> None:
    (found,) = (await control.call("create_target_group", Name="f", TargetType="lambda"))["TargetGroups"]
    assert not found.keys() & {"Port", "Protocol", "VpcId", "HealthCheckPort", "HealthCheckProtocol"}
    assert (found["HealthCheckEnabled"], found["HealthCheckIntervalSeconds"]) == (False, 35)
    assert found["HealthCheckTimeoutSeconds"] == 30


async def test_the_same_group_once_more_is_the_one_that_is_there(control: Control) -> None:
    assert await control.group() == await control.group()
    asked = {"Name": "group", **IN_VPC, "Port": 81}
    assert await control.refusal("create_target_group", **asked) == "DuplicateTargetGroupName"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"VpcId": "vpc-gone"}, "ValidationError"),
        ({"Name": "a_b"}, "ValidationError"),
        ({"Name": "w" * 33}, "ValidationError"),
        ({"TargetType": "lambda"}, "ValidationError"),
        ({"HealthCheckIntervalSeconds": 301}, "ValidationError"),
        ({"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 6}, "ValidationError"),
        ({"HealthCheckPath": "health"}, "ValidationError"),
        ({"HealthCheckPort": "http"}, "ValidationError"),
        ({"Matcher": {"HttpCode": "200-600"}}, "ValidationError"),
        ({"Matcher": {"HttpCode": "fine"}}, "ValidationError"),
        ({"HealthCheckEnabled": False}, "InvalidConfigurationRequest"),
    ],
)
async def test_groups_that_aws_does_not_take_are_refused(control: Control, asked: dict[str, Any], code: str) -> None:
    assert await control.refusal("create_target_group", **{"Name": "web", **IN_VPC, **asked}) == code


@pytest.mark.parametrize("missing", ["Protocol", "Port", "VpcId"])
async def test_a_group_needs_protocol_port_and_vpc(control: Control, missing: str) -> None:
    asked = {name: value for name, value in IN_VPC.items() if name != missing}
    assert await control.refusal("create_target_group", Name="web", **asked) == "ValidationError"


async def test_groups_are_found_by_name_by_arn_and_by_balancer(control: Control) -> None:
    one, two = await control.ip_group("one"), await control.ip_group("two")
    balancer = await control.balancer()
    await control.listener(balancer, DefaultActions=[{"Type": "forward", "TargetGroupArn": two}])

    async def found(**asked: Any) -> list[str]:
        told = await control.call("describe_target_groups", **asked)
        return [group["TargetGroupArn"] for group in told["TargetGroups"]]

    assert await found() == [one, two]
    assert (await found(Names=["one"]), await found(TargetGroupArns=[two])) == ([one], [two])
    assert await found(LoadBalancerArn=balancer) == [two]
    assert await control.refusal("describe_target_groups", Names=["three"]) == "TargetGroupNotFound"


async def test_a_group_in_use_is_not_deleted(control: Control) -> None:
    group = await control.ip_group()
    listener = await control.listener(
        await control.balancer(), DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
    )
    assert await control.refusal("delete_target_group", TargetGroupArn=group) == "ResourceInUse"
    await control.call("delete_listener", ListenerArn=listener)
    await control.call("register_targets", TargetGroupArn=group, Targets=[{"Id": "127.0.0.1"}])
    await control.call("delete_target_group", TargetGroupArn=group)
    await control.call("delete_target_group", TargetGroupArn=group)
    assert control.registry.of("aws_lb_target_group", "aws_lb_target_group_attachment") == []


async def test_a_modified_check_keeps_what_was_not_given(control: Control) -> None:
    group = await control.group()
    changed = await control.call("modify_target_group", TargetGroupArn=group, HealthCheckPath="/up")
    (found,) = changed["TargetGroups"]
    assert (found["HealthCheckPath"], found["HealthCheckIntervalSeconds"]) == ("/up", 30)


async def test_attributes_are_those_of_the_groups_sort(control: Control) -> None:
    group, functions = await control.group(), await control.group("f", TargetType="lambda")

    async def attributes(arn: str) -> dict[str, str]:
        told = await control.call("describe_target_group_attributes", TargetGroupArn=arn)
        return {one["Key"]: one["Value"] for one in told["Attributes"]}

    assert (await attributes(group))["deregistration_delay.timeout_seconds"] == "300"
    assert (await attributes(functions))["lambda.multi_value_headers.enabled"] == "false"
    assert "deregistration_delay.timeout_seconds" not in await attributes(functions)
    wanted = {
        "stickiness.enabled": "true",
        "stickiness.type": "app_cookie",
        "stickiness.app_cookie.cookie_name": "seat",
        "stickiness.app_cookie.duration_seconds": "60",
        "load_balancing.algorithm.type": "least_outstanding_requests",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "50",
    }
    listed = [{"Key": key, "Value": value} for key, value in wanted.items()]
    await control.call("modify_target_group_attributes", TargetGroupArn=group, Attributes=listed)
    found = await attributes(group)
    assert {key: found[key] for key in wanted} == wanted
    assert found["stickiness.lb_cookie.duration_seconds"] == "86400"
    wrong = {"TargetGroupArn": functions, "Attributes": [{"Key": "slow_start.duration_seconds", "Value": "30"}]}
    assert await control.refusal("modify_target_group_attributes", **wrong) == "InvalidConfigurationRequest"


async def test_the_one_duration_of_terraform_is_that_of_the_cookie_in_use(control: Control) -> None:
    block = [{"type": "app_cookie", "cookie_name": "seat", "cookie_duration": 60}]
    values = {"arn": "arn:tg", "name": "tg", "port": 80, "stickiness": block}
    control.registry.put(Entry("aws_lb_target_group.one", "aws_lb_target_group", values))
    told = await control.call("describe_target_group_attributes", TargetGroupArn="arn:tg")
    found = {one["Key"]: one["Value"] for one in told["Attributes"]}
    assert found["stickiness.app_cookie.duration_seconds"] == "60"
    assert found["stickiness.lb_cookie.duration_seconds"] == "86400"


@pytest.mark.parametrize(
    ("type", "id", "code"),
    [
        ("instance", "i-gone", "InvalidTarget"),
        ("instance", "i-stopped", "InvalidTarget"),
        ("instance", "127.0.0.1", "ValidationError"),
        ("ip", "8.8.8.8", "ValidationError"),
        ("ip", "i-running", "ValidationError"),
        ("lambda", "one", "ValidationError"),
        ("lambda", FUNCTION.replace("one", "gone"), "InvalidTarget"),
    ],
)
async def test_targets_that_cannot_be_are_refused(control: Control, type: str, id: str, code: str) -> None:
    group = await control.group(TargetType=type, **({} if type == "lambda" else IN_VPC))
    assert await control.refusal("register_targets", TargetGroupArn=group, Targets=[{"Id": id}]) == code


@pytest.mark.parametrize(
    ("type", "id"),
    [("instance", "i-running"), ("instance", "i-described"), ("ip", "10.1.2.3"), ("ip", "127.0.0.2")],
)
async def test_a_target_is_registered_once_for_each_port(control: Control, type: str, id: str) -> None:
    group = await control.group(TargetType=type, **IN_VPC)
    targets = [{"Id": id}, {"Id": id, "Port": 80}, {"Id": id, "Port": 81}]
    await control.call("register_targets", TargetGroupArn=group, Targets=targets)
    found = (await control.call("describe_target_health", TargetGroupArn=group))["TargetHealthDescriptions"]
    assert [(one["Target"], one["HealthCheckPort"]) for one in found] == [
        ({"Id": id, "Port": 80}, "80"),
        ({"Id": id, "Port": 81}, "81"),
    ]
    assert {one["TargetHealth"]["Reason"] for one in found} == {"Target.NotInUse"}
    await control.call("deregister_targets", TargetGroupArn=group, Targets=[{"Id": id}, {"Id": "i-never"}])
    found = (await control.call("describe_target_health", TargetGroupArn=group))["TargetHealthDescriptions"]
    assert [one["Target"]["Port"] for one in found] == [81]


async def test_a_group_has_one_function(control: Control) -> None:
    group = await control.group("f", TargetType="lambda")
    await control.call("register_targets", TargetGroupArn=group, Targets=[{"Id": f"{FUNCTION}:live"}])
    other = [{"Id": FUNCTION.replace("one", "two")}]
    assert await control.refusal("register_targets", TargetGroupArn=group, Targets=other) == "TooManyTargets"
    found = (await control.call("describe_target_health", TargetGroupArn=group))["TargetHealthDescriptions"]
    assert [one["Target"] for one in found] == [{"Id": f"{FUNCTION}:live"}]


async def test_health_is_that_of_the_running_balancer(control: Control) -> None:
    group = await control.ip_group()
    live = {"Target": {"Id": "127.0.0.1", "Port": 80}, "HealthCheckPort": "80", "TargetHealth": {"State": "healthy"}}
    control.health[group] = [live]
    targets = [{"Id": "127.0.0.1"}, {"Id": "127.0.0.1", "Port": 9}]
    asked = {"TargetGroupArn": group, "Targets": targets}
    found = (await control.call("describe_target_health", **asked))["TargetHealthDescriptions"]
    assert found[0] == live
    assert found[1]["TargetHealth"]["Reason"] == "Target.NotRegistered"
    assert await control.refusal("describe_target_health", TargetGroupArn=f"{group}0") == "TargetGroupNotFound"


async def test_nobody_says_how_the_targets_of_a_network_balancer_are(control: Control) -> None:
    group = await control.group("tcp", TargetType="ip", Protocol="TCP", Port=80, VpcId="vpc-1")
    balancer = await control.balancer("net", Type="network")
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    await control.listener(balancer, Protocol="TCP", DefaultActions=forward)
    await control.call("register_targets", TargetGroupArn=group, Targets=[{"Id": "10.0.0.1"}])
    (found,) = (await control.call("describe_target_health", TargetGroupArn=group))["TargetHealthDescriptions"]
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == ("unavailable", "Elb.InternalError")
