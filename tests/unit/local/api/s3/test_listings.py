"""Lists as boto3 sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.local.api.s3.conftest import Place

KEYS = ["a", "b/1", "b/2", "b/c/3", "d e+f", "é/ü", "z\n&<"]


def filled(s3: Place) -> Any:  # botocore makes its clients' classes while it runs
    client = s3.client()
    client.create_bucket(Bucket="plants")
    for key in KEYS:
        client.put_object(Bucket="plants", Key=key, Body=b"x")
    return client


async def test_keys_come_in_the_order_of_their_bytes(s3: Place) -> None:
    def use() -> None:
        found = filled(s3).list_objects_v2(Bucket="plants")
        assert [one["Key"] for one in found["Contents"]] == ["a", "b/1", "b/2", "b/c/3", "d e+f", "z\n&<", "é/ü"]
        assert found["KeyCount"] == 7
        assert not found["IsTruncated"]

    await asyncio.to_thread(use)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_hold_everything_once(s3: Place, operation: str, size: int) -> None:
    def use() -> None:
        pages = filled(s3).get_paginator(operation).paginate(Bucket="plants", PaginationConfig={"PageSize": size})
        keys = [one["Key"] for page in pages for one in page.get("Contents", page.get("Versions", []))]
        assert sorted(keys) == sorted(KEYS)

    await asyncio.to_thread(use)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
async def test_a_delimiter_rolls_keys_up_once_each_over_pages(s3: Place, operation: str) -> None:
    def use() -> None:
        paginator = filled(s3).get_paginator(operation)
        pages = list(paginator.paginate(Bucket="plants", Delimiter="/", PaginationConfig={"PageSize": 1}))
        assert [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])] == ["b/", "é/"]
        keys = [one["Key"] for page in pages for one in page.get("Contents", page.get("Versions", []))]
        assert keys == ["a", "d e+f", "z\n&<"]

    await asyncio.to_thread(use)


async def test_a_prefix_and_a_delimiter_list_like_a_folder(s3: Place) -> None:
    def use() -> None:
        found = filled(s3).list_objects_v2(Bucket="plants", Prefix="b/", Delimiter="/")
        assert [one["Key"] for one in found["Contents"]] == ["b/1", "b/2"]
        assert found["CommonPrefixes"] == [{"Prefix": "b/c/"}]

    await asyncio.to_thread(use)


async def test_a_list_starts_after_a_key(s3: Place) -> None:
    def use() -> None:
        found = filled(s3).list_objects_v2(Bucket="plants", StartAfter="b/2", MaxKeys=1)
        assert [one["Key"] for one in found["Contents"]] == ["b/c/3"]
        assert found["IsTruncated"]

    await asyncio.to_thread(use)


async def test_no_keys_asked_for_are_none(s3: Place) -> None:
    def use() -> None:
        found = filled(s3).list_objects_v2(Bucket="plants", MaxKeys=0)
        assert "Contents" not in found
        assert not found["IsTruncated"]

    await asyncio.to_thread(use)


@pytest.mark.parametrize("asked", [{"MaxKeys": -1}, {"ContinuationToken": "!"}])
async def test_what_makes_no_sense_is_an_invalid_argument(s3: Place, asked: dict[str, Any]) -> None:
    def use() -> None:
        with pytest.raises(ClientError) as refused:
            filled(s3).list_objects_v2(Bucket="plants", **asked)
        assert refused.value.response["Error"]["Code"] == "InvalidArgument"

    await asyncio.to_thread(use)
