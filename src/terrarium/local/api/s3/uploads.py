"""Multipart uploads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.s3 import checksums, xml
from terrarium.local.api.s3.body import read_document, take
from terrarium.local.api.s3.call import S3Call, owner_xml
from terrarium.local.api.s3.conditions import write_condition
from terrarium.local.api.s3.details import encryption_headers, version_headers
from terrarium.local.api.s3.errors import invalid_argument, invalid_request
from terrarium.local.api.s3.listings import asked, common_prefixes, encoding, most
from terrarium.local.api.s3.objects import new_details
from terrarium.local.object_store import Checksum, Part, Upload

_LAST_PART = 10_000
_FULL_ONLY = "CRC64NVME"
_TYPES = ("COMPOSITE", "FULL_OBJECT")


async def create_upload(call: S3Call) -> web.StreamResponse:
    """CreateMultipartUpload."""
    call.store.check(call.bucket, call.key)
    details = replace(new_details(call), checksum=_planned_checksum(call))
    upload = call.store.create_upload(call.bucket, call.key, details)
    headers = encryption_headers(details)
    if details.checksum is not None:
        headers |= {
            "x-amz-checksum-algorithm": details.checksum.algorithm,
            "x-amz-checksum-type": details.checksum.type,
        }
    body = xml.text("Bucket", call.bucket) + xml.text("Key", call.key) + xml.text("UploadId", upload.id)
    return call.reply_xml(xml.document("InitiateMultipartUploadResult", body), headers)


def _planned_checksum(call: S3Call) -> Checksum | None:
    """Which checksum the object will have: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html."""
    name = call.headers.get("x-amz-checksum-algorithm")
    type = call.headers.get("x-amz-checksum-type", "")
    if name is None:
        if type:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return None
    algorithm = checksums.algorithm_of(name)
    type = type.upper() or ("FULL_OBJECT" if algorithm == _FULL_ONLY else "COMPOSITE")
    impossible = (algorithm == _FULL_ONLY and type == "COMPOSITE") or ("SHA" in algorithm and type == "FULL_OBJECT")
    if type not in _TYPES or impossible:
        message = f"The {type} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise invalid_request(message)
    return Checksum(algorithm, "", type)


async def put_part(call: S3Call) -> web.StreamResponse:
    """UploadPart."""
    upload = named_upload(call)
    number = part_number(call)
    received, checksum = await take(call)
    planned = upload.details.checksum
    if checksum is not None and planned is not None and checksum.algorithm != planned.algorithm:
        call.store.discard([received.segment])
        raise invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {planned.algorithm.lower()}, "
            f"actual checksum Type: {checksum.algorithm.lower()}"
        )
    part = call.store.put_part(upload, number, received)
    headers = {"ETag": f'"{part.etag}"', **encryption_headers(upload.details)}
    if checksum is not None:
        headers[checksums.PREFIX + checksum.algorithm.lower()] = checksum.value
    return call.reply(200, headers)


async def complete_upload(call: S3Call) -> web.StreamResponse:
    """CompleteMultipartUpload."""
    condition = write_condition(call.headers)
    upload = named_upload(call)
    body = await read_document(call)
    parts = call.store.chosen(upload, _asked_parts(body))
    checksum = _checksum(call, upload, parts)
    version = call.store.complete_upload(upload, parts, checksum, condition)
    summed = ""
    if checksum is not None:
        summed = xml.text(f"Checksum{checksum.algorithm}", checksum.value) + xml.text("ChecksumType", checksum.type)
    return call.reply_xml(
        xml.document(
            "CompleteMultipartUploadResult",
            xml.text("Location", str(call.request.url.with_query(None))),
            xml.text("Bucket", call.bucket),
            xml.text("Key", call.key),
            xml.text("ETag", f'"{version.etag}"'),
            summed,
        ),
        {**encryption_headers(version.details), **version_headers(version)},
    )


def _asked_parts(body: bytes) -> list[tuple[int, str]]:
    found = []
    for part in xml.read(body, "CompleteMultipartUpload").children("Part"):
        number = part.get("PartNumber").strip()
        if not (number.isascii() and number.isdecimal()) or not 1 <= int(number) <= _LAST_PART:
            raise xml.malformed()
        found.append((int(number), part.get("ETag").strip().strip('"')))
    if not found:
        raise xml.malformed()
    return found


def _checksum(call: S3Call, upload: Upload, parts: Sequence[Part]) -> Checksum | None:
    """The object's checksum, and whether it is the one that the client expects."""
    planned = upload.details.checksum
    if planned is None:
        return None
    checksum = checksums.of_parts(planned.algorithm, planned.type, [part.segment for part in parts])
    if checksum is None:
        message = f"The upload was created using a {planned.algorithm.lower()} checksum. The complete request must "
        raise invalid_request(message + "include the checksum for each part.")
    expected = call.headers.get(checksums.PREFIX + planned.algorithm.lower())
    if expected is not None and expected != checksum.value:
        raise checksums.mismatch(planned.algorithm)
    return checksum


async def abort_upload(call: S3Call) -> web.StreamResponse:
    """AbortMultipartUpload."""
    call.store.abort_upload(named_upload(call))
    return call.reply(204)


async def list_parts(call: S3Call) -> web.StreamResponse:
    """ListParts."""
    upload = named_upload(call)
    after, limit = call.query.get("part-number-marker") or "0", most(call, "max-parts")
    if not (after.isascii() and after.isdecimal()):
        message = "Provided part-number-marker not an integer or within integer range"
        raise invalid_argument(message, "part-number-marker", after)
    left = [part for part in call.store.parts(upload) if part.number > int(after)]
    shown, checksum = left[:limit], upload.details.checksum
    return call.reply_xml(
        xml.document(
            "ListPartsResult",
            xml.text("Bucket", call.bucket),
            xml.text("Key", call.key),
            xml.text("UploadId", upload.id),
            xml.text("PartNumberMarker", after),
            xml.text("NextPartNumberMarker", shown[-1].number if shown else 0),
            xml.text("MaxParts", limit),
            xml.text("IsTruncated", len(left) > len(shown)),
            *(_part(part, checksum) for part in shown),
            owner_xml(call, "Initiator"),
            owner_xml(call),
            _storage(upload),
            xml.text("ChecksumAlgorithm", checksum.algorithm) + xml.text("ChecksumType", checksum.type)
            if checksum
            else "",
        )
    )


def _part(part: Part, checksum: Checksum | None) -> str:
    summed = xml.optional(f"Checksum{checksum.algorithm}", part.segment.checksum) if checksum else ""
    return xml.element(
        "Part",
        xml.text("PartNumber", part.number),
        xml.text("LastModified", xml.moment(part.modified)),
        xml.text("ETag", f'"{part.etag}"'),
        summed,
        xml.text("Size", part.segment.size),
    )


async def list_uploads(call: S3Call) -> web.StreamResponse:
    """ListMultipartUploads."""
    write, key, id = encoding(call), call.query.get("key-marker", ""), call.query.get("upload-id-marker", "")
    wanted = asked(call, key, id if key else "", "max-uploads")
    page = call.store.list_uploads(call.bucket, wanted)
    return call.reply_xml(
        xml.document(
            "ListMultipartUploadsResult",
            xml.text("Bucket", call.bucket),
            xml.text("KeyMarker", write(key)),
            xml.text("UploadIdMarker", id),
            xml.optional("NextKeyMarker", write(page.last) if page.truncated else ""),
            xml.optional("NextUploadIdMarker", page.last_id if page.truncated else ""),
            xml.text("Prefix", write(wanted.prefix)),
            xml.optional("Delimiter", write(wanted.delimiter)),
            xml.optional("EncodingType", call.query.get("encoding-type")),
            xml.text("MaxUploads", wanted.limit),
            xml.text("IsTruncated", page.truncated),
            *(_upload(call, upload, write(upload.key)) for upload in page.items),
            *common_prefixes(page, write),
        )
    )


def _upload(call: S3Call, upload: Upload, key: str) -> str:
    checksum = upload.details.checksum
    return xml.element(
        "Upload",
        xml.text("Key", key),
        xml.text("UploadId", upload.id),
        owner_xml(call, "Initiator"),
        owner_xml(call),
        _storage(upload),
        xml.text("Initiated", xml.moment(upload.initiated)),
        xml.text("ChecksumAlgorithm", checksum.algorithm) + xml.text("ChecksumType", checksum.type) if checksum else "",
    )


def _storage(upload: Upload) -> str:
    return xml.text("StorageClass", upload.details.headers.get("x-amz-storage-class", "STANDARD"))


def named_upload(call: S3Call) -> Upload:
    """The upload that a request names; AwsError NoSuchUpload."""
    return call.store.upload(call.bucket, call.key, call.query.get("uploadId", ""))


def part_number(call: S3Call) -> int:
    """The part that a request names; AwsError InvalidArgument."""
    text = call.query.get("partNumber", "")
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= _LAST_PART:
        message = f"Part number must be an integer between 1 and {_LAST_PART}, inclusive"
        raise invalid_argument(message, "partNumber", text)
    return int(text)
