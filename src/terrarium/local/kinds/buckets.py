"""S3 buckets and the objects that the architecture puts into them; moto answers for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.local.api.seeds import Seed
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry
from terrarium.model.bundles import zipped
from terrarium.model.expressions import Bundle


class BucketKind(Passive):
    """Buckets and objects."""

    types: ClassVar[tuple[str, ...]] = ("aws_s3_bucket", "aws_s3_object", "aws_s3_bucket_versioning")

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        match entry.type:
            case "aws_s3_bucket":
                await self._seed(entry, "CreateBucket", self._bucket(entry))
            case "aws_s3_bucket_versioning":
                status = entry.block("versioning_configuration")["status"]
                await self._seed(
                    entry,
                    "PutBucketVersioning",
                    {"Bucket": entry["bucket"], "VersioningConfiguration": {"Status": status}},
                )
            case _:
                await self._seed(
                    entry, "PutObject", {"Bucket": entry["bucket"], "Key": entry["key"], "Body": _content(entry)}
                )
        return {}

    async def _seed(self, entry: Entry, operation: str, params: Mapping[str, Any]) -> None:
        await self._parts.moto.seed(entry.address, Seed("s3", operation, params))

    def _bucket(self, entry: Entry) -> dict[str, Any]:
        body: dict[str, Any] = {"Bucket": entry["bucket"]}
        # us-east-1 is the one region that may not be named: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
        if self._parts.region != "us-east-1":
            body["CreateBucketConfiguration"] = {"LocationConstraint": self._parts.region}
        return body

    def reached_at(self, entry: Entry) -> str:
        return f"aws s3 ls s3://{entry['bucket']}" if entry.type == "aws_s3_bucket" else ""


def _content(entry: Entry) -> bytes:
    source = entry.get("source")
    if isinstance(source, Bundle):
        return zipped(source)
    return str(entry.get("content", "")).encode()
