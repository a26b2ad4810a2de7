"""Takes a request's body in: decoded, bounded, held against every checksum that came with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from typing import NamedTuple

from aiohttp import hdrs
from msgspec.structs import replace

from terrarium.local.api.s3 import checksums
from terrarium.local.api.s3.call import DOCUMENT_LIMIT, S3Call
from terrarium.local.api.s3.chunked import Chunks, incomplete
from terrarium.local.api.s3.errors import header_not_implemented, invalid_request
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Checksum, Received

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html: 5 GB in a single PUT, and so has a part
LARGEST = 5 * 1024**3
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class Taken(NamedTuple):
    """Content that has arrived whole and as it was meant.

    Attributes:
        received: Where it is.
        checksum: The checksum that came with it, if one did.
    """

    received: Received
    checksum: Checksum | None


class _Checks:
    """What a body is to be held against."""

    def __init__(self, call: S3Call) -> None:
        headers = call.headers
        self._md5 = _content_md5(headers.get("Content-MD5"))
        signed = headers.get("x-amz-content-sha256", "")
        self._signed = signed.lower() if _SHA256.fullmatch(signed) else ""
        self._sha256 = hashlib.sha256() if self._signed else None
        self.announced = checksums.announced(headers)
        self._digest = checksums.digest(self.announced[0]) if self.announced else None

    @property
    def hashes(self) -> list[checksums.Digest]:
        return [one for one in (self._sha256, self._digest) if one is not None]

    def check(self, md5: str, trailers: dict[str, str]) -> Checksum | None:
        """Holds what has arrived against what was said of it; AwsError BadDigest or XAmzContentSHA256Mismatch."""
        if self._md5 is not None and self._md5.hex() != md5:
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400,
                           ExpectedDigest=self._md5.hex(), CalculatedDigest=md5)  # fmt: skip
        if self._sha256 is not None and self._sha256.hexdigest() != self._signed:
            message = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise AwsError("XAmzContentSHA256Mismatch", message, 400, ClientComputedContentSHA256=self._signed,
                           S3ComputedContentSHA256=self._sha256.hexdigest())  # fmt: skip
        if self.announced is None or self._digest is None:
            return None
        algorithm, value = self.announced
        value = value or trailers.get(checksums.PREFIX + algorithm.lower(), "")
        checksums.check_form(algorithm, value)
        if checksums.base64_of(self._digest.digest()) != value:
            raise checksums.mismatch(algorithm)
        return Checksum(algorithm, value)


async def take(call: S3Call, limit: int = LARGEST) -> Taken:
    """Takes content into the store; whoever asks puts or discards it.

    Raises:
        AwsError: EntityTooLarge, MissingContentLength, IncompleteBody, BadDigest and their like. Nothing is kept then.
    """
    checks = _Checks(call)
    source = _Source(call, limit)
    received = await call.store.receive(source.pieces(), checks.hashes)
    try:
        checksum = checks.check(received.md5, source.trailers)
    except AwsError:
        call.store.discard([received.segment])
        raise
    if checksum is not None:
        received = replace(received, segment=replace(received.segment, checksum=checksum.value))
    return Taken(received, checksum)


async def read_document(call: S3Call, *, checked: bool = False) -> bytes:
    """A small body.

    Args:
        call: Whose body it is.
        checked: Whether S3 asks for a checksum of it.

    Raises:
        AwsError: MaxMessageLengthExceeded, or as `take`.
    """
    checks = _Checks(call)
    if checked and "Content-MD5" not in call.headers and checks.announced is None:
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    source = _Source(call, DOCUMENT_LIMIT, lengthless=True)
    body = bytearray()
    async for piece in source.pieces():
        body += piece
    for one in checks.hashes:
        one.update(bytes(body))
    checks.check(hashlib.md5(body, usedforsecurity=False).hexdigest(), source.trailers)
    return bytes(body)


class _Source:
    """The body of a call, piece by piece."""

    def __init__(self, call: S3Call, limit: int, *, lengthless: bool = False) -> None:
        self._call = call
        self._limit = limit
        self._chunks = Chunks() if _is_chunked(call) else None
        self._length = self._declared(lengthless=lengthless)

    @property
    def trailers(self) -> dict[str, str]:
        return self._chunks.trailers if self._chunks else {}

    async def pieces(self) -> AsyncIterator[bytes]:
        """The content; AwsError IncompleteBody where it is not as long as was said."""
        if self._length == 0 and self._chunks is None:
            return
        await proceed(self._call)
        size = 0
        async for raw in self._call.request.content.iter_any():
            piece = self._chunks.feed(raw) if self._chunks else raw
            size += len(piece)
            if size > self._limit:
                raise _too_large(self._limit)
            if piece:
                yield piece
        if self._chunks is not None:
            self._chunks.close()
        if self._length is not None and size != self._length:
            raise incomplete()

    def _declared(self, *, lengthless: bool) -> int | None:
        """The length that the request says its content has."""
        headers = self._call.headers
        said = headers.get("x-amz-decoded-content-length" if self._chunks else "Content-Length")
        if said is None:
            if lengthless:
                return None
            if "Transfer-Encoding" in headers:
                raise header_not_implemented("Transfer-Encoding")
            raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
        if not (said.isascii() and said.isdecimal()):
            raise invalid_request("The length of the content is no number")
        if int(said) > self._limit:
            raise _too_large(self._limit, int(said))
        return int(said)


async def proceed(call: S3Call) -> None:
    """Tells a client that waits for it to send the body (https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1)."""
    expects = call.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
    if expects and not call.continued and call.request.transport is not None:
        call.request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    call.continued = True


def _is_chunked(call: S3Call) -> bool:
    streaming = call.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    return streaming or "aws-chunked" in call.headers.get("Content-Encoding", "").lower()


def _too_large(limit: int, size: int | None = None) -> AwsError:
    if limit == DOCUMENT_LIMIT:
        return AwsError("MaxMessageLengthExceeded", "Your request was too large.", 400, MaxMessageLengthBytes=limit)
    fields = {"MaxSizeAllowed": limit} | ({"ProposedSize": size} if size else {})
    return AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, **fields)


def _content_md5(value: str | None) -> bytes | None:
    if value is None:
        return None
    found = checksums.from_base64(value, 16)
    if found is None:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400, **{"Content-MD5": value})
    return found
