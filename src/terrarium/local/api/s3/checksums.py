"""The checksums that clients send and ask for. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from terrarium.local.api.s3 import crc
from terrarium.local.api.s3.errors import invalid_request
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Checksum, Segment

PREFIX = "x-amz-checksum-"
_POLYNOMIALS = {"CRC32": crc.CRC32, "CRC32C": crc.CRC32C, "CRC64NVME": crc.CRC64NVME}
_SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
ALGORITHMS = tuple(_SIZES)


class Digest(Protocol):
    """A checksum in the making."""

    def update(self, data: bytes, /) -> object: ...
    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, polynomial: crc.Polynomial) -> None:
        self._polynomial = polynomial
        self._check = 0

    def update(self, data: bytes, /) -> None:
        self._check = crc.update(self._polynomial, self._check, data)

    def digest(self) -> bytes:
        return self._check.to_bytes(self._polynomial.bits // 8, "big")


def digest(algorithm: str) -> Digest:
    """A new checksum."""
    if algorithm in _POLYNOMIALS:
        return _Crc(_POLYNOMIALS[algorithm])
    return hashlib.new(algorithm.lower(), usedforsecurity=False)


def base64_of(value: bytes) -> str:
    return base64.b64encode(value).decode()


def from_base64(value: str, size: int) -> bytes | None:
    """The bytes of a checksum, or None where it is none of that size."""
    try:
        found = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if len(found) == size else None


def algorithm_of(name: str) -> str:
    """An algorithm by its name in any case.

    Raises:
        AwsError: InvalidRequest for one that S3 does not know.
    """
    if name.upper() not in _SIZES:
        message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types"
        raise invalid_request(f"{message}: [{', '.join(ALGORITHMS)}]")
    return name.upper()


def announced(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """The algorithm and value that a request's headers give; the value is empty where it follows the content.

    Raises:
        AwsError: InvalidRequest for more than one, or one that is no checksum.
    """
    given = [(algorithm, headers[PREFIX + algorithm.lower()]) for algorithm in ALGORITHMS if PREFIX + algorithm.lower() in headers]  # fmt: skip  # noqa: E501
    trailer = headers.get("x-amz-trailer", "").strip().lower()
    if trailer.startswith(PREFIX):
        given.append((algorithm_of(trailer.removeprefix(PREFIX)), ""))
    if len(given) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    if not given:
        if "x-amz-sdk-checksum-algorithm" in headers:
            raise invalid_request("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
                                  "x-amz-trailer headers were found.")  # fmt: skip
        return None
    algorithm, value = given[0]
    if value:
        check_form(algorithm, value)
    return algorithm, value


def check_form(algorithm: str, value: str) -> None:
    """Refuses what cannot be a checksum of the algorithm."""
    if from_base64(value, _SIZES[algorithm]) is None:
        raise invalid_request(f"Value for {PREFIX}{algorithm.lower()} header is invalid.")


def mismatch(algorithm: str) -> AwsError:
    return AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.", 400)


def of_parts(algorithm: str, type: str, segments: Sequence[Segment]) -> Checksum | None:
    """The checksum of an object from those of its parts; None where a part has none.

    Either over the checksums themselves, with the number of parts behind it, or that of the whole.
    """
    values = [from_base64(segment.checksum, _SIZES[algorithm]) for segment in segments]
    found = [value for value in values if value is not None]
    if len(found) != len(values) or not found:
        return None
    if type == "FULL_OBJECT" and algorithm in _POLYNOMIALS:
        return Checksum(algorithm, base64_of(_whole(_POLYNOMIALS[algorithm], found, segments)), type)
    over = digest(algorithm)
    over.update(b"".join(found))
    return Checksum(algorithm, f"{base64_of(over.digest())}-{len(found)}", "COMPOSITE")


def _whole(polynomial: crc.Polynomial, values: Sequence[bytes], segments: Sequence[Segment]) -> bytes:
    check = int.from_bytes(values[0], "big")
    for value, segment in zip(values[1:], segments[1:], strict=True):
        check = crc.combine(polynomial, check, int.from_bytes(value, "big"), segment.size)
    return check.to_bytes(polynomial.bits // 8, "big")


def headers_of(checksum: Checksum | None) -> dict[str, str]:
    """How an answer says a checksum."""
    if checksum is None:
        return {}
    return {PREFIX + checksum.algorithm.lower(): checksum.value, "x-amz-checksum-type": checksum.type}
