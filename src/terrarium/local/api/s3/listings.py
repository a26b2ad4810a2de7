"""Lists of objects and of their versions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and its neighbours
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote_plus

from aiohttp import web

from terrarium.local.api.s3 import xml
from terrarium.local.api.s3.call import S3Call, owner_xml
from terrarium.local.api.s3.errors import invalid_argument
from terrarium.local.object_store import Page, Query, Upload, Version

_MOST = 1000
Write = Callable[[str], str]


async def list_objects_v2(call: S3Call) -> web.StreamResponse:
    """ListObjectsV2."""
    query, write = call.query, encoding(call)
    token, start = query.get("continuation-token"), query.get("start-after", "")
    wanted = asked(call, start if token is None else _from_token(token))
    page = call.store.list_current(call.bucket, wanted)
    whose = owner_xml(call) if query.get("fetch-owner") == "true" else ""
    return call.reply_xml(
        xml.document(
            "ListBucketResult",
            xml.text("Name", call.bucket),
            xml.text("Prefix", write(wanted.prefix)),
            xml.optional("ContinuationToken", token),
            xml.optional("NextContinuationToken", _token(page.last) if page.truncated else ""),
            xml.optional("StartAfter", write(start)),
            xml.text("KeyCount", len(page.items) + len(page.prefixes)),
            *_tail(call, wanted, page, write),
            *(_object(version, write, whose) for version in page.items),
            *common_prefixes(page, write),
        )
    )


async def list_objects(call: S3Call) -> web.StreamResponse:
    """ListObjects, whose next marker is only said where a delimiter makes it another than the last key."""
    write = encoding(call)
    wanted = asked(call, call.query.get("marker", ""))
    page = call.store.list_current(call.bucket, wanted)
    return call.reply_xml(
        xml.document(
            "ListBucketResult",
            xml.text("Name", call.bucket),
            xml.text("Prefix", write(wanted.prefix)),
            xml.text("Marker", write(wanted.after)),
            xml.optional("NextMarker", write(page.last) if page.truncated and wanted.delimiter else ""),
            *_tail(call, wanted, page, write),
            *(_object(version, write, owner_xml(call)) for version in page.items),
            *common_prefixes(page, write),
        )
    )


async def list_versions(call: S3Call) -> web.StreamResponse:
    """ListObjectVersions."""
    write, key, id = encoding(call), call.query.get("key-marker", ""), call.query.get("version-id-marker", "")
    if id and not key:
        message = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(message, "version-id-marker", id)
    wanted = asked(call, key, id)
    page = call.store.list_all(call.bucket, wanted)
    return call.reply_xml(
        xml.document(
            "ListVersionsResult",
            xml.text("Name", call.bucket),
            xml.text("Prefix", write(wanted.prefix)),
            xml.text("KeyMarker", write(key)),
            xml.text("VersionIdMarker", id),
            xml.optional("NextKeyMarker", write(page.last) if page.truncated else ""),
            xml.optional("NextVersionIdMarker", page.last_id if page.truncated else ""),
            *_tail(call, wanted, page, write),
            *(_version(version, write, owner_xml(call)) for version in page.items),
            *common_prefixes(page, write),
        )
    )


def asked(call: S3Call, after: str, after_id: str = "", limit: str = "max-keys") -> Query:
    """What a request wants to be listed.

    Raises:
        AwsError: InvalidArgument.
    """
    query = call.query
    return Query(query.get("prefix", ""), query.get("delimiter", ""), after, after_id, most(call, limit))


def most(call: S3Call, name: str) -> int:
    """How many entries are wanted; never more than S3 gives."""
    text = call.query.get(name) or str(_MOST)
    if not (text.isascii() and text.isdecimal()) or int(text) > 2**31 - 1:
        message = f"Provided {name} not an integer or within integer range"
        raise invalid_argument(message, name, text)
    return min(int(text), _MOST)


def encoding(call: S3Call) -> Write:
    """How keys are written: as they are, or as in a URL, which XML can carry whatever they hold."""
    kind = call.query.get("encoding-type")
    if kind not in (None, "url"):
        raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", str(kind))
    return str if kind is None else lambda key: quote_plus(key, safe="/")


def common_prefixes(page: Page[Version] | Page[Upload], write: Write) -> list[str]:
    """What is rolled up."""
    return [xml.element("CommonPrefixes", xml.text("Prefix", write(prefix))) for prefix in page.prefixes]


def _tail(call: S3Call, wanted: Query, page: Page[Version], write: Write) -> list[str]:
    return [
        xml.text("MaxKeys", wanted.limit),
        xml.optional("Delimiter", write(wanted.delimiter)),
        xml.optional("EncodingType", call.query.get("encoding-type")),
        xml.text("IsTruncated", page.truncated),
    ]


def _object(version: Version, write: Write, owner: str) -> str:
    return xml.element("Contents", xml.text("Key", write(version.key)), _facts(version), owner, _storage(version))


def _version(version: Version, write: Write, owner: str) -> str:
    identity = (
        xml.text("Key", write(version.key)) + xml.text("VersionId", version.id) + xml.text("IsLatest", version.latest)
    )
    if version.marker:
        return xml.element("DeleteMarker", identity, xml.text("LastModified", xml.moment(version.modified)), owner)
    return xml.element("Version", identity, _facts(version), owner, _storage(version))


def _facts(version: Version) -> str:
    checksum = version.details.checksum
    summed = (
        xml.text("ChecksumAlgorithm", checksum.algorithm) + xml.text("ChecksumType", checksum.type) if checksum else ""
    )
    return (
        xml.text("LastModified", xml.moment(version.modified))
        + xml.text("ETag", f'"{version.etag}"')
        + summed
        + xml.text("Size", version.size)
    )


def _storage(version: Version) -> str:
    return xml.text("StorageClass", version.details.headers.get("x-amz-storage-class", "STANDARD"))


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _from_token(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token) from None
