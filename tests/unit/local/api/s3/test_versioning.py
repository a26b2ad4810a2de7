"""Versions and delete markers (https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.api.s3.conftest import Place


def versioned(s3: Place) -> Any:  # botocore makes its clients' classes while it runs
    client = s3.client()
    client.create_bucket(Bucket="plants")
    client.put_bucket_versioning(Bucket="plants", VersioningConfiguration={"Status": "Enabled"})
    return client


def put(client: Any, body: bytes) -> str:
    id: str = client.put_object(Bucket="plants", Key="fern", Body=body).get("VersionId", "null")
    return id


def get(client: Any, **asked: str) -> bytes:
    body: bytes = client.get_object(Bucket="plants", Key="fern", **asked)["Body"].read()
    return body


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


async def test_a_bucket_that_never_had_versions_says_nothing_of_them(s3: Place) -> None:
    def use() -> None:
        client = s3.client()
        client.create_bucket(Bucket="plants")
        assert "Status" not in client.get_bucket_versioning(Bucket="plants")
        assert "VersionId" not in client.put_object(Bucket="plants", Key="fern", Body=b"")
        assert "VersionId" not in client.get_object(Bucket="plants", Key="fern")
        assert client.list_object_versions(Bucket="plants")["Versions"][0]["VersionId"] == "null"

    await asyncio.to_thread(use)


async def test_earlier_versions_stay_and_a_marker_hides_them(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        first, second = put(client, b"1"), put(client, b"2")
        assert get(client) == b"2"
        assert get(client, VersionId=first) == b"1"
        deleted = client.delete_object(Bucket="plants", Key="fern")
        assert deleted["DeleteMarker"]
        with pytest.raises(ClientError) as gone:
            get(client)
        assert code(gone) == "NoSuchKey"
        assert gone.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
        with pytest.raises(ClientError) as marker:
            get(client, VersionId=deleted["VersionId"])
        assert code(marker) == "MethodNotAllowed"
        listed = client.list_object_versions(Bucket="plants")
        assert [one["VersionId"] for one in listed["Versions"]] == [second, first]
        assert listed["DeleteMarkers"][0]["IsLatest"]
        assert "Contents" not in client.list_objects_v2(Bucket="plants")

    await asyncio.to_thread(use)


async def test_removing_the_marker_brings_the_object_back(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        put(client, b"1")
        marker = client.delete_object(Bucket="plants", Key="fern")["VersionId"]
        removed = client.delete_object(Bucket="plants", Key="fern", VersionId=marker)
        assert removed["DeleteMarker"]
        assert get(client) == b"1"

    await asyncio.to_thread(use)


async def test_deleting_a_version_is_for_good(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        first, second = put(client, b"1"), put(client, b"2")
        client.delete_object(Bucket="plants", Key="fern", VersionId=second)
        assert get(client) == b"1"
        with pytest.raises(ClientError) as gone:
            get(client, VersionId=second)
        assert code(gone) == "NoSuchVersion"
        client.delete_object(Bucket="plants", Key="fern", VersionId=first)
        client.delete_bucket(Bucket="plants")

    await asyncio.to_thread(use)


async def test_suspended_versioning_replaces_the_null_version_alone(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        first = put(client, b"1")
        client.put_bucket_versioning(Bucket="plants", VersioningConfiguration={"Status": "Suspended"})
        put(client, b"2")
        put(client, b"3")
        ids = [one["VersionId"] for one in client.list_object_versions(Bucket="plants")["Versions"]]
        assert ids == ["null", first]
        assert client.delete_object(Bucket="plants", Key="fern")["VersionId"] == "null"
        listed = client.list_object_versions(Bucket="plants")
        assert [one["VersionId"] for one in listed["Versions"]] == [first]
        assert [one["VersionId"] for one in listed["DeleteMarkers"]] == ["null"]

    await asyncio.to_thread(use)


async def test_versions_of_one_key_come_in_pages_too(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        ids = [put(client, b"%d" % number) for number in range(5)]
        pages = client.get_paginator("list_object_versions").paginate(Bucket="plants", PaginationConfig={"PageSize": 2})
        assert [one["VersionId"] for page in pages for one in page["Versions"]] == ids[::-1]

    await asyncio.to_thread(use)


async def test_many_are_deleted_at_once_and_each_is_told(s3: Place) -> None:
    def use() -> None:
        client = versioned(s3)
        first = put(client, b"1")
        objects = [{"Key": "fern", "VersionId": first}, {"Key": "fern"}, {"Key": "none", "VersionId": "x"}]
        found = client.delete_objects(Bucket="plants", Delete={"Objects": objects})
        assert [one["Key"] for one in found["Deleted"]] == ["fern", "fern", "none"]
        assert found["Deleted"][1]["DeleteMarker"]

    await asyncio.to_thread(use)
