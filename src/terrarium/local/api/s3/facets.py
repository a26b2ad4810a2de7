"""What is stored beside an object, by itself: its tags, its access control list, and what it is made of.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.s3 import acl, tags, xml
from terrarium.local.api.s3.body import read_document
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.dates import http_date
from terrarium.local.api.s3.details import version_headers
from terrarium.local.api.s3.errors import invalid_argument
from terrarium.local.api.s3.objects import readable
from terrarium.local.object_store import Details, Version

_ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


async def get_tags(call: S3Call) -> web.StreamResponse:
    """GetObjectTagging."""
    version = _version(call)
    return call.reply_xml(tags.written(version.details.tags), version_headers(version))


async def put_tags(call: S3Call) -> web.StreamResponse:
    """PutObjectTagging."""
    found = tags.read(await read_document(call), tags.OBJECT_TAGS)
    return _change(call, 200, lambda details: replace(details, tags=found))


async def delete_tags(call: S3Call) -> web.StreamResponse:
    """DeleteObjectTagging."""
    return _change(call, 204, lambda details: replace(details, tags={}))


async def get_acl(call: S3Call) -> web.StreamResponse:
    """GetObjectAcl."""
    version = _version(call)
    return call.reply_xml(acl.document(version.details.acl or acl.private(call.owner)), version_headers(version))


async def put_acl(call: S3Call) -> web.StreamResponse:
    """PutObjectAcl."""
    _version(call)
    if acl.is_enforced(call.store.setting(call.bucket, "ownershipControls")):
        raise acl.not_supported()
    body = await read_document(call)
    written = acl.of_headers(call.headers, call.owner) or acl.of_body(body)
    return _change(call, 200, lambda details: replace(details, acl=written))


async def get_attributes(call: S3Call) -> web.StreamResponse:
    """GetObjectAttributes."""
    version = _version(call)
    wanted = [name.strip() for name in ",".join(call.request.headers.getall("x-amz-object-attributes", [])).split(",")]
    for name in wanted:
        if name not in _ATTRIBUTES:
            raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", name)
    parts = {
        "ETag": xml.text("ETag", version.etag),
        "Checksum": _checksum(version),
        "ObjectParts": _parts(version),
        "StorageClass": xml.text("StorageClass", version.details.headers.get("x-amz-storage-class", "STANDARD")),
        "ObjectSize": xml.text("ObjectSize", version.size),
    }
    body = xml.document("GetObjectAttributesResponse", *(parts[name] for name in _ATTRIBUTES if name in wanted))
    return call.reply_xml(body, {"Last-Modified": http_date(version.modified), **version_headers(version)})


def _checksum(version: Version) -> str:
    found = version.details.checksum
    if found is None:
        return ""
    value = xml.text(f"Checksum{found.algorithm}", found.value)
    return xml.element("Checksum", value, xml.text("ChecksumType", found.type))


def _parts(version: Version) -> str:
    return xml.element("ObjectParts", xml.text("PartsCount", len(version.segments))) if version.parted else ""


def _version(call: S3Call) -> Version:
    return readable(call, call.store.find(call.bucket, call.key, call.version_id), call.key, call.version_id)


def _change(call: S3Call, status: int, change: Callable[[Details], Details]) -> web.StreamResponse:
    version = _version(call)
    call.store.change(version, change(version.details))
    return call.reply(status, version_headers(version))
