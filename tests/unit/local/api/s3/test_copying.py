"""CopyObject, tags, Object Lock and attributes as boto3 sees them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.api.s3.conftest import Place

SOURCE = {"Bucket": "plants", "Key": "a b/ü"}


def filled(s3: Place, **more: Any) -> Any:  # botocore makes its clients' classes while it runs
    client = s3.client()
    client.create_bucket(Bucket="plants", **more)
    content = {"Body": b"green", "ContentType": "text/leaf", "Metadata": {"light": "shade"}, "Tagging": "kind=fern"}
    client.put_object(**SOURCE, **content)
    return client


def code(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**asked)
    return str(refused.value.response["Error"]["Code"])


async def test_a_copy_is_like_its_source(s3: Place) -> None:
    def use() -> None:
        client = filled(s3)
        client.copy_object(Bucket="plants", Key="copy", CopySource=SOURCE)
        found = client.get_object(Bucket="plants", Key="copy")
        assert found["Body"].read() == b"green"
        assert (found["ContentType"], found["Metadata"], found["TagCount"]) == ("text/leaf", {"light": "shade"}, 1)

    await asyncio.to_thread(use)


async def test_a_copy_may_get_metadata_and_tags_of_its_own(s3: Place) -> None:
    def use() -> None:
        client = filled(s3)
        replaced = {"MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE", "Metadata": {"a": "b"}}
        client.copy_object(**SOURCE, CopySource=SOURCE, **replaced)
        found = client.head_object(**SOURCE)
        assert (found["ContentType"], found["Metadata"]) == ("binary/octet-stream", {"a": "b"})
        assert client.get_object_tagging(**SOURCE)["TagSet"] == []

    await asyncio.to_thread(use)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"CopySource": SOURCE, **SOURCE}, "InvalidRequest"),
        ({"CopySource": {"Bucket": "plants", "Key": "none"}, "Bucket": "plants", "Key": "copy"}, "NoSuchKey"),
        ({"CopySource": {"Bucket": "weeds", "Key": "none"}, "Bucket": "plants", "Key": "copy"}, "NoSuchBucket"),
        ({"CopySource": SOURCE, "CopySourceIfMatch": "x", "Bucket": "plants", "Key": "copy"}, "PreconditionFailed"),
    ],
)
async def test_copies_that_cannot_be(s3: Place, asked: dict[str, Any], expected: str) -> None:
    def use() -> None:
        assert code(filled(s3).copy_object, **asked) == expected

    await asyncio.to_thread(use)


async def test_an_earlier_version_is_copied_by_its_id(s3: Place) -> None:
    def use() -> None:
        client = filled(s3)
        client.put_bucket_versioning(Bucket="plants", VersioningConfiguration={"Status": "Enabled"})
        first = client.put_object(Bucket="plants", Key="ivy", Body=b"1")["VersionId"]
        client.put_object(Bucket="plants", Key="ivy", Body=b"2")
        source = {"Bucket": "plants", "Key": "ivy", "VersionId": first}
        found = client.copy_object(Bucket="plants", Key="ivy", CopySource=source)
        assert found["CopySourceVersionId"] == first
        assert client.get_object(Bucket="plants", Key="ivy")["Body"].read() == b"1"

    await asyncio.to_thread(use)


async def test_tags_are_replaced_and_removed(s3: Place) -> None:
    def use() -> None:
        client = filled(s3)
        tags = [{"Key": "kind", "Value": "moss"}, {"Key": "x", "Value": ""}]
        client.put_object_tagging(**SOURCE, Tagging={"TagSet": tags})
        assert client.get_object_tagging(**SOURCE)["TagSet"] == tags
        client.delete_object_tagging(**SOURCE)
        assert client.get_object_tagging(**SOURCE)["TagSet"] == []
        many = [{"Key": str(number), "Value": ""} for number in range(11)]
        assert code(client.put_object_tagging, **SOURCE, Tagging={"TagSet": many}) == "BadRequest"

    await asyncio.to_thread(use)


async def test_what_is_held_or_retained_is_not_deleted(s3: Place) -> None:
    def use() -> None:
        client = filled(s3, ObjectLockEnabledForBucket=True)
        version = {**SOURCE, "VersionId": client.head_object(**SOURCE)["VersionId"]}
        client.put_object_legal_hold(**SOURCE, LegalHold={"Status": "ON"})
        assert code(client.delete_object, **version) == "AccessDenied"
        client.put_object_legal_hold(**SOURCE, LegalHold={"Status": "OFF"})
        until = datetime.fromtimestamp(s3.clock.now() + 60, UTC).replace(microsecond=0)
        client.put_object_retention(**SOURCE, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
        assert client.get_object_retention(**SOURCE)["Retention"]["RetainUntilDate"] == until
        assert code(client.delete_object, **version) == "AccessDenied"
        assert client.delete_object(**SOURCE)["DeleteMarker"]
        client.delete_object(**version, BypassGovernanceRetention=True)

    await asyncio.to_thread(use)


async def test_retention_ends(s3: Place) -> None:
    client = await asyncio.to_thread(filled, s3, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}

    def keep() -> str:
        client.put_object_lock_configuration(Bucket="plants", ObjectLockConfiguration=configuration)
        id: str = client.put_object(Bucket="plants", Key="ivy", Body=b"")["VersionId"]
        assert client.head_object(Bucket="plants", Key="ivy")["ObjectLockMode"] == "COMPLIANCE"
        asked = {"Bucket": "plants", "Key": "ivy", "VersionId": id, "BypassGovernanceRetention": True}
        assert code(client.delete_object, **asked) == "AccessDenied"
        return id

    id = await asyncio.to_thread(keep)
    await s3.clock.advance(86_401)
    await asyncio.to_thread(client.delete_object, Bucket="plants", Key="ivy", VersionId=id)


async def test_attributes_tell_what_is_asked(s3: Place) -> None:
    def use() -> None:
        client = filled(s3)
        found = client.get_object_attributes(**SOURCE, ObjectAttributes=["ETag", "ObjectSize", "Checksum"])
        assert found["ObjectSize"] == 5
        assert found["ETag"] == "9f27410725ab8cc8854a2769c7a516b8"
        assert found["Checksum"]["ChecksumType"] == "FULL_OBJECT"

    await asyncio.to_thread(use)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
async def test_buckets_are_made_where_they_are_asked_for(s3: Place, region: str) -> None:
    def use() -> None:
        client = s3.client()
        more = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket="plants", **more)
        assert client.get_bucket_location(Bucket="plants")["LocationConstraint"] in (region, None)
        assert client.head_bucket(Bucket="plants")["BucketRegion"] == region
        assert [one["Name"] for one in client.list_buckets()["Buckets"]] == ["plants"]
        if region == "us-east-1":
            client.create_bucket(Bucket="plants", **more)  # the one region where that is no conflict
        else:
            assert code(client.create_bucket, Bucket="plants", **more) == "BucketAlreadyOwnedByYou"

    await asyncio.to_thread(use)
