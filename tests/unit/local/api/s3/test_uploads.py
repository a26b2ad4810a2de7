"""Multipart uploads (https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.unit.local.api.s3.conftest import Place

MIB = 1024 * 1024
WHOLE = bytes(range(256)) * (11 * MIB // 256)


def begun(s3: Place, **more: str) -> tuple[Any, str]:  # botocore makes its clients' classes while it runs
    client = s3.client()
    client.create_bucket(Bucket="plants")
    return client, client.create_multipart_upload(Bucket="plants", Key="fern", **more)["UploadId"]


def part(client: Any, id: str, number: int, body: bytes) -> dict[str, Any]:
    named = {"Bucket": "plants", "Key": "fern", "UploadId": id, "PartNumber": number}
    found = client.upload_part(**named, Body=body)
    return {"PartNumber": number, **{name: found[name] for name in ("ETag", "ChecksumCRC32") if name in found}}


def complete(client: Any, id: str, parts: list[dict[str, Any]], **more: Any) -> Any:
    named = {"Bucket": "plants", "Key": "fern", "UploadId": id}
    return client.complete_multipart_upload(**named, MultipartUpload={"Parts": parts}, **more)


async def test_a_large_file_goes_up_in_parts_and_comes_down_in_ranges(s3: Place) -> None:
    def use() -> None:
        client = s3.client()
        client.create_bucket(Bucket="plants")
        config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
        client.upload_fileobj(io.BytesIO(WHOLE), "plants", "fern", Config=config)
        target = io.BytesIO()
        client.download_fileobj("plants", "fern", target, Config=config)
        assert target.getvalue() == WHOLE
        digests = [hashlib.md5(WHOLE[at : at + 5 * MIB]).digest() for at in range(0, len(WHOLE), 5 * MIB)]
        etag = hashlib.md5(b"".join(digests)).hexdigest()
        assert client.head_object(Bucket="plants", Key="fern")["ETag"] == f'"{etag}-3"'

    await asyncio.to_thread(use)


async def test_parts_arrive_in_any_order_and_a_later_one_replaces_an_earlier(s3: Place) -> None:
    def use() -> None:
        client, id = begun(s3)
        second = part(client, id, 2, b"end")
        part(client, id, 1, b"wrong" * MIB)
        first = part(client, id, 1, b"a" * 5 * MIB)
        listed = client.list_parts(Bucket="plants", Key="fern", UploadId=id)
        assert [one["Size"] for one in listed["Parts"]] == [5 * MIB, 3]
        complete(client, id, [first, second])
        got = client.get_object(Bucket="plants", Key="fern", Range=f"bytes={5 * MIB - 1}-")
        assert got["Body"].read() == b"aend"
        assert client.head_object(Bucket="plants", Key="fern", PartNumber=2)["ContentLength"] == 3
        assert client.head_object(Bucket="plants", Key="fern", PartNumber=2)["PartsCount"] == 2
        assert "Uploads" not in client.list_multipart_uploads(Bucket="plants")

    await asyncio.to_thread(use)


@pytest.mark.parametrize(
    ("chosen", "code"),
    [((1, 0), "InvalidPartOrder"), ((0, 1), "EntityTooSmall"), ((2,), "InvalidPart")],
)
async def test_parts_that_do_not_fit_are_refused_and_the_upload_stays(
    s3: Place, chosen: tuple[int, ...], code: str
) -> None:
    def use() -> None:
        client, id = begun(s3)
        parts = [part(client, id, 1, b"small"), part(client, id, 2, b"end"), {"PartNumber": 3, "ETag": "none"}]
        with pytest.raises(ClientError) as refused:
            complete(client, id, [parts[number] for number in chosen])
        assert refused.value.response["Error"]["Code"] == code
        assert len(client.list_multipart_uploads(Bucket="plants")["Uploads"]) == 1

    await asyncio.to_thread(use)


async def test_an_upload_that_was_aborted_is_gone_with_its_content(s3: Place) -> None:
    def use() -> None:
        client, id = begun(s3)
        part(client, id, 1, b"small")
        client.abort_multipart_upload(Bucket="plants", Key="fern", UploadId=id)
        with pytest.raises(ClientError) as refused:
            part(client, id, 2, b"late")
        assert refused.value.response["Error"]["Code"] == "NoSuchUpload"
        client.delete_bucket(Bucket="plants")

    await asyncio.to_thread(use)
    assert not list((s3.objects.folder / "content").iterdir())


async def test_only_the_first_upload_that_wants_nothing_there_becomes_the_object(s3: Place) -> None:
    def use() -> None:
        client, id = begun(s3)
        parts = [part(client, id, 1, b"late")]
        client.put_object(Bucket="plants", Key="fern", Body=b"first")
        with pytest.raises(ClientError) as refused:
            complete(client, id, parts, IfNoneMatch="*")
        assert refused.value.response["Error"]["Code"] == "PreconditionFailed"
        complete(client, id, parts)

    await asyncio.to_thread(use)


async def test_a_part_may_be_copied_from_another_object(s3: Place) -> None:
    def use() -> None:
        client, id = begun(s3)
        client.put_object(Bucket="plants", Key="source", Body=b"0123456789")
        source = {"CopySource": {"Bucket": "plants", "Key": "source"}, "CopySourceRange": "bytes=2-5"}
        found = client.upload_part_copy(Bucket="plants", Key="fern", UploadId=id, PartNumber=1, **source)
        parts = [{"PartNumber": 1, "ETag": found["CopyPartResult"]["ETag"]}]
        complete(client, id, parts)
        assert client.get_object(Bucket="plants", Key="fern")["Body"].read() == b"2345"

    await asyncio.to_thread(use)


@pytest.mark.parametrize("type", ["FULL_OBJECT", "COMPOSITE"])
async def test_the_checksum_of_the_whole_follows_from_those_of_the_parts(s3: Place, type: str) -> None:
    def use() -> None:
        client, id = begun(s3, ChecksumAlgorithm="CRC32", ChecksumType=type)
        first, last = b"a" * 5 * MIB, b"the end"
        parts = [part(client, id, 1, first), part(client, id, 2, last)]
        found = complete(client, id, parts)
        single = client.put_object(Bucket="plants", Key="single", Body=first + last, ChecksumAlgorithm="CRC32")
        same = found["ChecksumCRC32"] == single["ChecksumCRC32"]
        assert same if type == "FULL_OBJECT" else found["ChecksumCRC32"].endswith("-2")

    await asyncio.to_thread(use)


async def test_uploads_are_listed_in_pages(s3: Place) -> None:
    def use() -> None:
        client, id = begun(s3)
        ids = {id} | {client.create_multipart_upload(Bucket="plants", Key=key)["UploadId"] for key in ("fern", "ivy")}
        paginator = client.get_paginator("list_multipart_uploads")
        pages = list(paginator.paginate(Bucket="plants", PaginationConfig={"PageSize": 1}))
        assert len(pages) == 3
        assert {one["UploadId"] for page in pages for one in page["Uploads"]} == ids

    await asyncio.to_thread(use)
