"""S3 buckets and the objects that the architecture puts into them, made in the engine or found there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.api.s3 import tags as bucket_tags
from terrarium.local.api.s3.details import stored_headers
from terrarium.local.api.s3.settings import NEW_BUCKET, OBJECT_LOCK
from terrarium.local.api.s3.tags import BUCKET_TAGS, OBJECT_TAGS
from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.held import made
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.object_store import Details, Version, Versioning
from terrarium.local.registry import Entry
from terrarium.model.bundles import zipped
from terrarium.model.expressions import Bundle

#: Attributes of an object that are headers of its upload.
#: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_object
_HEADERS = {
    "cache_control": "cache-control",
    "content_disposition": "content-disposition",
    "content_encoding": "content-encoding",
    "content_language": "content-language",
    "content_type": "content-type",
    "storage_class": "x-amz-storage-class",
    "website_redirect": "x-amz-website-redirect-location",
}


#: The setting that holds a bucket's tags.
TAGS = "tagging"


class BucketKind(Passive):
    """Buckets and objects."""

    types: ClassVar[tuple[str, ...]] = ("aws_s3_bucket", "aws_s3_object", "aws_s3_bucket_versioning")

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._objects = parts.objects

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        try:
            match entry.type:
                case "aws_s3_bucket":
                    return self._bucket(entry)
                case "aws_s3_bucket_versioning":
                    return self._versioning(entry)
                case _:
                    return await self._object(entry)
        except AwsError as error:
            raise UserError(f"{entry.address} cannot be made: {error}", where=entry.origin) from error

    def _bucket(self, entry: Entry) -> dict[str, Any]:
        if self._objects.find_bucket(entry["bucket"]) is None:
            locked = bool(entry.get("object_lock_enabled"))
            settings = {**NEW_BUCKET, **(OBJECT_LOCK if locked else {})}
            versioning: Versioning = "Enabled" if locked else ""
            self._objects.create_bucket(entry["bucket"], self._parts.region, settings, versioning)
        tags = bucket_tags.written(bucket_tags.check_tags(entry.tags, BUCKET_TAGS)) if entry.tags else None
        if self._objects.setting(entry["bucket"], TAGS) != tags:
            self._objects.put_setting(entry["bucket"], TAGS, tags)
        return {}

    def _versioning(self, entry: Entry) -> dict[str, Any]:
        """Terraform's third status, Disabled, is that of a bucket that never had it."""
        status = entry.block("versioning_configuration")["status"]
        if status in ("Enabled", "Suspended"):
            self._objects.set_versioning(entry["bucket"], status)
        return {}

    async def _object(self, entry: Entry) -> dict[str, Any]:
        """Puts it where it is not there as it is written, so that no restart makes a version."""
        content = _content(entry)
        details = Details(headers=stored_headers(_headers(entry)), tags=_tags(entry))
        version = self._objects.find(entry["bucket"], entry["key"])
        if version is None or not _is(version, content, details):
            version = await self._objects.put_whole(entry["bucket"], entry["key"], content, details)
        return {"etag": version.etag} | ({"version_id": version.id} if version.id != "null" else {})

    def held(self) -> Iterator[Entry]:
        return (made("aws_s3_bucket", "bucket", bucket.name) for bucket in self._objects.buckets())

    def reached_at(self, entry: Entry) -> str:
        match entry.type:
            case "aws_s3_bucket":
                return f"aws s3 ls s3://{entry['bucket']}"
            case "aws_s3_object":
                return f"aws s3 cp s3://{entry['bucket']}/{entry['key']} -"
            case _:
                return ""


def _is(version: Version, content: bytes, details: Details) -> bool:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    stored = (version.details.headers, version.details.tags)
    return not version.marker and version.etag == digest and stored == (details.headers, details.tags)


def _tags(entry: Entry) -> dict[str, str]:
    """An object's tags; it may have fewer than other things, so that it can do without those of the architecture.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_object#override_provider
    """
    instead = Entry("", "", entry.block("override_provider")).block("default_tags")
    everywhere = entry.tags if "tags" not in instead else {**(instead["tags"] or {}), **entry.get("tags", {})}
    return bucket_tags.check_tags(everywhere, OBJECT_TAGS)


def _headers(entry: Entry) -> dict[str, str]:
    found = {header: str(entry[attribute]) for attribute, header in _HEADERS.items() if entry.get(attribute)}
    return found | {f"x-amz-meta-{name}": str(value) for name, value in entry.get("metadata", {}).items()}


def _content(entry: Entry) -> bytes:
    source = entry.get("source")
    if isinstance(source, Bundle):
        return zipped(source)
    if source:
        return _file(entry, Path(str(source)))
    if entry.get("content_base64"):
        return base64.b64decode(entry["content_base64"])
    return str(entry.get("content", "")).encode()


def _file(entry: Entry, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", where=entry.origin) from error
