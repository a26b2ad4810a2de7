"""Load balancers as SDKs make them: described as asked for, one name once, gone with what belongs to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terrarium.local.registry import Entry
from tests.unit.local.api.doubles import ACCOUNT
from tests.unit.local.api.load_balancing.control import FIXED, Control, controlling


async def test_a_balancer_is_described_as_it_was_made(control: Control) -> None:
    await control.balancer(SecurityGroups=["sg-1"], Tags=[{"Key": "a", "Value": "1"}])
    (found,) = (await control.call("describe_load_balancers", Names=["web"]))["LoadBalancers"]
    id = found["LoadBalancerArn"].rpartition("/")[2]
    assert found["LoadBalancerArn"] == (f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/web/{id}")
    assert found["DNSName"].startswith("web-")
    assert found["DNSName"].endswith(".us-east-1.elb.amazonaws.com")
    assert (found["Scheme"], found["VpcId"], found["Type"]) == ("internet-facing", "vpc-1", "application")
    assert (found["State"], found["SecurityGroups"]) == ({"Code": "active"}, ["sg-1"])
    assert found["AvailabilityZones"] == [
        {"ZoneName": "us-east-1a", "SubnetId": "subnet-a"},
        {"ZoneName": "us-east-1b", "SubnetId": "subnet-b"},
    ]


async def test_an_internal_balancers_name_in_dns_says_so(control: Control) -> None:
    arn = await control.balancer(Scheme="internal", Subnets=["subnet-a", "subnet-c"])
    (found,) = (await control.call("describe_load_balancers", LoadBalancerArns=[arn]))["LoadBalancers"]
    assert (found["Scheme"], found["DNSName"].startswith("internal-web-")) == ("internal", True)


async def test_a_balancer_without_firewalls_gets_its_vpcs_own(control: Control) -> None:
    await control.balancer()
    (found,) = (await control.call("describe_load_balancers"))["LoadBalancers"]
    assert found["SecurityGroups"] == ["sg-default"]


async def test_the_same_balancer_once_more_is_the_one_that_is_there(control: Control) -> None:
    assert await control.balancer() == await control.balancer()
    assert await control.refusal(
        "create_load_balancer", Name="web", Subnets=["subnet-a", "subnet-b"], Scheme="internal"
    ) == "DuplicateLoadBalancerName"  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Subnets": ["subnet-a"]}, "ValidationError"),
        ({}, "ValidationError"),
        ({"Subnets": ["subnet-a", "subnet-a2"]}, "InvalidConfigurationRequest"),
        ({"Subnets": ["subnet-a", "subnet-far"]}, "InvalidConfigurationRequest"),
        ({"Subnets": ["subnet-a", "subnet-gone"]}, "SubnetNotFound"),
        ({"SecurityGroups": ["sg-gone"], "Subnets": ["subnet-a", "subnet-b"]}, "InvalidSecurityGroup"),
        ({"Scheme": "outside", "Subnets": ["subnet-a", "subnet-b"]}, "ValidationError"),
        ({"Name": "internal-web", "Subnets": ["subnet-a", "subnet-b"]}, "ValidationError"),
        ({"Name": "-web", "Subnets": ["subnet-a", "subnet-b"]}, "ValidationError"),
        ({"Name": "w" * 33, "Subnets": ["subnet-a", "subnet-b"]}, "ValidationError"),
        ({"Tags": [{"Key": "a"}, {"Key": "a"}], "Subnets": ["subnet-a", "subnet-b"]}, "DuplicateTagKeys"),
    ],
)
async def test_what_aws_does_not_take_is_refused(control: Control, asked: dict[str, Any], code: str) -> None:
    assert await control.refusal("create_load_balancer", **{"Name": "web", **asked}) == code
    assert (await control.call("describe_load_balancers"))["LoadBalancers"] == []


async def test_network_balancers_have_names_and_mappings_of_their_own(control: Control) -> None:
    mapping = [{"SubnetId": "subnet-a", "AllocationId": "eipalloc-1"}]
    made = await control.call("create_load_balancer", Name="net", Type="network", SubnetMappings=mapping)
    (found,) = made["LoadBalancers"]
    assert ":loadbalancer/net/net/" in found["LoadBalancerArn"]
    assert found["DNSName"].endswith(".elb.us-east-1.amazonaws.com")
    (zone,) = found["AvailabilityZones"]
    assert zone["LoadBalancerAddresses"] == [{"AllocationId": "eipalloc-1"}]


async def test_an_unknown_balancer_is_not_found_and_deleting_it_is_no_error(control: Control) -> None:
    arn = await control.balancer()
    await control.listener(arn)
    await control.call("delete_load_balancer", LoadBalancerArn=arn)
    await control.call("delete_load_balancer", LoadBalancerArn=arn)
    assert await control.refusal("describe_load_balancers", LoadBalancerArns=[arn]) == "LoadBalancerNotFound"
    assert await control.refusal("describe_load_balancers", Names=["web"]) == "LoadBalancerNotFound"
    assert control.registry.of("aws_lb_listener") == []


async def test_a_protected_balancer_is_not_deleted(control: Control) -> None:
    arn = await control.balancer()
    protected = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    await control.call("modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=protected)
    assert await control.refusal("delete_load_balancer", LoadBalancerArn=arn) == "OperationNotPermitted"


async def test_long_lists_come_in_pages(control: Control) -> None:
    for number in range(3):
        await control.balancer(f"web{number}")
    names, asked = [], {"PageSize": 2}
    while True:
        found = await control.call("describe_load_balancers", **asked)
        names.append([one["LoadBalancerName"] for one in found["LoadBalancers"]])
        if "NextMarker" not in found:
            break
        asked["Marker"] = found["NextMarker"]
    assert names == [["web0", "web1"], ["web2"]]
    assert await control.refusal("describe_load_balancers", Marker="nowhere") == "ValidationError"


async def attributes(control: Control, arn: str) -> dict[str, str]:
    found = await control.call("describe_load_balancer_attributes", LoadBalancerArn=arn)
    return {one["Key"]: one["Value"] for one in found["Attributes"]}


async def test_attributes_hold_what_was_set_and_awss_defaults_besides(control: Control) -> None:
    arn = await control.balancer()
    wanted = {"idle_timeout.timeout_seconds": "120", "access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs"}
    listed = [{"Key": key, "Value": value} for key, value in wanted.items()]
    changed = await control.call("modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=listed)
    assert {one["Key"]: one["Value"] for one in changed["Attributes"]} == wanted
    found = await attributes(control, arn)
    assert {key: found[key] for key in wanted} == wanted
    assert (found["routing.http2.enabled"], found["client_keep_alive.seconds"]) == ("true", "3600")
    (entry,) = control.registry.of("aws_lb")
    assert (entry["idle_timeout"], entry["access_logs"]) == (120, [{"enabled": True, "bucket": "logs"}])


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("idle_timeout.timeout_seconds", "0", "ValidationError"),
        ("idle_timeout.timeout_seconds", "soon", "ValidationError"),
        ("routing.http.desync_mitigation_mode", "lax", "ValidationError"),
        ("no.such.key", "1", "ValidationError"),
        ("access_logs.s3.enabled", "true", "InvalidConfigurationRequest"),
        ("dns_record.client_routing_policy", "any_availability_zone", "InvalidConfigurationRequest"),
        ("load_balancing.cross_zone.enabled", "false", "ValidationError"),
    ],
)
async def test_attributes_that_cannot_be_are_refused(control: Control, key: str, value: str, code: str) -> None:
    given = [{"Key": key, "Value": value}]
    arn = await control.balancer()
    assert await control.refusal("modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=given) == code


async def test_firewalls_subnets_and_addresses_are_changed(control: Control) -> None:
    arn = await control.balancer()
    groups = await control.call("set_security_groups", LoadBalancerArn=arn, SecurityGroups=["sg-2"])
    zones = await control.call("set_subnets", LoadBalancerArn=arn, Subnets=["subnet-a", "subnet-c"])
    await control.call("set_ip_address_type", LoadBalancerArn=arn, IpAddressType="dualstack")
    (found,) = (await control.call("describe_load_balancers"))["LoadBalancers"]
    assert groups["SecurityGroupIds"] == found["SecurityGroups"] == ["sg-2"]
    assert zones["AvailabilityZones"] == found["AvailabilityZones"]
    assert [one["ZoneName"] for one in found["AvailabilityZones"]] == ["us-east-1a", "us-east-1c"]
    assert found["IpAddressType"] == "dualstack"
    assert await control.refusal("set_subnets", LoadBalancerArn=arn, Subnets=["subnet-a"]) == "ValidationError"


async def test_tags_are_added_changed_and_taken_away(control: Control) -> None:
    arn = await control.balancer(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    listener = await control.listener(arn)
    group, rule = await control.group(), await control.rule(listener, 1)
    every = [arn, listener, group, rule]
    await control.call("add_tags", ResourceArns=every, Tags=[{"Key": "b", "Value": "3"}])
    await control.call("remove_tags", ResourceArns=[arn], TagKeys=["a"])
    found = (await control.call("describe_tags", ResourceArns=every))["TagDescriptions"]
    assert [(one["ResourceArn"], one["Tags"]) for one in found] == [
        (one, [{"Key": "b", "Value": "3"}]) for one in every
    ]
    assert await control.refusal("describe_tags", ResourceArns=[f"{group}0"]) == "TargetGroupNotFound"


async def test_the_capacity_of_a_balancer_is_not_reserved(control: Control) -> None:
    arn = await control.balancer()
    found = await control.call("describe_capacity_reservation", LoadBalancerArn=arn)
    assert found["CapacityReservationState"] == [{"State": {"Code": "provisioned"}}]
    assert await control.refusal("describe_capacity_reservation", LoadBalancerArn=f"{arn}0") == "LoadBalancerNotFound"


async def test_what_is_not_ours_is_others_to_answer(control: Control, tmp_path: Path) -> None:
    assert await control.refusal("describe_account_limits") == "UnsupportedOperation"
    assert (await control.refused("describe_trust_stores"))["Message"].startswith("Terrarium does not support")


#: As an architecture describes it, with Terraform's names and nothing that it did not write.
BALANCER = Entry(
    "aws_lb.main",
    "aws_lb",
    {
        "arn": "arn:lb:loadbalancer/app/main/1",
        "name": "main",
        "dns_name": "main-1.us-east-1.elb.amazonaws.com",
        "zone_id": "Z1",
        "subnets": ["subnet-a", "subnet-b"],
        "security_groups": ["sg-1"],
        "drop_invalid_header_fields": True,
        "tags_all": {"system": "one"},
    },
)
LISTENER = Entry(
    "aws_lb_listener.http",
    "aws_lb_listener",
    {
        "arn": "arn:lb:listener/app/main/1/2",
        "load_balancer_arn": BALANCER["arn"],
        "port": 80,
        "protocol": "HTTP",
        "default_action": [
            {"type": "redirect", "redirect": [{"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}]}
        ],
    },
)
RULE = Entry(
    "aws_lb_listener_rule.one",
    "aws_lb_listener_rule",
    {
        "arn": "arn:lb:listener-rule/app/main/1/2/3",
        "listener_arn": LISTENER["arn"],
        "priority": 7,
        "condition": [{"http_header": {"http_header_name": "X", "values": ["a"]}}],
        "action": [{"type": "forward", "target_group_arn": "arn:tg"}],
    },
)
GROUP = Entry("aws_lb_target_group.one", "aws_lb_target_group", {"arn": "arn:tg", "name": "tg", "port": 80})


async def test_what_the_architecture_describes_is_described(tmp_path: Path) -> None:
    async with controlling(tmp_path, (BALANCER, LISTENER, RULE, GROUP)) as control:
        (found,) = (await control.call("describe_load_balancers"))["LoadBalancers"]
        assert (found["LoadBalancerName"], found["VpcId"], found["Type"]) == ("main", "vpc-1", "application")
        assert [one["ZoneName"] for one in found["AvailabilityZones"]] == ["us-east-1a", "us-east-1b"]
        told = await attributes(control, BALANCER["arn"])
        assert told["routing.http.drop_invalid_header_fields.enabled"] == "true"
        (listener,) = (await control.call("describe_listeners", LoadBalancerArn=BALANCER["arn"]))["Listeners"]
        assert listener["DefaultActions"] == [
            {
                "Type": "redirect",
                "RedirectConfig": {
                    "Protocol": "HTTPS", "Port": "443", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}",
                    "StatusCode": "HTTP_301",
                },
            }
        ]  # fmt: skip
        rule, default = (await control.call("describe_rules", ListenerArn=LISTENER["arn"]))["Rules"]
        assert (rule["Priority"], default["Priority"]) == ("7", "default")
        assert rule["Conditions"] == [
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["a"]}}
        ]
        (group,) = (await control.call("describe_target_groups"))["TargetGroups"]
        assert (group["LoadBalancerArns"], group["HealthyThresholdCount"]) == ([BALANCER["arn"]], 3)
        tags = await control.call("describe_tags", ResourceArns=[BALANCER["arn"]])
        assert tags["TagDescriptions"][0]["Tags"] == [{"Key": "system", "Value": "one"}]


async def test_a_subnet_that_the_architecture_looks_up_hides_no_balancer(tmp_path: Path) -> None:
    looked_up = Entry("aws_lb.main", "aws_lb", {**BALANCER.values, "subnets": ["subnet-made-up", "subnet-b"]})
    async with controlling(tmp_path, (looked_up,)) as control:
        (found,) = (await control.call("describe_load_balancers"))["LoadBalancers"]
        assert [one["SubnetId"] for one in found["AvailabilityZones"]] == ["subnet-b"]


async def test_what_the_architecture_describes_can_be_changed(tmp_path: Path) -> None:
    async with controlling(tmp_path, (BALANCER, LISTENER, RULE, GROUP)) as control:
        await control.call("modify_listener", ListenerArn=LISTENER["arn"], DefaultActions=FIXED)
        assert control.registry["aws_lb_listener.http"]["default_action"][0]["type"] == "fixed-response"
