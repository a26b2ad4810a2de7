"""What calls make in moto outlives its process: the same ids, the same times, and nothing that only passed through."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.journal import Journal
from terrarium.local.api.moto import Moto
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.api.seeds import Seed
from terrarium.local.clock import SystemClock
from tests.unit.local.api.doubles import ACCOUNT, client, serving, until

pytestmark = pytest.mark.slow
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
# Answers have the members that each operation defines.
Answer = dict[str, Any]


@dataclass
class Laptop:
    url: str
    process: MotoProcess
    journal: Journal
    reports: list[str]


@asynccontextmanager
async def laptop(folder: Path, **settings: Any) -> AsyncIterator[Laptop]:
    """A run of a system whose journal lies in a folder."""
    reports: list[str] = []
    clock = SystemClock()
    journal = Journal(folder / "calls.jsonl", report=reports.append, **settings)
    process = MotoProcess(account=ACCOUNT, region="us-east-1", clock=clock, report=reports.append, journal=journal)
    async with serving(AwsEndpoint({}, Moto(process), Credentials(ACCOUNT, clock), clock).handle) as url:
        try:
            yield Laptop(url, process, journal, reports)
        finally:
            await process.stop()


def make_network(url: str) -> None:
    ec2, balancers = client("ec2", url), client("elbv2", url)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnets[0])
    balancer = balancers.create_load_balancer(Name="web", Subnets=subnets, SecurityGroups=[group])
    target = balancers.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)
    balancers.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroups"][0]["TargetGroupArn"]}],
    )


def make_the_rest(url: str) -> None:
    client("iam", url).create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    client("iam", url).create_policy(PolicyName="p", PolicyDocument=POLICY)
    client("kms", url).create_key(Description="k")
    client("acm", url).request_certificate(DomainName="example.com", ValidationMethod="DNS")
    client("route53", url).create_hosted_zone(Name="example.com", CallerReference="1")
    client("secretsmanager", url).create_secret(Name="s", SecretString="pw")
    client("ssm", url).put_parameter(Name="/a", Value="v", Type="SecureString")
    client("sns", url).create_topic(Name="t")
    client("sqs", url).create_queue(QueueName="q", Attributes={"DelaySeconds": "7"})
    client("cognito-idp", url).create_user_pool(PoolName="p")
    client("cloudwatch", url).put_metric_alarm(
        AlarmName="a", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Sum",
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    client("events", url).put_rule(Name="e", ScheduleExpression="rate(1 hour)")
    client("cloudfront", url).create_distribution(DistributionConfig=DISTRIBUTION)


DISTRIBUTION = {
    "CallerReference": "1",
    "Comment": "",
    "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.com"}]},
    "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
}

LOOKS: list[tuple[str, str, Answer]] = [
    ("ec2", "describe_vpcs", {}),
    ("ec2", "describe_subnets", {}),
    ("ec2", "describe_security_groups", {}),
    ("ec2", "describe_security_group_rules", {}),
    ("ec2", "describe_network_acls", {}),
    ("ec2", "describe_instances", {}),
    ("ec2", "describe_volumes", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("elbv2", "describe_target_groups", {}),
    ("iam", "get_role", {"RoleName": "r"}),
    ("iam", "list_policies", {"Scope": "Local"}),
    ("kms", "list_keys", {}),
    ("kms", "list_aliases", {}),
    ("acm", "list_certificates", {}),
    ("route53", "list_hosted_zones", {}),
    ("secretsmanager", "list_secrets", {}),
    ("secretsmanager", "describe_secret", {"SecretId": "s"}),
    ("ssm", "describe_parameters", {}),
    ("ssm", "get_parameter", {"Name": "/a", "WithDecryption": True}),
    ("sns", "list_topics", {}),
    ("sqs", "get_queue_attributes", {"AttributeNames": ["All"]}),
    ("cognito-idp", "list_user_pools", {"MaxResults": 9}),
    ("cloudwatch", "describe_alarms", {}),
    ("events", "list_rules", {}),
    ("cloudfront", "list_distributions", {}),
]


def look_around(url: str) -> None:
    """What a client looks at before it makes anything, which fills moto's lists in an order of its own."""
    client("ec2", url).describe_vpc_endpoint_services()
    client("elbv2", url).describe_load_balancers()
    client("iam", url).list_policies(Scope="AWS")
    client("kms", url).list_aliases()


def look(url: str) -> list[tuple[str, Answer]]:
    """Everything that was made, as clients see it."""
    seen = []
    for service, operation, params in LOOKS:
        named = {"QueueUrl": f"{url}/{ACCOUNT}/q"} if service == "sqs" else {}
        answer = getattr(client(service, url), operation)(**params, **named)
        del answer["ResponseMetadata"]
        seen.append((f"{service} {operation}", answer))
    return seen


async def test_everything_that_calls_made_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with laptop(tmp_path) as first:
        await asyncio.to_thread(look_around, first.url)
        await asyncio.to_thread(make_network, first.url)
        await asyncio.to_thread(make_the_rest, first.url)
        before = await asyncio.to_thread(look, first.url)
    async with laptop(tmp_path) as second:
        assert second.process.pid is None  # what is kept starts nothing by itself
        after = await asyncio.to_thread(look, second.url)
        assert second.reports == []
    assert json.dumps(after, default=str).replace(second.url, first.url) == json.dumps(before, default=str)


async def test_looking_and_messages_are_not_kept(tmp_path: Path) -> None:
    def use(url: str) -> None:
        queues, keys, topics = client("sqs", url), client("kms", url), client("sns", url)
        queue = queues.create_queue(QueueName="q")["QueueUrl"]
        key = keys.create_key()["KeyMetadata"]["KeyId"]
        topic = topics.create_topic(Name="t")["TopicArn"]
        for _ in range(3):
            queues.send_message(QueueUrl=queue, MessageBody="m")
            queues.receive_message(QueueUrl=queue)
            keys.decrypt(CiphertextBlob=keys.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
            topics.publish(TopicArn=topic, Message="m")
        look_at = client("ec2", url)
        look_at.describe_vpcs()
        client("route53", url).list_hosted_zones()

    async with laptop(tmp_path) as one:
        await asyncio.to_thread(use, one.url)
        assert one.process.calls.counts() == {"sqs": 1, "kms": 1, "sns": 1}


async def test_what_a_key_encrypted_can_be_decrypted_after_a_restart(tmp_path: Path) -> None:
    def encrypt(url: str) -> bytes:
        keys = client("kms", url)
        key = keys.create_key()["KeyMetadata"]["KeyId"]
        packed: bytes = keys.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
        return packed

    async with laptop(tmp_path) as first:
        packed = await asyncio.to_thread(encrypt, first.url)
    async with laptop(tmp_path) as second:
        keys = client("kms", second.url)
        assert (await asyncio.to_thread(keys.decrypt, CiphertextBlob=packed))["Plaintext"] == b"secret"


async def test_what_was_refused_is_not_kept(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:
        roles = client("iam", one.url)
        with pytest.raises(ClientError, match="NoSuchEntity"):
            await asyncio.to_thread(roles.delete_role, RoleName="nobody")
        with pytest.raises(ClientError, match="does not support"):
            await asyncio.to_thread(client("ec2", one.url).monitor_instances, InstanceIds=["i-1"])
        assert len(one.journal) == 0
        assert (tmp_path / "calls.jsonl").read_bytes() == b""


async def test_what_calls_made_comes_after_what_the_architecture_describes(tmp_path: Path) -> None:
    role = Seed("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST})

    async def policies(one: Laptop) -> list[str]:
        await one.process.seed("aws_iam_role.r", role)
        found = await asyncio.to_thread(client("iam", one.url).list_role_policies, RoleName="r")
        names: list[str] = found["PolicyNames"]
        return names

    async with laptop(tmp_path) as first:
        assert await policies(first) == []
        put = client("iam", first.url).put_role_policy
        await asyncio.to_thread(put, RoleName="r", PolicyName="by-call", PolicyDocument=POLICY)
    async with laptop(tmp_path) as second:
        assert await policies(second) == ["by-call"]
        assert second.reports == []


async def test_many_at_once_are_the_same_after_a_kill(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:

        def create(n: int) -> str:
            made: str = client("ec2", one.url).create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"]
            client("ec2", one.url).describe_vpcs()
            return made

        made = await asyncio.gather(*(asyncio.to_thread(create, n) for n in range(12)))
        first = one.process.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: one.process.pid != first)
        found = await asyncio.to_thread(client("ec2", one.url).describe_vpcs, VpcIds=made)
        assert {vpc["VpcId"]: vpc["CidrBlock"] for vpc in found["Vpcs"]} == {
            id: f"10.{n}.0.0/16" for n, id in enumerate(made)
        }


async def test_values_of_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:
        await asyncio.to_thread(client("secretsmanager", one.url).create_secret, Name="s", SecretString="pw")
    assert (tmp_path / "calls.jsonl").stat().st_mode & 0o777 == 0o600


async def test_signatures_and_session_tokens_are_not_kept(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:
        topics = client("sns", one.url, aws_session_token="a-session-token")
        await asyncio.to_thread(topics.create_topic, Name="t")
    text = (tmp_path / "calls.jsonl").read_text()
    assert "CreateTopic" in text
    assert "Signature" not in text
    assert "a-session-token" not in text


async def test_a_call_that_cannot_be_kept_is_refused_and_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with laptop(tmp_path) as one:
        topics = client("sns", one.url)
        await asyncio.to_thread(topics.create_topic, Name="first")
        with monkeypatch.context() as full:
            full.setattr(Journal, "_write", _no_room)
            with pytest.raises(ClientError, match="sns:CreateTopic would not last and was not done: No space left"):
                await asyncio.to_thread(topics.create_topic, Name="second")
        await asyncio.to_thread(topics.create_topic, Name="third")
        found = await asyncio.to_thread(topics.list_topics)
        assert [topic["TopicArn"].rpartition(":")[2] for topic in found["Topics"]] == ["first", "third"]
        assert len(one.journal) == 2


def _no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_what_is_refused_when_made_again_is_told_once_and_the_rest_is_made(tmp_path: Path) -> None:
    def make(url: str) -> None:
        roles = client("iam", url)
        roles.create_role(RoleName="theirs", AssumeRolePolicyDocument=TRUST)
        roles.create_role(RoleName="ours", AssumeRolePolicyDocument=TRUST)

    async with laptop(tmp_path) as first:
        await asyncio.to_thread(make, first.url)
    async with laptop(tmp_path) as second:  # whose architecture describes one of them by now
        role = Seed("iam", "CreateRole", {"RoleName": "theirs", "AssumeRolePolicyDocument": TRUST})
        await second.process.seed("aws_iam_role.theirs", role)
        found = await asyncio.to_thread(client("iam", second.url).list_roles)
        assert {role["RoleName"] for role in found["Roles"]} == {"theirs", "ours"}
        assert second.reports == ["1 of 2 calls that were kept are refused now, first iam:CreateRole"]


async def test_what_scales_and_what_is_budgeted_have_tags_and_who_is_told_also_after_a_restart(tmp_path: Path) -> None:
    target = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/orders",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    budget = {"BudgetName": "monthly", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
    told = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 100.0}
    somebody = {"SubscriptionType": "EMAIL", "Address": "somebody@example.com"}

    def make(url: str) -> str:
        made = client("application-autoscaling", url).register_scalable_target(
            **target, MinCapacity=1, MaxCapacity=5, Tags={"Team": "core"}
        )
        client("budgets", url).create_budget(
            AccountId=ACCOUNT,
            Budget={**budget, "BudgetLimit": {"Amount": "20", "Unit": "USD"}},
            NotificationsWithSubscribers=[{"Notification": told, "Subscribers": [somebody]}],
            ResourceTags=[{"Key": "Team", "Value": "core"}],
        )
        return str(made["ScalableTargetARN"])

    def seen(url: str, arn: str) -> list[Any]:
        budgets = client("budgets", url)
        asked = {"AccountId": ACCOUNT, "BudgetName": "monthly"}
        subscribers = budgets.describe_subscribers_for_notification(**asked, Notification=told)["Subscribers"]
        tags = budgets.list_tags_for_resource(ResourceARN=f"arn:aws:budgets::{ACCOUNT}:budget/monthly")["ResourceTags"]
        return [
            client("application-autoscaling", url).list_tags_for_resource(ResourceARN=arn)["Tags"], subscribers, tags
        ]  # fmt: skip

    async with laptop(tmp_path) as first:
        arn = await asyncio.to_thread(make, first.url)
    async with laptop(tmp_path) as second:
        found = await asyncio.to_thread(seen, second.url, arn)
        assert found == [{"Team": "core"}, [somebody], [{"Key": "Team", "Value": "core"}]]
        scaling = client("application-autoscaling", second.url)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await asyncio.to_thread(scaling.list_tags_for_resource, ResourceARN=f"{arn}x")
