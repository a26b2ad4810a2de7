"""From buckets and objects as they are written to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.api.s3.tags import BUCKET_TAGS, read
from terrarium.local.data.objects import Objects
from terrarium.local.kinds.buckets import BucketKind
from terrarium.local.object_store import Query
from terrarium.local.registry import Entry
from terrarium.testing.clock import ManualClock


class Parts:
    """As much of the engines as buckets need."""

    def __init__(self, folder: Path) -> None:
        self.objects = Objects(folder, clock=ManualClock())
        self.region = "eu-west-1"


def bucket(**other: object) -> Entry:
    return Entry("aws_s3_bucket.plants", "aws_s3_bucket", {"bucket": "plants", **other})


def versioning(status: str) -> Entry:
    values = {"bucket": "plants", "versioning_configuration": [{"status": status}]}
    return Entry("aws_s3_bucket_versioning.plants", "aws_s3_bucket_versioning", values)


def thing(**other: object) -> Entry:
    return Entry("aws_s3_object.fern", "aws_s3_object", {"bucket": "plants", "key": "fern", **other})


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    parts.objects.start()
    yield parts
    parts.objects.stop()


@pytest.fixture
def kind(parts: Parts) -> BucketKind:
    return BucketKind(parts)  # type: ignore[arg-type]  # a part of the parts


async def test_a_bucket_is_made_and_found_again(parts: Parts, kind: BucketKind) -> None:
    await kind.create(bucket())
    made = parts.objects.bucket("plants")
    await kind.create(bucket())
    assert parts.objects.bucket("plants") == made
    assert made.region == "eu-west-1"
    assert kind.reached_at(bucket()) == "aws s3 ls s3://plants"


async def test_an_object_is_put_again_only_when_it_is_written_otherwise(parts: Parts, kind: BucketKind) -> None:
    await kind.create(bucket())
    await kind.create(versioning("Enabled"))
    first = await kind.create(thing(content="green"))
    assert await kind.create(thing(content="green")) == first
    second = await kind.create(thing(content="green", content_type="text/leaf"))
    assert second["version_id"] != first["version_id"]
    assert len(parts.objects.list_all("plants", Query()).items) == 2
    version = parts.objects.get("plants", "fern")
    assert parts.objects.read_at_once(version, 0, version.size) == b"green"
    assert version.details.headers["content-type"] == "text/leaf"


async def test_content_comes_from_a_file_too(parts: Parts, kind: BucketKind, tmp_path: Path) -> None:
    (tmp_path / "leaf").write_bytes(b"\xff")
    await kind.create(bucket())
    await kind.create(thing(source=str(tmp_path / "leaf")))
    version = parts.objects.get("plants", "fern")
    assert parts.objects.read_at_once(version, 0, version.size) == b"\xff"
    with pytest.raises(UserError, match="none cannot be read"):
        await kind.create(thing(source=str(tmp_path / "none")))


@pytest.mark.parametrize(("status", "kept"), [("Enabled", "Enabled"), ("Suspended", "Suspended"), ("Disabled", "")])
async def test_versioning_is_as_written(parts: Parts, kind: BucketKind, status: str, kept: str) -> None:
    await kind.create(bucket())
    await kind.create(versioning(status))
    assert parts.objects.bucket("plants").versioning == kept


async def test_a_bucket_that_locks_objects_keeps_their_versions(parts: Parts, kind: BucketKind) -> None:
    await kind.create(bucket(object_lock_enabled=True))
    assert parts.objects.bucket("plants").versioning == "Enabled"
    assert parts.objects.setting("plants", "object-lock")


async def test_a_name_that_cannot_be_is_the_users_mistake(kind: BucketKind) -> None:
    with pytest.raises(UserError, match="InvalidBucketName"):
        await kind.create(bucket(bucket="No Name"))


async def test_a_bucket_and_its_objects_have_the_tags_of_the_architecture(parts: Parts, kind: BucketKind) -> None:
    everywhere = {"tags": {"Team": "core"}, "tags_all": {"Team": "core", "Project": "shop"}}
    await kind.create(bucket(**everywhere))
    await kind.create(thing(content="green", **everywhere))
    tagged = parts.objects.setting("plants", "tagging")
    assert tagged is not None
    assert read(tagged, BUCKET_TAGS) == everywhere["tags_all"]
    assert parts.objects.get("plants", "fern").details.tags == everywhere["tags_all"]
    await kind.create(bucket())
    assert parts.objects.setting("plants", "tagging") is None
    override: list[dict[str, object]] = [{"default_tags": [{"tags": {}}]}]
    await kind.create(thing(content="green", override_provider=override, **everywhere))
    assert parts.objects.get("plants", "fern").details.tags == {"Team": "core"}


async def test_an_object_has_ten_tags_at_most(kind: BucketKind) -> None:
    await kind.create(bucket())
    with pytest.raises(UserError, match="Object tags cannot be greater than 10"):
        await kind.create(thing(content="green", tags_all={str(number): "" for number in range(11)}))
