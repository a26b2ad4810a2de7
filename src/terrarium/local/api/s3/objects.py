"""Putting, reading and deleting one object.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours GetObject, HeadObject and
DeleteObject
"""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.s3 import acl, checksums
from terrarium.local.api.s3.body import take
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.conditions import byte_range, check_read, write_condition
from terrarium.local.api.s3.details import (
    answer_headers,
    encryption_headers,
    read_details,
    refuse_customer_keys,
    version_headers,
)
from terrarium.local.api.s3.errors import Refusal, invalid_argument, invalid_request
from terrarium.local.api.s3.lock import default_lock, wants_bypass
from terrarium.local.api.s3.settings import with_default_encryption
from terrarium.local.object_store import Details, Version

#: Bodies up to here are read and sent in one go, as waiting for a thread would take longer.
AT_ONCE = 128 * 1024
_UNCHANGED = frozenset({"ETag", "Last-Modified", "x-amz-version-id", "cache-control", "expires"})
_OVERRIDES = {
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
    "response-content-language": "content-language",
    "response-content-type": "content-type",
    "response-expires": "expires",
}


async def put_object(call: S3Call) -> web.StreamResponse:
    """PutObject."""
    condition = write_condition(call.headers)
    call.store.check(call.bucket, call.key, condition)
    details = new_details(call)
    received, checksum = await take(call)
    details = replace(details, checksum=checksum)
    version = call.store.put(call.bucket, call.key, received.md5, (received.segment,), details, condition)
    return call.reply(200, written_headers(version))


def new_details(call: S3Call) -> Details:
    """What is stored beside a new object: what the request says, and what its bucket adds."""
    headers = call.headers
    refuse_customer_keys(headers)
    if acl.refused(headers, call.store.setting(call.bucket, "ownershipControls")):
        raise acl.not_supported()
    details = read_details(headers, call.owner)
    details = replace(details, headers=with_default_encryption(call, details.headers))
    return replace(details, lock=default_lock(call, details.lock))


def written_headers(version: Version) -> dict[str, str]:
    """What the answer to a write says."""
    details = version.details
    found = {"ETag": f'"{version.etag}"', **encryption_headers(details), **version_headers(version)}
    return found | checksums.headers_of(details.checksum)


async def get_object(call: S3Call) -> web.StreamResponse:
    """GetObject."""
    wanted = _wanted(call)
    version, start, end = wanted.version, wanted.start, wanted.end
    if end - start <= AT_ONCE:
        body = call.store.read_at_once(version, start, end)
        return web.Response(status=wanted.status, body=body, headers={**call.common(), **wanted.headers})
    with call.store.reading(version, start, end) as pieces:
        response = web.StreamResponse(status=wanted.status, headers={**call.common(), **wanted.headers})
        response.content_length = end - start
        await response.prepare(call.request)
        try:
            async for piece in pieces:
                await response.write(piece)
        except BaseException:
            # The head is sent: only a broken connection can say that the rest is missing.
            if call.request.transport is not None:
                call.request.transport.abort()
            raise
        await response.write_eof()
    return response


async def head_object(call: S3Call) -> web.StreamResponse:
    """HeadObject."""
    wanted = _wanted(call)
    response = web.StreamResponse(status=wanted.status, headers={**call.common(), **wanted.headers})
    response.content_length = wanted.end - wanted.start
    await response.prepare(call.request)
    await response.write_eof()
    return response


async def delete_object(call: S3Call) -> web.StreamResponse:
    """DeleteObject."""
    condition = write_condition(call.headers)
    version = call.store.delete(call.bucket, call.key, call.version_id, condition, bypass=wants_bypass(call))
    return call.reply(204, deleted_headers(version, call.version_id))


def deleted_headers(version: Version | None, asked: str | None) -> dict[str, str]:
    """What the answer to a deletion says; the id that was asked for also where there was no such version."""
    found = {"x-amz-version-id": asked} if asked else {}
    if version is not None:
        found["x-amz-version-id"] = version.id
        if version.marker:
            found["x-amz-delete-marker"] = "true"
    return found


def readable(call: S3Call, version: Version | None, key: str, id: str | None) -> Version:
    """A version that has content; a delete marker is refused, by name and as current version differently.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
    """
    if version is None or (version.marker and id is None):
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version.id} if version else {}
        if id is not None:
            raise Refusal("NoSuchVersion", "The specified version does not exist.", 404, {}, Key=key, VersionId=id)
        raise Refusal("NoSuchKey", "The specified key does not exist.", 404, headers, Key=key)
    if version.marker:
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version.id, "Allow": "DELETE"}
        message = "The specified method is not allowed against this resource."
        raise Refusal("MethodNotAllowed", message, 405, headers, Method=call.method, ResourceType="DeleteMarker")
    return version


class _Wanted(NamedTuple):
    """What a read answers: which bytes of which version, under which status and headers."""

    version: Version
    start: int
    end: int
    status: int
    headers: dict[str, str]


def _wanted(call: S3Call) -> _Wanted:
    version = readable(call, call.store.find(call.bucket, call.key, call.version_id), call.key, call.version_id)
    whole = "Range" not in call.headers and "partNumber" not in call.query
    checksum = call.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" and whole
    headers = answer_headers(version, checksum=checksum)
    unchanged = {name: value for name, value in headers.items() if name in _UNCHANGED}
    check_read(call.headers, version.etag, version.modified, unchanged)
    headers |= {_OVERRIDES[name]: value for name, value in call.query.items() if name in _OVERRIDES}
    start, end, status = _extent(call, version, headers)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{version.size}"
    return _Wanted(version, start, end, status, headers)


def _extent(call: S3Call, version: Version, headers: dict[str, str]) -> tuple[int, int, int]:
    """The first byte, the one after the last, and the status."""
    if "partNumber" in call.query:
        if "Range" in call.headers:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        return _part(call.query["partNumber"], version, headers)
    found = byte_range(call.headers.get("Range"), version.size)
    return (0, version.size, 200) if found is None else (*found, 206)


def _part(text: str, version: Version, headers: dict[str, str]) -> tuple[int, int, int]:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 10_000:
        message = "Part number must be an integer between 1 and 10000, inclusive"
        raise invalid_argument(message, "partNumber", text)
    number = int(text)
    if number > max(1, len(version.segments)):
        raise Refusal("InvalidPartNumber", "The requested partnumber is not satisfiable", 416, {},
                      ActualPartCount=len(version.segments), PartNumberRequested=number)  # fmt: skip
    if version.parted:
        headers["x-amz-mp-parts-count"] = str(len(version.segments))
    start = sum(segment.size for segment in version.segments[: number - 1])
    end = start + (version.segments[number - 1].size if version.segments else 0)
    return start, end, 206 if end > start else 200
