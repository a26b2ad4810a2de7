"""Keeps on disk what changes in moto's S3, and puts it back into a moto that starts.

After a call that changed an object moto is asked for what it has now, so that every way of storing one (a single PUT,
parts, a copy) is kept alike. Buckets' settings and objects' older versions are not kept.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import quote

import aiohttp
from yarl import URL

from terrarium.local.api.kept_objects import KeptObject, KeptObjects
from terrarium.local.api.s3_address import S3Address

#: What S3 stores with an object: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
_STORED = frozenset(
    {"content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"}
    | {"x-amz-storage-class", "x-amz-website-redirect-location"}
)
_STORED_PREFIX = "x-amz-meta-"

#: Query parameters that make a call one on settings, or on a part that is no object yet.
_NO_CHANGE = frozenset({"uploadId", "uploads", "acl", "tagging", "retention", "legal-hold", "restore", "select"})
#: The first part of a path that is no bucket: none, and that of S3 Control's API.
_NO_BUCKETS = frozenset({"", "v20180820"})
_SIGNED = "AWS4-HMAC-SHA256 Credential=terrarium/20250101/{region}/s3/aws4_request, SignedHeaders=host, Signature=0"
_KEY = re.compile(r"<Key>([^<]*)</Key>")
_CHUNK = 256 * 1024


class MotoS3:
    """S3's side of a running moto, spoken to as its owner.

    Args:
        http: Connections to it.
        port: Where it listens.
        key: What it wants to see.
        region: The system's region.
    """

    def __init__(self, http: aiohttp.ClientSession, port: int, key: str, region: str) -> None:
        self._http = http
        self._base = f"http://127.0.0.1:{port}/"
        self._region = region
        self._headers = {"X-Terrarium-Key": key, "Authorization": _SIGNED.format(region=region)}

    @contextlib.asynccontextmanager
    async def get(self, address: S3Address) -> AsyncIterator[aiohttp.ClientResponse]:
        """What moto has under a key."""
        async with self._http.get(self._url(address), headers=self._headers) as answer:
            yield answer

    async def create_bucket(self, bucket: str) -> None:
        """Makes a bucket; one that is there already stays as it is."""
        place = f"<LocationConstraint>{self._region}</LocationConstraint>" if self._region != "us-east-1" else ""
        body = f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>" if place else None
        async with self._http.put(self._url(S3Address(bucket, "")), data=body, headers=self._headers) as answer:
            await answer.read()

    async def put(self, kept: KeptObject) -> bool:
        """Stores an object; whether moto took it."""
        headers = self._headers | dict(kept.headers) | {"Content-Length": str(kept.content.stat().st_size)}
        url = self._url(S3Address(kept.bucket, kept.key))
        async with self._http.put(url, data=_chunks(kept.content), headers=headers) as answer:
            await answer.read()
            return answer.status == 200

    def _url(self, address: S3Address) -> URL:
        path = quote(address.bucket, safe="") + (f"/{quote(address.key, safe='/')}" if address.key else "")
        return URL(self._base + path, encoded=True)


async def keep_change(
    objects: KeptObjects, moto: MotoS3, method: str, address: S3Address, query: Mapping[str, str], body: bytes
) -> None:
    """Brings what is kept in line with what a successful call changed.

    Args:
        objects: What is kept.
        moto: Whom to ask what there is now.
        method: The call's HTTP method.
        address: What it was about.
        query: Its query parameters.
        body: Its body, where it lists objects to delete.
    """
    asked = {name for name in query if name != "x-id" and not name.startswith("X-Amz-")}
    if address.bucket in _NO_BUCKETS:
        return
    if address.key:
        if (method in ("PUT", "DELETE") and not _NO_CHANGE & query.keys()) or (
            method == "POST" and "uploadId" in query
        ):
            await _keep_object(objects, moto, address)
    elif method == "POST" and "delete" in asked:
        for key in _KEY.findall(body.decode(errors="replace")):
            await _keep_object(objects, moto, S3Address(address.bucket, unescape(key)))
    elif method == "PUT" and not asked:
        objects.add_bucket(address.bucket)
    elif method == "DELETE" and not asked:
        objects.remove_bucket(address.bucket)


async def _keep_object(objects: KeptObjects, moto: MotoS3, address: S3Address) -> None:
    async with moto.get(address) as answer:
        if answer.status == 200:
            await objects.put(address.bucket, address.key, _stored(answer.headers), answer.content.iter_any())
        elif answer.status == 404:
            objects.remove(address.bucket, address.key)


def _stored(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name.lower() in _STORED or name.lower().startswith(_STORED_PREFIX)
    }


async def put_back(objects: KeptObjects, moto: MotoS3, report: Callable[[str], None]) -> None:
    """Fills a moto that has just started; what it does not take is reported."""
    for bucket in objects.buckets():
        await moto.create_bucket(bucket)
        for kept in objects.objects(bucket, report):
            if not await moto.put(kept):
                report(f"s3://{bucket}/{kept.key} could not be put back")


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            yield chunk
