"""Exports: a table as it was at a moment, as files in a bucket."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Exporter, exporter
from tests.unit.local.data.tables.desk import Desk, wire

# Any: JSON bodies.
Body = dict[str, Any]


class Shelf:
    """A store with one bucket."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, bucket: str, key: str, content: bytes) -> str:
        await asyncio.sleep(0)
        if bucket != "backups":
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        self.files[key] = content
        return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def desk(tmp_path: Path, shelf: Shelf) -> AsyncIterator[Desk]:
    async with Desk(tmp_path) as started:
        writer = Exporter(started.tables.engine, shelf.put, pytest.fail)
        writer.start()
        await started.create()
        wanted = {"PointInTimeRecoveryEnabled": True}
        await started.call("UpdateContinuousBackups", TableName="Games", PointInTimeRecoverySpecification=wanted)
        yield started
        await writer.stop()


async def exported(desk: Desk, **body: Any) -> Body:
    arn = (await desk.call("DescribeTable", TableName="Games"))["Table"]["TableArn"]
    asked = await desk.call("ExportTableToPointInTime", TableArn=arn, **{"S3Bucket": "backups", **body})
    description: Body = asked["ExportDescription"]
    assert description["ExportStatus"] == "IN_PROGRESS"
    while description["ExportStatus"] == "IN_PROGRESS":
        await asyncio.sleep(0)
        found = await desk.call("DescribeExport", ExportArn=description["ExportArn"])
        description = found["ExportDescription"]
    return description


def items(shelf: Shelf, description: Body) -> list[Body]:
    """What the data files hold that an export's manifests name, their checksums checked on the way."""
    summary = json.loads(checked(shelf, description["ExportManifest"]))
    lines = [json.loads(line) for line in checked(shelf, summary["manifestFilesS3Key"]).splitlines()]
    found = []
    for line in lines:
        content = shelf.files[line["dataFileS3Key"]]
        assert line["md5Checksum"] == md5(content)
        found += [json.loads(each)["Item"] for each in gzip.decompress(content).splitlines()]
    assert len(found) == summary["itemCount"] == sum(line["itemCount"] for line in lines)
    return sorted(found, key=lambda item: str(item["id"]))


def checked(shelf: Shelf, key: str) -> bytes:
    content = shelf.files[key]
    assert shelf.files[key.replace(".json", ".md5")].decode() == md5(content)
    return content


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


async def test_an_export_is_files_that_a_manifest_names(
    desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "ITEMS_A_FILE", 2)
    for id in ("a", "b", "c"):
        await desk.put(id=id, tags={"x"})
    description = await exported(desk, S3Prefix="nightly/")
    assert items(shelf, description) == [wire(id=id, tags={"x"}) for id in ("a", "b", "c")]
    assert description["ExportStatus"] == "COMPLETED"
    assert description["ItemCount"] == 3
    folder = f"nightly/AWSDynamoDB/{description['ExportArn'].rpartition('/')[2]}"
    assert description["ExportManifest"] == f"{folder}/manifest-summary.json"
    assert f"{folder}/_started" in shelf.files
    assert len([key for key in shelf.files if key.startswith(f"{folder}/data/")]) == 2


async def test_an_export_shows_the_moment_that_was_asked_for(desk: Desk, shelf: Shelf) -> None:
    await desk.put(id="a", n=1)
    then = desk.clock.now()
    await desk.clock.advance(5)
    await desk.put(id="a", n=2)
    assert items(shelf, await exported(desk, ExportTime=then)) == [wire(id="a", n=1)]
    assert items(shelf, await exported(desk)) == [wire(id="a", n=2)]
    assert desk.tables.engine.database.read("SELECT count(*) FROM backup_items").fetchone() == (0,)


async def test_an_export_into_a_bucket_that_is_not_there_fails(desk: Desk) -> None:
    description = await exported(desk, S3Bucket="elsewhere")
    assert (description["ExportStatus"], description["FailureCode"]) == ("FAILED", "S3NoSuchBucket")


async def test_exports_are_listed_page_by_page_and_a_token_makes_one_once(desk: Desk) -> None:
    first = await exported(desk, ClientToken="one")
    arn = first["TableArn"]
    again = await desk.call("ExportTableToPointInTime", TableArn=arn, S3Bucket="backups", ClientToken="one")
    assert again["ExportDescription"]["ExportArn"] == first["ExportArn"]
    await desk.clock.advance(1)
    second = await exported(desk)
    page = await desk.call("ListExports", TableArn=arn, MaxResults=1)
    assert [each["ExportArn"] for each in page["ExportSummaries"]] == [first["ExportArn"]]
    page = await desk.call("ListExports", MaxResults=1, NextToken=page["NextToken"])
    assert [each["ExportArn"] for each in page["ExportSummaries"]] == [second["ExportArn"]]
    assert "NextToken" not in page


async def test_an_export_that_a_process_left_undone_is_done_by_the_next(tmp_path: Path, shelf: Shelf) -> None:
    async with Desk(tmp_path) as desk:
        table = (await desk.create())["TableArn"]
        wanted = {"PointInTimeRecoveryEnabled": True}
        await desk.call("UpdateContinuousBackups", TableName="Games", PointInTimeRecoverySpecification=wanted)
        await desk.put(id="a")
        asked = await desk.call("ExportTableToPointInTime", TableArn=table, S3Bucket="backups")
        await desk.call("DeleteTable", TableName="Games")
    async with Desk(tmp_path, desk.clock) as again:
        writer = Exporter(again.tables.engine, shelf.put, pytest.fail)
        writer.start()
        arn = asked["ExportDescription"]["ExportArn"]
        description = asked["ExportDescription"]
        while description["ExportStatus"] == "IN_PROGRESS":
            await asyncio.sleep(0)
            description = (await again.call("DescribeExport", ExportArn=arn))["ExportDescription"]
        assert items(shelf, description) == [wire(id="a")]
        await writer.stop()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ExportFormat": "ION"}, "ValidationException"),
        ({"ExportType": "INCREMENTAL_EXPORT"}, "ValidationException"),
        ({"ExportTime": "yesterday"}, "SerializationException"),
        ({"ExportTime": 1.0}, "InvalidExportTimeException"),
        ({"TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Nowhere"}, "TableNotFoundException"),
    ],
)
async def test_what_cannot_be_exported_is_refused(desk: Desk, body: Body, code: str) -> None:
    arn = (await desk.call("DescribeTable", TableName="Games"))["Table"]["TableArn"]
    error = await desk.refused("ExportTableToPointInTime", **{"TableArn": arn, "S3Bucket": "backups", **body})
    assert error.code == code


async def test_a_table_without_recovery_cannot_be_exported(desk: Desk) -> None:
    await desk.create("Bare")
    arn = (await desk.call("DescribeTable", TableName="Bare"))["Table"]["TableArn"]
    error = await desk.refused("ExportTableToPointInTime", TableArn=arn, S3Bucket="backups")
    assert error.code == "PointInTimeRecoveryUnavailableException"
    assert (await desk.refused("DescribeExport", ExportArn=f"{arn}/export/none-there-at-all")).code == (
        "ExportNotFoundException"
    )
