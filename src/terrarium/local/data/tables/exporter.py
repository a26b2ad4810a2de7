"""Writes what exports took down into a bucket, in the background: data files first, then the manifests that name them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.storage.backups import START
from terrarium.local.data.tables.storage.exports import Export

#: Puts content into a bucket under a key, and returns its ETag; refuses as S3 does.
PutObject = Callable[[str, str, bytes], Awaitable[str]]
#: Items that one data file holds at the most; AWS names no number.
ITEMS_A_FILE = 10_000
# S3's refusals under the names that exports have for them.
_FAILURES = {"NoSuchBucket": "S3NoSuchBucket"}


class Exporter:
    """Writes exports, one after another.

    Args:
        engine: Holds them.
        put: Takes the files.
        report: Told, in a sentence, where what became of one cannot be noted.
    """

    def __init__(self, engine: Engine, put: PutObject, report: Callable[[str], None]) -> None:
        self._engine = engine
        self._put = put
        self._report = report
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins, with what an earlier process left under way."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends; an export under way is begun anew at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        exports = self._engine.exports
        while True:
            exports.asked.clear()
            for export in exports.all():
                if export.status == "IN_PROGRESS":
                    await self._tried(export)
            await exports.asked.wait()

    async def _tried(self, export: Export) -> None:
        try:
            await self._conclude(export)
        except AwsError as error:  # the file of the tables itself: a full disk, for example
            self._report(f"the export {export.id} waits for the next one: {error.message}")

    async def _conclude(self, export: Export) -> None:
        try:
            manifest = await self._write(export)
        except AwsError as error:
            code = _FAILURES.get(error.code, error.code)
            ended = replace(export, status="FAILED", failure=(code, error.message))
        else:
            ended = replace(export, status="COMPLETED", manifest=manifest)
        self._engine.exports.save(replace(ended, ended=self._engine.clock.now()))
        self._engine.backups.drop(export.number)
        await self._engine.database.settled()

    async def _write(self, export: Export) -> str:
        """All files of an export; returns the key of its manifest."""
        bucket, prefix = export.asked["S3Bucket"], export.asked.get("S3Prefix", "").strip("/")
        folder = f"{prefix}/AWSDynamoDB/{export.id}" if prefix else f"AWSDynamoDB/{export.id}"
        await self._put(bucket, f"{folder}/_started", b"")
        named = []
        items, place = self._engine.backups.page(export.number, START, ITEMS_A_FILE)
        while items:
            content = gzip.compress("".join(f'{{"Item":{item}}}\n' for item in items).encode(), mtime=0)
            key = f"{folder}/data/{hashlib.sha256(content).hexdigest()[:26]}.json.gz"
            etag = await self._put(bucket, key, content)
            named.append({"itemCount": len(items), "md5Checksum": _md5(content), "etag": etag, "dataFileS3Key": key})
            items, place = self._engine.backups.page(export.number, place, ITEMS_A_FILE)
        files = f"{folder}/manifest-files.json"
        await self._checked(bucket, files, "".join(json.dumps(line) + "\n" for line in named).encode())
        summary = f"{folder}/manifest-summary.json"
        await self._checked(bucket, summary, json.dumps(_summary(export, files, self._engine.clock.now())).encode())
        return summary

    async def _checked(self, bucket: str, key: str, content: bytes) -> None:
        """A file, and its checksum beside it."""
        await self._put(bucket, key, content)
        await self._put(bucket, key.replace(".json", ".md5"), _md5(content).encode())


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


# Any: texts, numbers and nulls.
def _summary(export: Export, files: str, now: float) -> dict[str, Any]:
    return {
        "version": "2023-08-01",
        "exportArn": export.arn,
        "startTime": _moment(export.started),
        "endTime": _moment(now),
        "tableArn": export.table_arn,
        "tableId": export.table_id,
        "exportTime": _moment(export.moment),
        "s3Bucket": export.asked["S3Bucket"],
        "s3Prefix": export.asked.get("S3Prefix"),
        "s3SseAlgorithm": export.asked.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": export.asked.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": files,
        "billedSizeBytes": export.size,
        "itemCount": export.items,
        "outputFormat": "DYNAMODB_JSON",
        "outputView": None,
        "exportType": "FULL_EXPORT",
    }


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
