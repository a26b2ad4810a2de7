"""What a system stores in S3 is there after a restart."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.kept_objects import KeptObjects
from terrarium.local.api.moto import Moto
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.api.s3_address import S3Address, s3_address
from terrarium.local.api.seeds import Seed
from terrarium.local.clock import SystemClock
from tests.unit.local.api.doubles import ACCOUNT, client, serving, until


@asynccontextmanager
async def laptop(folder: Path, reports: list[str], region: str = "us-east-1") -> AsyncIterator[tuple[Any, MotoProcess]]:
    """An S3 client of a laptop that keeps objects in a folder."""
    clock = SystemClock()
    process = MotoProcess(
        account=ACCOUNT, region=region, clock=clock, report=reports.append, objects=folder / "objects"
    )
    endpoint = AwsEndpoint({}, Moto(process), Credentials(ACCOUNT, clock))
    async with serving(endpoint.handle) as url:
        yield client("s3", url), process
    await process.stop()


# botocore makes its clients' classes while it runs: there is no type to name.
async def contents(s3: Any, bucket: str) -> dict[str, bytes]:
    listed = await asyncio.to_thread(s3.list_objects_v2, Bucket=bucket)
    found = {}
    for it in listed.get("Contents", []):
        stream = (await asyncio.to_thread(s3.get_object, Bucket=bucket, Key=it["Key"]))["Body"]
        found[it["Key"]] = await asyncio.to_thread(stream.read)
    return found


async def test_objects_are_there_after_a_restart_however_they_were_stored(tmp_path: Path) -> None:
    reports: list[str] = []
    large = os.urandom(6 * 1024 * 1024)
    async with laptop(tmp_path, reports) as (s3, _):

        async def call(operation: str, **params: Any) -> Any:
            return await asyncio.to_thread(getattr(s3, operation), Bucket="results", **params)

        await call("create_bucket")
        await call("put_object", Key="games/ä +&?.json", Body=b"X wins", ContentType="application/json")
        await call("put_object", Key="meta", Body=b"m", Metadata={"player": "ann"}, CacheControl="no-store")
        await call("put_object", Key="replaced", Body=b"old")
        await call("put_object", Key="replaced", Body=b"new")
        await call("copy_object", Key="copied", CopySource="results/meta")
        await call("put_object", Key="deleted", Body=b"x")
        await call("delete_object", Key="deleted")
        for key in ("many & 1", "many 2"):
            await call("put_object", Key=key, Body=b"x")
        await call("delete_objects", Delete={"Objects": [{"Key": "many & 1"}, {"Key": "many 2"}]})
        upload = (await call("create_multipart_upload", Key="parts"))["UploadId"]
        parts = []
        for number, part in enumerate((large, b"end"), 1):
            sent = await call("upload_part", Key="parts", UploadId=upload, PartNumber=number, Body=part)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        await call("complete_multipart_upload", Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
        unfinished = (await call("create_multipart_upload", Key="unfinished"))["UploadId"]
        await call("abort_multipart_upload", Key="unfinished", UploadId=unfinished)
        before = await contents(s3, "results")
    async with laptop(tmp_path, reports) as (s3, _):
        assert await contents(s3, "results") == before
        assert before.keys() == {"games/ä +&?.json", "meta", "replaced", "copied", "parts"}
        assert (before["replaced"], before["parts"]) == (b"new", large + b"end")
        head = await asyncio.to_thread(s3.head_object, Bucket="results", Key="copied")
        assert (head["Metadata"], head["CacheControl"]) == ({"player": "ann"}, "no-store")
        head = await asyncio.to_thread(s3.head_object, Bucket="results", Key="games/ä +&?.json")
        assert head["ContentType"] == "application/json"
    assert reports == []


async def test_a_bucket_that_was_deleted_stays_away(tmp_path: Path) -> None:
    reports: list[str] = []
    async with laptop(tmp_path, reports) as (s3, _):
        for bucket in ("kept", "gone"):
            await asyncio.to_thread(s3.create_bucket, Bucket=bucket)
        await asyncio.to_thread(s3.delete_bucket, Bucket="gone")
    async with laptop(tmp_path, reports) as (s3, _):
        assert [it["Name"] for it in (await asyncio.to_thread(s3.list_buckets))["Buckets"]] == ["kept"]
    assert reports == []


async def test_objects_survive_the_death_of_moto_and_meet_the_buckets_seed(tmp_path: Path) -> None:
    reports: list[str] = []
    place = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    seed = Seed("s3", "CreateBucket", {"Bucket": "web", **place})
    async with laptop(tmp_path, reports, "eu-west-1") as (s3, process):
        await process.seed("aws_s3_bucket.web", seed)
        await asyncio.to_thread(s3.put_object, Bucket="web", Key="k", Body=b"v")
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        await until(lambda: process.pid is None)
        assert await contents(s3, "web") == {"k": b"v"}
    async with laptop(tmp_path, reports, "eu-west-1") as (s3, process):
        await process.warm()
        await process.seed("aws_s3_bucket.web", seed)
        assert await contents(s3, "web") == {"k": b"v"}
    assert len(reports) == 1


async def one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_an_interrupted_write_leaves_the_older_object(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    objects = KeptObjects(tmp_path)
    await objects.put("results", "k", {}, one(b"old"))
    with pytest.raises(ConnectionError):
        await objects.put("results", "k", {}, broken())
    (kept,) = objects.objects("results", pytest.fail)
    assert kept.content.read_bytes() == b"old"
    await objects.put("results", "k", {}, one(b"new"))
    (kept,) = objects.objects("results", pytest.fail)
    assert kept.content.read_bytes() == b"new"
    assert len(list((tmp_path / "results").iterdir())) == 2


async def test_a_damaged_object_is_reported_and_costs_no_other(tmp_path: Path) -> None:
    objects, reports = KeptObjects(tmp_path), list[str]()
    for key in ("a", "b", "c"):
        await objects.put("results", key, {}, one(b"x"))
    described = sorted((tmp_path / "results").glob("*.json"))
    described[0].write_text("{")
    described[1].with_suffix("").with_name(json.loads(described[1].read_text())["content"]).unlink()
    assert len(list(objects.objects("results", reports.append))) == 1
    assert [str(file) in report for file, report in zip(described, reports, strict=False)] == [True, True]


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc", "a\0b"])
def test_no_bucket_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no bucket"):
        KeptObjects(tmp_path).remove_bucket(name)


@pytest.mark.parametrize(
    ("host", "path", "address"),
    [
        ("127.0.0.1:4500", "/", S3Address("", "")),
        ("127.0.0.1:4500", "/results", S3Address("results", "")),
        ("127.0.0.1:4500", "/results/", S3Address("results", "")),
        ("127.0.0.1:4500", "/results/a%20b/c", S3Address("results", "a b/c")),
        ("results.s3.us-east-1.amazonaws.com", "/a/b", S3Address("results", "a/b")),
        ("results.s3-us-west-2.amazonaws.com", "/", S3Address("results", "")),
        ("s3.amazonaws.com", "/results/k", S3Address("results", "k")),
    ],
)
def test_the_bucket_stands_in_the_host_or_the_path(host: str, path: str, address: S3Address) -> None:
    assert s3_address(host, path) == address


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_address_is_survived(host: str, path: str) -> None:
    s3_address(host, path)
