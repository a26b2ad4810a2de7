"""Requests as they are on the wire, and refusals in S3's own words."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import zlib

import pytest

from tests.unit.local.api.s3.conftest import Place

DEEP = b"<CORSConfiguration>%b%b</CORSConfiguration>" % (b"<a>" * 9999, b"</a>" * 9999)


@pytest.fixture
async def plants(s3: Place) -> Place:
    await s3.raw("PUT", "/plants")
    status, _, _ = await s3.raw("PUT", "/plants/fern", b"0123456789")
    assert status == 200
    return s3


async def test_a_refusal_names_code_key_and_request(plants: Place) -> None:
    status, headers, body = await plants.raw("GET", "/plants/none")
    assert status == 404
    assert headers["Content-Type"] == "application/xml"
    for part in ("<Code>NoSuchKey</Code>", "<Key>none</Key>", f"<RequestId>{headers['x-amz-request-id']}</RequestId>"):
        assert part.encode() in body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/weeds/fern", 404, "NoSuchBucket"),
        ("PUT", "/weeds/fern", 404, "NoSuchBucket"),
        ("DELETE", "/weeds", 404, "NoSuchBucket"),
        ("DELETE", "/plants", 409, "BucketNotEmpty"),
        ("PUT", "/Weeds", 400, "InvalidBucketName"),
        ("PUT", "/192.168.0.1", 400, "InvalidBucketName"),
        ("PUT", "/plants/" + "k" * 1025, 400, "KeyTooLongError"),
        ("POST", "/", 405, "MethodNotAllowed"),
        ("POST", "/plants/fern", 405, "MethodNotAllowed"),
        ("DELETE", "/plants?abac", 501, "NotImplemented"),
        ("PUT", "/plants?metadataTable", 501, "NotImplemented"),
        ("GET", "/plants/fern?torrent", 501, "NotImplemented"),
        ("GET", "/plants/fern?versionId=none", 400, "InvalidArgument"),
        ("GET", f"/plants/fern?versionId={'v' * 32}", 404, "NoSuchVersion"),
        ("GET", "/plants/fern?partNumber=2", 416, "InvalidPartNumber"),
        ("GET", "/plants?encoding-type=none", 400, "InvalidArgument"),
        ("PUT", "/plants?cors", 400, "MalformedXML"),
        ("PUT", "/plants?versioning", 400, "MalformedXML"),
        ("POST", "/plants?delete", 400, "InvalidRequest"),
    ],
)
async def test_what_is_refused_is_refused_as_s3_does(
    plants: Place, method: str, path: str, status: int, code: str
) -> None:
    found, _, body = await plants.raw(method, path)
    assert (found, f"<Code>{code}</Code>".encode() in body) == (status, True), body


@pytest.mark.parametrize(
    "body",
    [b"<CORSConfiguration>", b"<Other/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff", DEEP],
    ids=["cut", "other", "entities", "no text", "deep"],
)
async def test_what_is_no_document_of_its_kind_is_malformed(plants: Place, body: bytes) -> None:
    status, _, answer = await plants.raw("PUT", "/plants?cors", body)
    assert status == 400
    assert b"<Code>MalformedXML</Code>" in answer


async def test_head_says_no_more_than_its_status(plants: Place) -> None:
    status, headers, body = await plants.raw("HEAD", "/plants/fern")
    assert (status, headers["Content-Length"], body) == (200, "10", b"")
    status, _, body = await plants.raw("HEAD", "/plants/none")
    assert (status, body) == (404, b"")


@pytest.mark.parametrize(
    ("asked", "status", "content", "found"),
    [
        ("bytes=2-4", 206, "bytes 2-4/10", b"234"),
        ("bytes=7-", 206, "bytes 7-9/10", b"789"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=8-99", 206, "bytes 8-9/10", b"89"),
        ("bytes=0-0,5-6", 200, None, b"0123456789"),
        ("bytes=4-2", 200, None, b"0123456789"),
        ("lines=1-2", 200, None, b"0123456789"),
    ],
)
async def test_ranges(plants: Place, asked: str, status: int, content: str | None, found: bytes) -> None:
    answer, headers, body = await plants.raw("GET", "/plants/fern", headers={"Range": asked})
    assert (answer, headers.get("Content-Range"), body) == (status, content, found)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0"])
async def test_a_range_past_the_end_cannot_be_satisfied(plants: Place, asked: str) -> None:
    status, headers, body = await plants.raw("GET", "/plants/fern", headers={"Range": asked})
    assert (status, headers["Content-Range"]) == (416, "bytes */10")
    assert b"<Code>InvalidRange</Code>" in body


ETAG = f'"{hashlib.md5(b"0123456789").hexdigest()}"'
LONG_AGO, LATER = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": ETAG}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Modified-Since": LATER}, 304),
        ({"If-Modified-Since": LONG_AGO}, 200),
        ({"If-Unmodified-Since": LONG_AGO}, 412),
        ({"If-Match": ETAG, "If-Unmodified-Since": LONG_AGO}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": LATER}, 200),
        ({"If-None-Match": ETAG, "If-Modified-Since": LONG_AGO}, 304),
    ],
)
async def test_conditional_reads(plants: Place, headers: dict[str, str], status: int) -> None:
    found, answer, body = await plants.raw("GET", "/plants/fern", headers=headers)
    assert found == status
    if status == 304:
        assert (answer["ETag"], body) == (ETAG, b"")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-MD5": "bad"}, 400, "InvalidDigest"),
        ({"Content-MD5": base64.b64encode(b"0" * 16).decode()}, 400, "BadDigest"),
        ({"x-amz-content-sha256": "0" * 64}, 400, "XAmzContentSHA256Mismatch"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, 400, "BadDigest"),
        ({"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}, 400, "BadDigest"),
        ({"x-amz-checksum-sha256": "short"}, 400, "InvalidRequest"),
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA=="}, 400, "InvalidRequest"),
        ({"If-None-Match": "etag"}, 501, "NotImplemented"),
        ({"If-Match": "other"}, 412, "PreconditionFailed"),
        ({"x-amz-storage-class": "CELLAR"}, 400, "InvalidStorageClass"),
        ({"x-amz-meta-a": "x" * 2048}, 400, "MetadataTooLarge"),
        ({"x-amz-tagging": "a=1&a=2"}, 400, "InvalidArgument"),
        ({"x-amz-acl": "public-read"}, 400, "AccessControlListNotSupported"),
        ({"x-amz-object-lock-legal-hold": "ON"}, 400, "InvalidRequest"),
        ({"x-amz-server-side-encryption-customer-algorithm": "AES256"}, 400, "InvalidRequest"),
    ],
)
async def test_a_put_that_is_wrong_changes_nothing(
    plants: Place, headers: dict[str, str], status: int, code: str
) -> None:
    found, _, body = await plants.raw("PUT", "/plants/fern", b"new", headers)
    assert (found, f"<Code>{code}</Code>".encode() in body) == (status, True), body
    assert (await plants.raw("GET", "/plants/fern"))[2] == b"0123456789"
    assert len(list((plants.objects.folder / "content").iterdir())) == 1


@pytest.mark.parametrize(
    "trailer", [base64.b64encode(zlib.crc32(b"hello world").to_bytes(4, "big")).decode(), "AAAAAA=="]
)
async def test_chunks_are_taken_apart_and_their_trailer_holds(plants: Place, trailer: str) -> None:
    body = f"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n".encode()
    headers = {
        "Content-Encoding": "aws-chunked,gzip",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "11",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    status, _, answer = await plants.raw("PUT", "/plants/chunked", body, headers)
    if trailer == "AAAAAA==":
        assert (status, b"<Code>BadDigest</Code>" in answer) == (400, True)
        return
    status, found, answer = await plants.raw("GET", "/plants/chunked", headers={"x-amz-checksum-mode": "ENABLED"})
    assert (status, answer) == (200, b"hello world")
    assert (found["Content-Encoding"], found["x-amz-checksum-crc32"]) == ("gzip", trailer)


async def test_a_body_shorter_than_it_says_is_incomplete(plants: Place) -> None:
    headers = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "12"}
    status, _, body = await plants.raw("PUT", "/plants/short", b"5\r\nhello\r\n0\r\n\r\n", headers)
    assert (status, b"<Code>IncompleteBody</Code>" in body) == (400, True)


async def test_what_was_compressed_stays_so(plants: Place) -> None:
    packed = gzip.compress(b"leaves")
    await plants.raw("PUT", "/plants/packed", packed, {"Content-Encoding": "gzip"})
    _, headers, body = await plants.raw("GET", "/plants/packed")
    assert (headers["Content-Encoding"], body) == ("gzip", packed)


async def test_a_request_may_say_with_which_headers_its_answer_comes(plants: Place) -> None:
    _, headers, _ = await plants.raw("GET", "/plants/fern?response-content-type=text/x&response-cache-control=no-store")
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("text/x", "no-store")


async def test_who_waits_to_send_is_refused_before_the_body(plants: Place) -> None:
    head = "PUT /weeds/fern HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
    answer = await plants.spoken(f"{head}Authorization: {plants.authorization}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"connection: close" in answer.lower()


async def test_who_waits_to_send_is_told_to(plants: Place) -> None:
    head = "PUT /plants/waiting HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
    sent = f"{head}Connection: close\r\nAuthorization: {plants.authorization}\r\n\r\n".encode()
    answer = await plants.spoken(sent, then=b"hello")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert (await plants.raw("GET", "/plants/waiting"))[2] == b"hello"


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
async def test_a_presigned_url_holds_as_long_as_it_says(plants: Place, signature: str) -> None:
    client = plants.client(signature_version=signature)
    params = {"Bucket": "plants", "Key": "fern"}
    path = client.generate_presigned_url("get_object", Params=params, ExpiresIn=60).removeprefix(plants.url)
    assert (await plants.raw("GET", path, signed=False))[2] == b"0123456789"
    await plants.clock.advance(3600)
    status, _, body = await plants.raw("GET", path, signed=False)
    assert (status, b"Request has expired" in body) == (403, True)


async def test_a_bucket_is_reached_by_its_host_name(plants: Place) -> None:
    for host in ("plants.s3.amazonaws.com", "plants.s3.us-east-1.amazonaws.com", "plants.localhost"):
        assert (await plants.raw("GET", "/fern", headers={"Host": host}))[2] == b"0123456789"


async def test_writes_at_once_leave_one_winner(plants: Place) -> None:
    absent = {"If-None-Match": "*"}
    answers = await asyncio.gather(*(plants.raw("PUT", "/plants/new", b"%d" % n, absent) for n in range(8)))
    assert sorted(status for status, _, _ in answers) == [200] + [412] * 7
