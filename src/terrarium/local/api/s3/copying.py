"""CopyObject and UploadPartCopy.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.s3 import checksums, xml
from terrarium.local.api.s3.body import LARGEST
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.conditions import check_read, copied_range, write_condition
from terrarium.local.api.s3.details import encryption_headers, read_tags, version_headers
from terrarium.local.api.s3.errors import invalid_argument, invalid_request
from terrarium.local.api.s3.objects import new_details, readable
from terrarium.local.api.s3.uploads import named_upload, part_number
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Checksum, Details, Received, Segment, Version

SOURCE = "x-amz-copy-source"
_DIRECTIVES = ("COPY", "REPLACE")


async def copy_object(call: S3Call) -> web.StreamResponse:
    """CopyObject: the content as it is, with what is stored beside it copied or replaced."""
    condition = write_condition(call.headers)
    call.store.check(call.bucket, call.key, condition)
    source = _source(call)
    details = _details(call, source)
    if source.size > LARGEST:
        message = "The specified copy source is larger than the maximum allowable size for a copy source"
        raise invalid_request(f"{message}: {LARGEST}")
    copied = await _copied(call, source, details.checksum)
    details = replace(details, checksum=copied.checksum)
    version = call.store.put(call.bucket, call.key, copied.etag, copied.segments, details, condition)
    headers = {"x-amz-copy-source-version-id": source.id} if source.id != "null" else {}
    body = _result("CopyObjectResult", version.etag, version.modified, copied.checksum)
    return call.reply_xml(body, {**headers, **encryption_headers(details), **version_headers(version)})


async def copy_part(call: S3Call) -> web.StreamResponse:
    """UploadPartCopy: a part out of an object's bytes."""
    upload = named_upload(call)
    number = part_number(call)
    source = _source(call)
    start, end = copied_range(call.headers.get(f"{SOURCE}-range"), source.size)
    if end - start > LARGEST:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
    planned = upload.details.checksum
    received, checksum = await _read_again(call, source, start, end, planned.algorithm if planned else "")
    part = call.store.put_part(upload, number, received)
    headers = {"x-amz-copy-source-version-id": source.id} if source.id != "null" else {}
    body = _result("CopyPartResult", part.etag, part.modified, checksum)
    return call.reply_xml(body, {**headers, **encryption_headers(upload.details)})


class _Copied(NamedTuple):
    etag: str
    segments: tuple[Segment, ...]
    checksum: Checksum | None


async def _copied(call: S3Call, source: Version, wanted: Checksum | None) -> _Copied:
    """The content once more. Only another checksum, or a single ETag for what came in parts, needs it to be read."""
    kept = source.details.checksum
    if not source.parted and (wanted is None or (kept is not None and kept.algorithm == wanted.algorithm)):
        return _Copied(source.etag, await call.store.copy(source), kept)
    algorithm = wanted.algorithm if wanted else kept.algorithm if kept else ""
    received, checksum = await _read_again(call, source, 0, source.size, algorithm)
    return _Copied(received.md5, (received.segment,), checksum)


async def _read_again(
    call: S3Call, source: Version, start: int, end: int, algorithm: str
) -> tuple[Received, Checksum | None]:
    digest = checksums.digest(algorithm) if algorithm else hashlib.md5(usedforsecurity=False)
    with call.store.reading(source, start, end) as pieces:
        received = await call.store.receive(pieces, [digest] if algorithm else [])
    if not algorithm:
        return received, None
    value = checksums.base64_of(digest.digest())
    return replace(received, segment=replace(received.segment, checksum=value)), Checksum(algorithm, value)


def _source(call: S3Call) -> Version:
    """What is copied: ``/bucket/key?versionId=…``, percent-encoded."""
    given = call.headers[SOURCE]
    path, _, id = given.partition("?versionId=")
    try:
        bucket, _, key = unquote_to_bytes(path).decode().removeprefix("/").partition("/")
    except UnicodeDecodeError:
        raise invalid_argument("Copy Source must be a valid UTF-8 string", SOURCE, given) from None
    if not bucket or not key:
        message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise invalid_argument(message, SOURCE, given)
    version = call.store.find(bucket, key, id or None)
    if version is not None and version.marker and id:
        raise invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        )
    version = readable(call, version, key, id or None)
    check_read(call.headers, version.etag, version.modified, {}, f"{SOURCE}-")
    return version


def _details(call: S3Call, source: Version) -> Details:
    """What is stored beside the copy."""
    headers = call.headers
    metadata = _directive(call, "x-amz-metadata-directive")
    tagging = _directive(call, "x-amz-tagging-directive")
    details = new_details(call)
    if metadata == "COPY":
        _refuse_same(call, source)
        details = replace(details, headers=_kept_headers(source, details))
    if tagging == "COPY":
        details = replace(details, tags=source.details.tags)
    else:
        details = replace(details, tags=read_tags(headers))
    wanted = headers.get("x-amz-checksum-algorithm")
    return replace(details, checksum=Checksum(checksums.algorithm_of(wanted), "") if wanted else None)


def _kept_headers(source: Version, details: Details) -> dict[str, str]:
    """The source's, but for what every copy says anew: https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html."""
    anew = ("x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-website-redirect-location")
    kept = {name: value for name, value in source.details.headers.items() if not name.startswith(anew)}
    return kept | {name: value for name, value in details.headers.items() if name.startswith(anew)}


def _refuse_same(call: S3Call, source: Version) -> None:
    """A copy onto itself must change something."""
    changes = ("x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption")
    same = (source.bucket, source.key) == (call.bucket, call.key) and source.latest
    if same and not any(name in call.headers for name in changes):
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )


def _directive(call: S3Call, name: str) -> str:
    value = call.headers.get(name, "COPY")
    if value not in _DIRECTIVES:
        raise invalid_argument("Unknown metadata directive.", name, value)
    return value


def _result(name: str, etag: str, modified: float, checksum: Checksum | None) -> bytes:
    summed = xml.text(f"Checksum{checksum.algorithm}", checksum.value) if checksum else ""
    return xml.document(name, xml.text("ETag", f'"{etag}"'), xml.text("LastModified", xml.moment(modified)), summed)
