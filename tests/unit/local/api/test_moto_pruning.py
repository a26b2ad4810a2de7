"""Kept calls whose effect is gone are left out, and only where the rest is proven to come to the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from terrarium.local.api import moto_pruning
from terrarium.local.api.moto_child import Address
from terrarium.local.api.moto_pruning import Proposal, Pruning
from tests.unit.local.api.doubles import client, until
from tests.unit.local.api.test_moto_calls import TRUST, Laptop, laptop

pytestmark = pytest.mark.slow


def make_and_remove(url: str) -> None:
    """Enough that comes and goes, amid what stays."""
    queues, roles, network = client("sqs", url), client("iam", url), client("ec2", url)
    keys = client("kms", url)
    kept = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for number in range(5):
        queues.create_queue(QueueName=f"q{number}")
        roles.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
    key = keys.create_key()["KeyMetadata"]["KeyId"]
    subnet = network.create_subnet(VpcId=kept, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    network.create_tags(Resources=[subnet], Tags=[{"Key": "a", "Value": "b"}])
    for number in range(5):
        if number:
            queues.delete_queue(QueueUrl=f"{url}/000000000000/q{number}")
        roles.delete_role(RoleName=f"role-{number}")
    network.delete_subnet(SubnetId=subnet)
    come_and_go(url)
    keys.schedule_key_deletion(KeyId=key)


def come_and_go(url: str) -> None:
    """What leaves traces in moto: a zone with a record, a certificate, a disk that needs a key of AWS's."""
    zones, certificates, machines = client("route53", url), client("acm", url), client("ec2", url)
    zone = zones.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]
    id = zone.rpartition("/")[2]
    zones.change_tags_for_resource(ResourceType="hostedzone", ResourceId=id, AddTags=[{"Key": "a", "Value": "b"}])
    record = {"Name": "a.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.7"}]}
    for action in ("CREATE", "DELETE"):
        change = {"Action": action, "ResourceRecordSet": record}
        zones.change_resource_record_sets(HostedZoneId=id, ChangeBatch={"Changes": [change]})
    zones.delete_hosted_zone(Id=id)
    asked = certificates.request_certificate(DomainName="a.example.com", IdempotencyToken="one")
    certificates.delete_certificate(CertificateArn=asked["CertificateArn"])
    disk = machines.create_volume(AvailabilityZone="us-east-1a", Size=8, Encrypted=True)["VolumeId"]
    machines.delete_volume(VolumeId=disk)


async def test_what_came_and_went_is_made_no_more_and_what_stays_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moto_pruning, "WORTHWHILE", 10)
    async with laptop(tmp_path) as first:
        await asyncio.to_thread(make_and_remove, first.url)
        before = await asyncio.to_thread(seen, first)
        every = len(first.journal)
    async with laptop(tmp_path) as second:
        assert await asyncio.to_thread(seen, second) == before
        await until(lambda: len(second.journal) < every)
        await asyncio.to_thread(client("sqs", second.url).create_queue, QueueName="later")
        left = second.process.calls.counts()
        assert (left["sqs"], left["kms"], left["iam"]) == (2, 2, 0)
        assert (left["route53"], left["acm"]) == (0, 0)
        assert "CreateVolume" not in {record["operation"] for record in second.journal}
    async with laptop(tmp_path) as third:
        after = await asyncio.to_thread(seen, third)
        assert after[:2] == before[:2]
        assert after[2] == [*before[2], "later"]
        assert third.reports == []


def seen(one: Laptop) -> tuple[list[str], list[str], list[str]]:
    """What is left, by its ids."""
    networks = [vpc["VpcId"] for vpc in client("ec2", one.url).describe_vpcs()["Vpcs"]]
    own = {alias["TargetKeyId"] for alias in client("kms", one.url).list_aliases()["Aliases"]}  # which AWS makes itself
    keys = [key["KeyId"] for key in client("kms", one.url).list_keys()["Keys"] if key["KeyId"] not in own]
    queues = [url.rpartition("/")[2] for url in client("sqs", one.url).list_queues()["QueueUrls"]]
    return networks, keys, queues


async def test_what_is_not_proven_is_kept(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:
        topics = client("sns", one.url)
        await asyncio.to_thread(topics.create_topic, Name="first")
        await asyncio.to_thread(topics.create_topic, Name="second")
        calls, answers = await one.process.calls.make_again(one.process.http, await one.process.address())

        @asynccontextmanager
        async def another() -> AsyncIterator[Address]:
            async with laptop(tmp_path / "another") as other:
                yield await other.process.address()

        pruning = Pruning(one.process.calls, lambda: one.process.http, another)
        digests, _ = await pruning._held(await one.process.address(), (), ())
        assert await pruning.propose(await one.process.address(), calls, answers) is None  # nothing was removed
        assert not await pruning.carry_out(Proposal(calls, [1], digests))  # which is alive
        assert len(one.journal) == 2
        assert await pruning.carry_out(Proposal(calls, [], digests))


async def test_what_is_proven_of_some_services_is_left_out_and_what_is_not_of_others_stays(tmp_path: Path) -> None:
    async with laptop(tmp_path) as one:
        topics, queues = client("sns", one.url), client("sqs", one.url)
        await asyncio.to_thread(topics.create_topic, Name="first")
        url = (await asyncio.to_thread(queues.create_queue, QueueName="gone"))["QueueUrl"]
        await asyncio.to_thread(queues.delete_queue, QueueUrl=url)
        calls, _ = await one.process.calls.make_again(one.process.http, await one.process.address())

        @asynccontextmanager
        async def another() -> AsyncIterator[Address]:
            async with laptop(tmp_path / "another") as other:
                yield await other.process.address()

        pruning = Pruning(one.process.calls, lambda: one.process.http, another)
        digests, _ = await pruning._held(await one.process.address(), (), ())
        assert await pruning.carry_out(Proposal(calls, [0, 1, 2], digests))  # of which the first is alive
        assert [record["operation"] for record in one.journal] == ["CreateTopic"]
