"""DeleteObjects (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)."""

from __future__ import annotations

from aiohttp import web

from terrarium.local.api.s3 import xml
from terrarium.local.api.s3.body import read_document
from terrarium.local.api.s3.call import S3Call
from terrarium.local.api.s3.lock import wants_bypass
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import ANY, Condition

_MOST = 1000


async def delete_objects(call: S3Call) -> web.StreamResponse:
    """Deletes each object that the document names, and says of each what came of it."""
    call.store.bucket(call.bucket)
    root = xml.read(await read_document(call, checked=True), "Delete")
    named = root.children("Object")
    if not 1 <= len(named) <= _MOST or not all(one.get("Key") for one in named):
        raise xml.malformed()
    quiet = root.get("Quiet") == "true"
    results = [_delete(call, one, quiet=quiet) for one in named]
    return call.reply_xml(xml.document("DeleteResult", *results))


def _delete(call: S3Call, named: xml.Element, *, quiet: bool) -> str:
    key, id, etag = named.get("Key"), named.get("VersionId") or None, named.get("ETag").strip('"')
    condition = Condition(etag=etag) if etag else ANY
    try:
        version = call.store.delete(call.bucket, key, id, condition, bypass=wants_bypass(call))
    except AwsError as error:
        reason = xml.text("Code", error.code) + xml.text("Message", error.message)
        return xml.element("Error", xml.text("Key", key), xml.optional("VersionId", id), reason)
    if quiet:
        return ""
    marker = ""
    if version is not None and version.marker:
        marker = xml.text("DeleteMarker", True) + xml.text("DeleteMarkerVersionId", version.id)
    return xml.element("Deleted", xml.text("Key", key), xml.optional("VersionId", id), marker)
