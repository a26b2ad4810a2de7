"""The walk through the graph: what mentions something knows its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from terrarium import Architecture, Json
from terrarium.errors import UserError
from terrarium.local.creation import Creation
from terrarium.local.kinds.kind import Kind, NotAliveError, Passive
from terrarium.local.registry import Entry, Registry


class Recording(Passive):
    """A kind that remembers what it was asked to make, and decides one value."""

    types: ClassVar[tuple[str, ...]] = ("aws_sqs_queue",)

    def __init__(self) -> None:
        self.made: list[Entry] = []

    async def create(self, entry: Entry) -> Mapping[str, Any]:  # attributes of any type
        self.made.append(entry)
        return {"url": f"http://here/{entry['name']}"}


async def created(app: Architecture, kind: Kind | None = None, **variables: object) -> tuple[Registry, Creation]:
    registry = Registry()
    kinds = dict.fromkeys(kind.types, kind) if kind else {}
    creation = Creation(app, variables, registry=registry, kinds=kinds, region="us-east-1", account="000000000000")
    await creation.run()
    return registry, creation


async def test_values_flow_from_what_aws_decides_to_what_mentions_it() -> None:
    app = Architecture("shop")
    policy_of = app.add("aws_sqs_queue", "jobs", name="jobs")
    app.add("aws_sqs_queue_policy", "jobs", queue_url=policy_of["url"], policy=Json({"Resource": policy_of["arn"]}))
    app.output("where", f"at {policy_of['url']}", "Where jobs wait")

    registry, creation = await created(app, Recording())

    policy = registry["aws_sqs_queue_policy.jobs"]
    assert policy["queue_url"] == "http://here/jobs"
    assert policy["policy"] == '{"Resource":"arn:aws:sqs:us-east-1:000000000000:jobs"}'
    assert creation.outputs() == {"where": "at http://here/jobs"}


async def test_what_can_be_tagged_has_the_tags_of_the_architecture_and_its_own_go_first() -> None:
    app = Architecture("shop")
    app.tags = {"Team": app.variable("team", "core", "Whose it is"), "Project": "shop"}
    app.add("aws_sqs_queue", "jobs", name="jobs", tags={"Project": "jobs"})
    app.add("aws_sqs_queue_policy", "jobs", queue_url="u", policy="{}")
    registry, _ = await created(app)
    assert registry["aws_sqs_queue.jobs"]["tags_all"] == {"Team": "core", "Project": "jobs"}
    assert registry["aws_sqs_queue_policy.jobs"].get("tags_all") is None


async def test_what_a_deployer_leaves_out_does_not_exist_and_reads_as_null() -> None:
    app = Architecture("shop")
    on = app.variable("with_queue", False, "Whether there is a queue")
    queue = app.add("aws_sqs_queue", "jobs", when=on, name="jobs")
    app.output("arn", queue["arn"], "ARN of the queue")

    without, creation = await created(app)
    assert len(without) == 0
    assert creation.outputs() == {}
    having, creation = await created(app, with_queue=True)
    assert len(having) == 1
    assert creation.outputs() == {"arn": "arn:aws:sqs:us-east-1:000000000000:jobs"}


async def test_one_copy_exists_per_item_even_of_what_only_aws_decides() -> None:
    app = Architecture("shop")
    certificate = app.add("aws_acm_certificate", "cert", domain_name="shop.example", validation_method="DNS")
    zone = app.add("aws_route53_zone", "main", name="example")
    option = certificate["domain_validation_options"].each_by("domain_name")
    record = app.add(
        "aws_route53_record",
        "proof",
        zone_id=zone["zone_id"],
        name=option["resource_record_name"],
        type=option["resource_record_type"],
        records=[option["resource_record_value"]],
        ttl=60,
    )
    app.output("names", record.every("fqdn"), "Names of the proofs")

    registry, creation = await created(app)

    copy = registry['aws_route53_record.proof["shop.example"]']
    assert copy["type"] == "CNAME"
    assert creation.outputs()["names"] == [copy["fqdn"]]


async def test_every_type_has_a_standing_and_none_is_dropped() -> None:
    app = Architecture("shop")
    app.add("aws_sqs_queue", "jobs", name="jobs")
    app.add("aws_vpc", "vpc", cidr_block="10.0.0.0/16")
    app.add("aws_lightsail_bucket", "odd", name="odd", bundle_id="small_1_0")
    app.data("aws_ssm_parameter", "image", name="/an/image")

    registry, _ = await created(app, Recording())

    assert {entry.address: entry.state for entry in registry} == {
        "aws_sqs_queue.jobs": "alive",
        "aws_vpc.vpc": "modelled",
        "aws_lightsail_bucket.odd": "unsupported",
        "data.aws_ssm_parameter.image": "modelled",
    }
    assert all(entry.note for entry in registry if entry.state != "alive")


async def test_what_does_nothing_here_is_said_and_keeps_nobody_from_living() -> None:
    class Choosy(Recording):
        async def create(self, entry: Entry) -> Mapping[str, Any]:  # attributes of any type
            if entry["name"] == "odd":
                raise NotAliveError("only even queues come alive")
            return await super().create(entry)

    app = Architecture("shop")
    app.add("aws_sqs_queue", "odd", name="odd")
    app.add("aws_sqs_queue", "even", name="even")

    registry, _ = await created(app, Choosy())

    assert registry["aws_sqs_queue.odd"].state == "unsupported"
    assert registry["aws_sqs_queue.odd"].note == "only even queues come alive"
    assert [entry.label for entry in registry.alive("aws_sqs_queue")] == ["even"]


async def test_ids_are_the_same_each_time_and_each_resources_own() -> None:
    def app() -> Architecture:
        made = Architecture("shop")
        made.add("aws_vpc", "a", cidr_block="10.0.0.0/16")
        made.add("aws_vpc", "b", cidr_block="10.1.0.0/16")
        return made

    first, _ = await created(app())
    second, _ = await created(app())
    assert [entry["id"] for entry in first] == [entry["id"] for entry in second]
    assert len({entry["id"] for entry in first}) == 2


async def test_a_wrong_choice_is_refused_before_anything_is_made() -> None:
    app = Architecture("shop")
    app.variable("size", "small", "Size", one_of=["small", "large"])
    with pytest.raises(UserError, match="size = 'huge' is not allowed"):
        await created(app, size="huge")
