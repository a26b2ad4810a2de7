"""Application Load Balancer: how balancers, listeners, rules and target groups are made, changed and told of."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.statement import source
from tests.fidelity.statements.balancers import FIXED, HTTP, Balancing, forward, on_path
from tests.fidelity.statements.test_lambda_versions import refusal
from tests.fidelity.targets.target import Target


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html")
def test_create_again(target: Target) -> None:
    """To create a load balancer again with the same settings answers with the one that is there."""
    here = Balancing(target)
    name = here.name()
    assert here.balancer(name)["LoadBalancerArn"] == here.balancer(name)["LoadBalancerArn"]


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html")
def test_duplicate_name(target: Target) -> None:
    """A load balancer's name that another one has with other settings is DuplicateLoadBalancerName."""
    here = Balancing(target)
    name = here.name()
    here.balancer(name)
    asked = {"Name": name, "Subnets": here.subnets, "Scheme": "internal"}
    assert refusal(here.elb.create_load_balancer, **asked) == ("DuplicateLoadBalancerName", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html")
def test_two_zones(target: Target) -> None:
    """An Application Load Balancer in one Availability Zone alone is refused with ValidationError."""
    here = Balancing(target)
    asked = {"Name": here.name(), "Subnets": here.subnets[:1]}
    assert refusal(here.elb.create_load_balancer, **asked) == ("ValidationError", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html")
def test_unknown_subnet(target: Target) -> None:
    """A load balancer in a subnet that does not exist is SubnetNotFound."""
    here = Balancing(target)
    asked = {"Name": here.name(), "Subnets": [here.subnets[0], "subnet-00000000000000000"]}
    assert refusal(here.elb.create_load_balancer, **asked) == ("SubnetNotFound", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html")
def test_internal_name(target: Target) -> None:
    """A load balancer's name cannot begin with internal-."""
    here = Balancing(target)
    asked = {"Name": here.name("internal"), "Subnets": here.subnets}
    assert refusal(here.elb.create_load_balancer, **asked) == ("ValidationError", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html")
def test_unknown_balancer(target: Target) -> None:
    """A load balancer that does not exist is LoadBalancerNotFound."""
    here = Balancing(target)
    assert refusal(here.elb.describe_load_balancers, Names=[here.name()]) == ("LoadBalancerNotFound", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html")
def test_delete_again(target: Target) -> None:
    """To delete a load balancer that is deleted already succeeds, and its listeners are gone with it."""
    here = Balancing(target)
    made = here.balancer()
    listener = here.listener(made)
    for _ in range(2):
        here.elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    assert refusal(here.elb.describe_listeners, ListenerArns=[listener]) == ("ListenerNotFound", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html")
def test_protection(target: Target) -> None:
    """A load balancer under deletion protection is not deleted: OperationNotPermitted."""
    here = Balancing(target)
    arn = here.balancer()["LoadBalancerArn"]

    def protect(value: str) -> None:
        given = [{"Key": "deletion_protection.enabled", "Value": value}]
        here.elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=given)

    protect("true")
    target.defer(lambda: protect("false"))
    assert refusal(here.elb.delete_load_balancer, LoadBalancerArn=arn) == ("OperationNotPermitted", 400)
    protect("false")


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html")
def test_attributes(target: Target) -> None:
    """A new Application Load Balancer times out after 60 idle seconds, keeps clients for an hour and speaks HTTP/2."""
    here = Balancing(target)
    asked = {"LoadBalancerArn": here.balancer()["LoadBalancerArn"]}
    told = here.elb.describe_load_balancer_attributes(**asked)["Attributes"]
    found = {one["Key"]: one["Value"] for one in told}
    assert found["idle_timeout.timeout_seconds"] == "60"
    assert found["client_keep_alive.seconds"] == "3600"
    assert found["routing.http2.enabled"] == "true"


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html")
def test_group_defaults(target: Target) -> None:
    """A target group asks for / every 30 seconds, waits 5, wants 200, and counts 5 successes and 2 failures."""
    found = Balancing(target).group()
    assert (found["HealthCheckPath"], found["Matcher"]) == ("/", {"HttpCode": "200"})
    assert (found["HealthCheckIntervalSeconds"], found["HealthCheckTimeoutSeconds"]) == (30, 5)
    assert (found["HealthyThresholdCount"], found["UnhealthyThresholdCount"]) == (5, 2)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html")
def test_function_group(target: Target) -> None:
    """A target group of functions is not checked, and would be every 35 seconds with 30 to answer."""
    found = Balancing(target).group(TargetType="lambda")
    assert found["HealthCheckEnabled"] is False
    assert (found["HealthCheckIntervalSeconds"], found["HealthCheckTimeoutSeconds"]) == (35, 30)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html")
def test_group_needs_vpc(target: Target) -> None:
    """A target group of instances without a VPC is refused with ValidationError."""
    here = Balancing(target)
    assert refusal(here.elb.create_target_group, Name=here.name(), **HTTP) == ("ValidationError", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html")
def test_group_in_use(target: Target) -> None:
    """A target group that an action forwards to is not deleted: ResourceInUse."""
    here = Balancing(target)
    arn = here.group()["TargetGroupArn"]
    here.listener(here.balancer(), forward(arn))
    assert refusal(here.elb.delete_target_group, TargetGroupArn=arn) == ("ResourceInUse", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html")
def test_group_of_one(target: Target) -> None:
    """A target group that one load balancer uses is refused to another: TargetGroupAssociationLimit."""
    here = Balancing(target)
    actions = forward(here.group()["TargetGroupArn"])
    here.listener(here.balancer(), actions)
    asked = {"LoadBalancerArn": here.balancer()["LoadBalancerArn"], **HTTP, "DefaultActions": actions}
    assert refusal(here.elb.create_listener, **asked) == ("TargetGroupAssociationLimit", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html")
def test_one_port(target: Target) -> None:
    """A second listener at a port is DuplicateListener where it differs, and the first one where it does not."""
    here = Balancing(target)
    balancer = here.balancer()
    assert here.listener(balancer) == here.listener(balancer)
    asked = {"LoadBalancerArn": balancer["LoadBalancerArn"], **HTTP}
    other = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]
    assert refusal(here.elb.create_listener, **asked, DefaultActions=other) == ("DuplicateListener", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html")
def test_redirect_loop(target: Target) -> None:
    """A redirect that changes neither protocol, host, port nor path is InvalidLoadBalancerAction."""
    here = Balancing(target)
    loop = [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}]
    asked = {"LoadBalancerArn": here.balancer()["LoadBalancerArn"], **HTTP, "DefaultActions": loop}
    assert refusal(here.elb.create_listener, **asked) == ("InvalidLoadBalancerAction", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html")
def test_one_priority(target: Target) -> None:
    """A rule at a priority that another rule of its listener has is PriorityInUse."""
    here = Balancing(target)
    listener = here.listener(here.balancer())
    here.rule(listener, 7)
    asked = {"ListenerArn": listener, "Priority": 7, "Conditions": on_path("/b"), "Actions": FIXED}
    assert refusal(here.elb.create_rule, **asked) == ("PriorityInUse", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html")
def test_priorities_swap(target: Target) -> None:
    """Two rules may take each other's priorities in one call."""
    here = Balancing(target)
    listener = here.listener(here.balancer())
    one, two = here.rule(listener, 1), here.rule(listener, 2, path="/b")
    swapped = [{"RuleArn": one, "Priority": 2}, {"RuleArn": two, "Priority": 1}]
    here.elb.set_rule_priorities(RulePriorities=swapped)
    found = here.elb.describe_rules(RuleArns=[one, two])["Rules"]
    assert {rule["RuleArn"]: rule["Priority"] for rule in found} == {one: "2", two: "1"}


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html")
def test_default_rule(target: Target) -> None:
    """A listener's default rule has no conditions, is told with the priority default, and cannot be deleted."""
    here = Balancing(target)
    (rule,) = here.elb.describe_rules(ListenerArn=here.listener(here.balancer()))["Rules"]
    assert (rule["Priority"], rule["IsDefault"], rule["Conditions"]) == ("default", True, [])
    assert refusal(here.elb.delete_rule, RuleArn=rule["RuleArn"]) == ("OperationNotPermitted", 400)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html")
def test_unused_target(target: Target) -> None:
    """A target of a group that no rule forwards to is unused: Target.NotInUse."""
    here = Balancing(target)
    arn = here.group(TargetType="ip")["TargetGroupArn"]
    here.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.255.255.254"}])
    (found,) = here.health(arn)
    assert found["Target"]["Port"] == 80
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == ("unused", "Target.NotInUse")


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html")
def test_unknown_target(target: Target) -> None:
    """Asked of a target that is not registered, a target group says unused: Target.NotRegistered."""
    here = Balancing(target)
    arn = here.group(TargetType="ip")["TargetGroupArn"]
    (found,) = here.health(arn, {"Id": "10.255.255.254", "Port": 80})
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == ("unused", "Target.NotRegistered")


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html")
def test_deregister_unknown(target: Target) -> None:
    """To deregister a target that is not registered succeeds."""
    here = Balancing(target)
    arn = here.group(TargetType="ip")["TargetGroupArn"]
    here.elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.255.255.254"}])
    assert here.health(arn) == []


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html")
def test_public_address(target: Target) -> None:
    """A publicly routable address cannot be a target."""
    here = Balancing(target)
    arn = here.group(TargetType="ip")["TargetGroupArn"]
    with pytest.raises(ClientError):
        here.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "8.8.8.8"}])
    assert here.health(arn) == []
