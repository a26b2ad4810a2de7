"""What a request stores beside content, out of its headers; and the headers with which it comes back. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl

from terrarium.local.api.s3 import acl, checksums
from terrarium.local.api.s3.dates import from_iso, http_date, iso
from terrarium.local.api.s3.errors import invalid_argument, invalid_request
from terrarium.local.api.s3.tags import check_tags
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Details, Lock, Version

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA = "x-amz-meta-"
_MOST_METADATA = 2048  # bytes
_SYSTEM = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
_OTHERS = (
    "x-amz-website-redirect-location",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-bucket-key-enabled",
)
_NOT_GIVEN_BACK = frozenset({"x-amz-server-side-encryption-context"})
_STORAGE_CLASSES = frozenset(
    "STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER DEEP_ARCHIVE GLACIER_IR".split()
)
_ENCRYPTIONS = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})
DEFAULT_TYPE = "binary/octet-stream"
DEFAULT_ENCRYPTION = "AES256"


def read_details(headers: Mapping[str, str], owner: str) -> Details:
    """What a request says of its object.

    Raises:
        AwsError: MetadataTooLarge, InvalidStorageClass, InvalidTag and their like.
    """
    return Details(
        headers=stored_headers(headers),
        tags=read_tags(headers),
        lock=read_lock(headers),
        acl=acl.of_headers(headers, owner),
    )


def stored_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that come back with the object, names in lower case."""
    found = {name: headers[name] for name in (*_SYSTEM, *_OTHERS) if name in headers}
    found |= {name.lower(): value for name, value in headers.items() if name.lower().startswith(METADATA)}
    found = {name: _text(value) for name, value in found.items()}
    found.setdefault("content-type", DEFAULT_TYPE)
    _strip_chunked(found)
    _check(found)
    return found


def read_tags(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags of the x-amz-tagging header, which has the form of a query."""
    value = headers.get("x-amz-tagging", "")
    pairs = parse_qsl(value, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs) or any(not key for key, _ in pairs):
        message = (
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
        )
        message += "name duplicates."
        raise invalid_argument(message, "x-amz-tagging", value)
    return check_tags(dict(pairs), most=10)


def read_lock(headers: Mapping[str, str]) -> Lock:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"""
    mode, until = headers.get("x-amz-object-lock-mode", ""), headers.get("x-amz-object-lock-retain-until-date", "")
    hold = headers.get("x-amz-object-lock-legal-hold")
    if bool(mode) != bool(until):
        raise invalid_argument("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                               "x-amz-object-lock-mode", mode)  # fmt: skip
    if mode not in ("", "GOVERNANCE", "COMPLIANCE"):
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    seconds = from_iso(until) if until else 0
    if seconds is None:
        raise invalid_argument("The retain until date must be provided in ISO 8601 format",
                               "x-amz-object-lock-retain-until-date", until)  # fmt: skip
    if hold not in (None, "ON", "OFF"):
        raise invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", str(hold))
    return Lock(mode, seconds, None if hold is None else hold == "ON")


def lock_headers(lock: Lock) -> dict[str, str]:
    """The same back."""
    found = {}
    if lock.mode:
        found["x-amz-object-lock-mode"] = lock.mode
        found["x-amz-object-lock-retain-until-date"] = iso(lock.until)
    if lock.hold is not None:
        found["x-amz-object-lock-legal-hold"] = "ON" if lock.hold else "OFF"
    return found


def encryption_headers(details: Details) -> dict[str, str]:
    """How an object is encrypted, as answers to writes say it; S3 encrypts whatever it stores.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    """
    name = "x-amz-server-side-encryption"
    found = {header: value for header, value in details.headers.items() if header.startswith(name)}
    return {name: DEFAULT_ENCRYPTION} | {h: v for h, v in found.items() if h not in _NOT_GIVEN_BACK}


def version_headers(version: Version) -> dict[str, str]:
    """The id of a version, for those that have one of their own or are marked as having none."""
    return {} if version.id == "null" and version.latest and not version.marker else {"x-amz-version-id": version.id}


def answer_headers(version: Version, *, checksum: bool) -> dict[str, str]:
    """The headers with which an object comes back.

    Args:
        version: The object.
        checksum: Whether its checksum is asked for.
    """
    details = version.details
    stored = {name: _printable(value) for name, value in details.headers.items() if name not in _NOT_GIVEN_BACK}
    if stored.get("x-amz-storage-class") == "STANDARD":
        del stored["x-amz-storage-class"]
    found = {
        "ETag": f'"{version.etag}"',
        "Last-Modified": http_date(version.modified),
        "Accept-Ranges": "bytes",
        **stored,
        **encryption_headers(details),
        **lock_headers(details.lock),
        **version_headers(version),
    }
    if details.tags:
        found["x-amz-tagging-count"] = str(len(details.tags))
    return found | (checksums.headers_of(details.checksum) if checksum else {})


def _strip_chunked(headers: dict[str, str]) -> None:
    """aws-chunked is how a body travels, and not what is stored."""
    if "content-encoding" not in headers:
        return
    codings = [coding.strip() for coding in headers["content-encoding"].split(",")]
    left = ",".join(coding for coding in codings if coding and coding.lower() != "aws-chunked")
    if left:
        headers["content-encoding"] = left
    else:
        del headers["content-encoding"]


def _check(headers: Mapping[str, str]) -> None:
    size = sum(len(name) - len(METADATA) + len(value.encode()) for name, value in headers.items() if METADATA in name)
    if size > _MOST_METADATA:
        message = "Your metadata headers exceed the maximum allowed metadata size"
        raise AwsError("MetadataTooLarge", message, 400, Size=size, MaxSizeAllowed=_MOST_METADATA)
    storage = headers.get("x-amz-storage-class", "STANDARD")
    if storage not in _STORAGE_CLASSES:
        message = "The storage class you specified is not valid"
        raise AwsError("InvalidStorageClass", message, 400, StorageClassRequested=storage)
    encryption = headers.get("x-amz-server-side-encryption", DEFAULT_ENCRYPTION)
    if encryption not in _ENCRYPTIONS:
        raise invalid_argument(
            "The encryption method specified is not supported", "x-amz-server-side-encryption", encryption
        )
    redirect = headers.get("x-amz-website-redirect-location", "/")
    if not redirect.startswith(("/", "http://", "https://")):
        message = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise AwsError("InvalidRedirectLocation", message, 400)


def refuse_customer_keys(headers: Mapping[str, str]) -> None:
    """Content is not encrypted here; a key of the customer's own would be asked for again, and must not be ignored.

    Raises:
        AwsError: InvalidRequest.
    """
    if "x-amz-server-side-encryption-customer-algorithm" in headers:
        raise invalid_request("Terrarium's S3 does not encrypt with customer-provided keys")


def _text(value: str) -> str:
    """Header text that is no UTF-8 comes with surrogates, which cannot be stored."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _printable(value: str) -> str:
    """What is not ASCII comes back as RFC 2047 has it (UsingMetadata.html)."""
    return value if value.isascii() else f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="
