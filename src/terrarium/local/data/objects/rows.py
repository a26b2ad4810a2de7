"""Rows of the database as values, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from terrarium.local.object_store import Bucket, Checksum, Details, Lock, Part, Segment, Upload, Version

BUCKET = "name, region, created, versioning"
VERSION = "number, bucket, key, id, latest, marker, etag, size, modified, segments, details, parted"
UPLOAD = "id, bucket, key, initiated, details"
PART = "number, etag, modified, segment"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Row = Sequence[Any]  # columns of the types that the schema gives them


def bucket(row: Row) -> Bucket:
    return Bucket(row[0], row[1], row[2], row[3])


def version(row: Row) -> Version:
    number, place, key, id, latest, marker, etag, size, modified, segments, details, parted = row
    return Version(
        number=number,
        bucket=place,
        key=key,
        id=id,
        latest=bool(latest),
        marker=bool(marker),
        etag=etag,
        size=size,
        modified=modified,
        segments=read_segments(segments),
        details=read_details(details),
        parted=bool(parted),
    )


def upload(row: Row) -> Upload:
    return Upload(row[0], row[1], row[2], row[3], read_details(row[4]))


def part(row: Row) -> Part:
    (segment,) = read_segments(row[3])
    return Part(row[0], row[1], row[2], segment)


def write_segments(segments: Iterable[Segment]) -> str:
    return _encode([[segment.content, segment.size, segment.checksum] for segment in segments])


def read_segments(text: str) -> tuple[Segment, ...]:
    return tuple(Segment(content, size, checksum) for content, size, checksum in json.loads(text))


def write_details(details: Details) -> str:
    """As JSON, without what is not there."""
    checksum, lock = details.checksum, details.lock
    values: dict[str, Any] = {  # of the types that Details declares
        "headers": dict(details.headers),
        "tags": dict(details.tags),
        "checksum": checksum and [checksum.algorithm, checksum.value, checksum.type],
        "lock": None if lock == Lock() else [lock.mode, lock.until, lock.hold],
        "acl": details.acl,
    }
    return _encode({name: value for name, value in values.items() if value})


def read_details(text: str) -> Details:
    values = json.loads(text)
    return Details(
        headers=values.get("headers", {}),
        tags=values.get("tags", {}),
        checksum=Checksum(*values["checksum"]) if "checksum" in values else None,
        lock=Lock(*values["lock"]) if "lock" in values else Lock(),
        acl=values.get("acl", ""),
    )
