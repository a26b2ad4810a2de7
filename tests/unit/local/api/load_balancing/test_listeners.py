"""Listeners and rules as SDKs make them: one port once, one priority once, actions and conditions that AWS takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.api.load_balancing.control import CERTIFICATE, FIXED, Control

REDIRECT = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]


async def test_a_listener_is_described_as_it_was_made(control: Control) -> None:
    balancer = await control.balancer()
    arn = await control.listener(balancer, 8080, DefaultActions=REDIRECT)
    for asked in ({"ListenerArns": [arn]}, {"LoadBalancerArn": balancer}):
        (found,) = (await control.call("describe_listeners", **asked))["Listeners"]
        assert (found["ListenerArn"], found["LoadBalancerArn"]) == (arn, balancer)
        assert (found["Port"], found["Protocol"]) == (8080, "HTTP")
        assert found["DefaultActions"][0]["RedirectConfig"]["Path"] == "/#{path}"
    assert ":listener/app/web/" in arn
    assert await control.refusal("describe_listeners") == "ValidationError"


async def test_the_same_listener_once_more_is_the_one_that_is_there(control: Control) -> None:
    balancer = await control.balancer()
    assert await control.listener(balancer) == await control.listener(balancer)
    asked = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": REDIRECT}
    assert await control.refusal("create_listener", **asked) == "DuplicateListener"


def tls(arn: str, **more: str) -> dict[str, Any]:
    return {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": arn}], **more}


def fixed(**config: str) -> dict[str, Any]:
    return {"DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": config}]}


def redirect(**config: str) -> dict[str, Any]:
    return {"DefaultActions": [{"Type": "redirect", "RedirectConfig": config}]}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Protocol": "TCP"}, "ValidationError"),
        ({"Protocol": "SMTP"}, "ValidationError"),
        ({"Port": 70_000}, "ValidationError"),
        ({"Protocol": "HTTPS"}, "ValidationError"),
        (tls("arn:gone"), "CertificateNotFound"),
        (tls(CERTIFICATE, SslPolicy="no"), "SSLPolicyNotFound"),
        ({"Certificates": [{"CertificateArn": CERTIFICATE}]}, "InvalidConfigurationRequest"),
        ({"DefaultActions": []}, "InvalidLoadBalancerAction"),
        ({"DefaultActions": [*FIXED, *REDIRECT]}, "InvalidLoadBalancerAction"),
        ({"DefaultActions": [{"Type": "dance"}]}, "ValidationError"),
        ({"DefaultActions": [{"Type": "forward"}]}, "ValidationError"),
        ({"DefaultActions": [{"Type": "forward", "TargetGroupArn": "arn:gone"}]}, "TargetGroupNotFound"),
        (redirect(StatusCode="HTTP_301"), "InvalidLoadBalancerAction"),
        (redirect(StatusCode="HTTP_301", Path="#{path}/", Port="80"), "ValidationError"),
        (redirect(StatusCode="HTTP_303", Port="443"), "ValidationError"),
        (fixed(StatusCode="302"), "ValidationError"),
        (fixed(StatusCode="200", ContentType="a/b"), "ValidationError"),
    ],
)
async def test_listeners_that_aws_does_not_take_are_refused(control: Control, asked: dict[str, Any], code: str) -> None:
    whole = {"LoadBalancerArn": await control.balancer(), "Protocol": "HTTP", "Port": 80, "DefaultActions": FIXED}
    assert await control.refusal("create_listener", **{**whole, **asked}) == code


async def test_a_modified_listener_keeps_what_was_not_given(control: Control) -> None:
    balancer = await control.balancer()
    arn, other = await control.listener(balancer), await control.listener(balancer, 81)
    changed = await control.call("modify_listener", ListenerArn=arn, Port=82)
    assert (changed["Listeners"][0]["Port"], changed["Listeners"][0]["DefaultActions"][0]["Type"]) == (
        82,
        "fixed-response",
    )
    assert await control.refusal("modify_listener", ListenerArn=other, Port=82) == "DuplicateListener"
    assert await control.refusal("modify_listener", ListenerArn=f"{arn}0", Port=83) == "ListenerNotFound"


async def test_a_listener_with_tls_has_a_policy_and_certificates(control: Control) -> None:
    arn = await control.listener(
        await control.balancer(), 443, Protocol="HTTPS", Certificates=[{"CertificateArn": CERTIFICATE}]
    )
    (found,) = (await control.call("describe_listeners", ListenerArns=[arn]))["Listeners"]
    assert (found["SslPolicy"], found["Certificates"]) == (
        "ELBSecurityPolicy-2016-08",
        [{"CertificateArn": CERTIFICATE}],
    )
    more = [{"CertificateArn": f"{CERTIFICATE}-more"}]
    await control.call("add_listener_certificates", ListenerArn=arn, Certificates=more)
    listed = await control.call("describe_listener_certificates", ListenerArn=arn)
    assert [one["IsDefault"] for one in listed["Certificates"]] == [True, False]
    await control.call("remove_listener_certificates", ListenerArn=arn, Certificates=more)
    listed = await control.call("describe_listener_certificates", ListenerArn=arn)
    assert [one["CertificateArn"] for one in listed["Certificates"]] == [CERTIFICATE]
    default = {"ListenerArn": arn, "Certificates": listed["Certificates"]}
    assert await control.refusal("remove_listener_certificates", **default) == "OperationNotPermitted"


async def test_listeners_attributes_are_those_of_their_protocol(control: Control) -> None:
    arn = await control.listener(await control.balancer())
    given = [{"Key": "routing.http.response.server.enabled", "Value": "false"}]
    changed = await control.call("modify_listener_attributes", ListenerArn=arn, Attributes=given)
    assert given[0] in changed["Attributes"]
    found = await control.call("describe_listener_attributes", ListenerArn=arn)
    assert found["Attributes"] == changed["Attributes"]
    other = [{"Key": "tcp.idle_timeout.seconds", "Value": "100"}]
    asked = {"ListenerArn": arn, "Attributes": other}
    assert await control.refusal("modify_listener_attributes", **asked) == "InvalidConfigurationRequest"


async def test_a_forward_to_one_group_is_told_in_both_ways(control: Control) -> None:
    group = await control.ip_group()
    arn = await control.listener(
        await control.balancer(), DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
    )
    (found,) = (await control.call("describe_listeners", ListenerArns=[arn]))["Listeners"]
    assert found["DefaultActions"] == [
        {
            "Type": "forward",
            "TargetGroupArn": group,
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": group, "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": False},
            },
        }
    ]


async def test_a_target_group_belongs_to_one_balancer(control: Control) -> None:
    forward = [{"Type": "forward", "TargetGroupArn": await control.ip_group()}]
    await control.listener(await control.balancer(), DefaultActions=forward)
    asked = {
        "LoadBalancerArn": await control.balancer("other"),
        "Protocol": "HTTP",
        "Port": 80,
        "DefaultActions": forward,
    }
    assert await control.refusal("create_listener", **asked) == "TargetGroupAssociationLimit"


async def test_a_group_of_another_protocol_or_vpc_is_refused(control: Control) -> None:
    tcp = await control.group("tcp", Protocol="TCP", Port=80, VpcId="vpc-1")
    whole = {"LoadBalancerArn": await control.balancer(), "Protocol": "HTTP", "Port": 80}
    asked = {**whole, "DefaultActions": [{"Type": "forward", "TargetGroupArn": tcp}]}
    assert await control.refusal("create_listener", **asked) == "IncompatibleProtocols"


async def test_weights_and_stickiness_of_several_groups_are_kept(control: Control) -> None:
    groups = [await control.ip_group(name) for name in ("one", "two")]
    config = {
        "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(groups, (9, 1), strict=True)],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
    }
    listener = await control.listener(await control.balancer())
    rule = await control.rule(listener, 1, Actions=[{"Type": "forward", "ForwardConfig": config}])
    (found,) = (await control.call("describe_rules", RuleArns=[rule]))["Rules"]
    assert found["Actions"] == [{"Type": "forward", "ForwardConfig": config}]
    (entry,) = control.registry.of("aws_lb_listener_rule")
    assert entry["action"][0]["forward"][0]["target_group"][0] == {"arn": groups[0], "weight": 9}


CONDITIONS: list[dict[str, Any]] = [
    {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}},
    {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Who", "Values": ["ada"]}},
    {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
    {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "a", "Value": "b"}]}},
    {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.0/8"]}},
]


async def test_rules_come_by_priority_and_the_default_one_last(control: Control) -> None:
    listener = await control.listener(await control.balancer())
    second, first = await control.rule(listener, 20), await control.rule(listener, 3, Conditions=CONDITIONS)
    rules = (await control.call("describe_rules", ListenerArn=listener))["Rules"]
    assert [one["Priority"] for one in rules] == ["3", "20", "default"]
    assert [one["RuleArn"] for one in rules[:2]] == [first, second]
    assert [one["IsDefault"] for one in rules] == [False, False, True]
    assert [{k: v for k, v in one.items() if k != "Values"} for one in rules[0]["Conditions"]] == CONDITIONS
    assert rules[1]["Conditions"] == [
        {"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}}
    ]
    (default,) = (await control.call("describe_rules", RuleArns=[rules[2]["RuleArn"]]))["Rules"]
    assert default == rules[2]


async def test_a_priority_is_taken_once(control: Control) -> None:
    listener = await control.listener(await control.balancer())
    one, two = await control.rule(listener, 1), await control.rule(listener, 2)
    condition = [{"Field": "path-pattern", "Values": ["/b"]}]
    asked = {"ListenerArn": listener, "Priority": 1, "Conditions": condition, "Actions": FIXED}
    assert await control.refusal("create_rule", **asked) == "PriorityInUse"
    swapped = [{"RuleArn": one, "Priority": 2}, {"RuleArn": two, "Priority": 1}]
    await control.call("set_rule_priorities", RulePriorities=swapped)
    rules = (await control.call("describe_rules", ListenerArn=listener))["Rules"]
    assert [rule["RuleArn"] for rule in rules[:2]] == [two, one]
    taken = [{"RuleArn": one, "Priority": 1}]
    assert await control.refusal("set_rule_priorities", RulePriorities=taken) == "PriorityInUse"


async def test_the_default_rule_is_changed_by_its_listener_alone(control: Control) -> None:
    listener = await control.listener(await control.balancer())
    (default,) = (await control.call("describe_rules", ListenerArn=listener))["Rules"]
    arn = default["RuleArn"]
    assert await control.refusal("delete_rule", RuleArn=arn) == "OperationNotPermitted"
    assert await control.refusal("modify_rule", RuleArn=arn, Actions=FIXED) == "OperationNotPermitted"
    moved = [{"RuleArn": arn, "Priority": 5}]
    assert await control.refusal("set_rule_priorities", RulePriorities=moved) == "OperationNotPermitted"


async def test_a_rule_is_modified_and_deleted(control: Control) -> None:
    rule = await control.rule(await control.listener(await control.balancer()), 1)
    changed = await control.call("modify_rule", RuleArn=rule, Conditions=CONDITIONS[:1])
    assert changed["Rules"][0]["Conditions"][0]["Field"] == "host-header"
    assert changed["Rules"][0]["Actions"][0]["Type"] == "fixed-response"
    assert await control.refusal("modify_rule", RuleArn=rule) == "ValidationError"
    await control.call("delete_rule", RuleArn=rule)
    assert await control.refusal("delete_rule", RuleArn=rule) == "RuleNotFound"


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [{"Field": "phase-of-the-moon", "Values": ["full"]}],
        [{"Field": "path-pattern", "Values": []}],
        [{"Field": "path-pattern", "Values": ["/x" * 65]}],
        [{"Field": "path-pattern", "Values": [f"/{n}" for n in range(6)]}],
        [{"Field": "path-pattern", "Values": ["/a"]}, {"Field": "path-pattern", "Values": ["/b"]}],
        [{"Field": "source-ip", "SourceIpConfig": {"Values": ["nowhere"]}}],
        [{"Field": "http-header", "HttpHeaderConfig": {"Values": ["a"]}}],
    ],
)
async def test_conditions_that_aws_does_not_take_are_refused(
    control: Control, conditions: list[dict[str, Any]]
) -> None:
    listener = await control.listener(await control.balancer())
    asked = {"ListenerArn": listener, "Priority": 1, "Conditions": conditions, "Actions": FIXED}
    assert await control.refusal("create_rule", **asked) == "ValidationError"


async def test_a_message_names_the_value_and_what_it_may_be(control: Control) -> None:
    listener = await control.listener(await control.balancer())
    conditions = [{"Field": "path-pattern", "Values": ["/b"]}]
    asked = {"ListenerArn": listener, "Priority": 1, "Conditions": conditions, "Actions": [{"Type": "dance"}]}
    message = (await control.refused("create_rule", **asked))["Message"]
    assert message.startswith(
        "1 validation error detected: Value 'dance' at 'actions.1.member.type' failed to satisfy constraint: "
        "Member must satisfy enum value set: ["
    )
