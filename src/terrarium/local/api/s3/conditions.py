"""Whether what a reader holds is still what there is, and which bytes are asked for. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from terrarium.local.api.s3.dates import from_http_date
from terrarium.local.api.s3.errors import Refusal, invalid_argument
from terrarium.local.aws_error import AwsError
from terrarium.local.object_store import Condition

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def check_read(
    headers: Mapping[str, str], etag: str, modified: float, answer: Mapping[str, str], prefix: str = ""
) -> None:
    """Refuses a read whose conditions do not hold.

    Args:
        headers: The request's.
        etag: That of what there is, without quotes.
        modified: When that came to be.
        answer: Headers of an answer that says nothing has changed.
        prefix: What the conditions' names begin with: ``x-amz-copy-source-`` for the source of a copy.

    Raises:
        AwsError: PreconditionFailed, or NotModified (304).
    """
    whole = int(modified)
    wanted, unwanted = headers.get(f"{prefix}If-Match"), headers.get(f"{prefix}If-None-Match")
    before = from_http_date(headers.get(f"{prefix}If-Unmodified-Since", ""))
    since = from_http_date(headers.get(f"{prefix}If-Modified-Since", ""))
    if wanted is not None and not _names(wanted, etag):
        raise _failed("If-Match")
    if wanted is None and before is not None and whole > before:
        raise _failed("If-Unmodified-Since")
    if unwanted is not None and _names(unwanted, etag):
        raise _unchanged("If-None-Match", answer, prefix)
    if unwanted is None and since is not None and whole <= since:
        raise _unchanged("If-Modified-Since", answer, prefix)


def write_condition(headers: Mapping[str, str]) -> Condition:
    """What must hold for a write (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

    Raises:
        AwsError: NotImplemented for ``If-None-Match`` with anything but an asterisk.
    """
    unwanted, wanted = headers.get("If-None-Match"), headers.get("If-Match")
    if unwanted not in (None, "*"):
        message = "A header you provided implies functionality that is not implemented"
        raise AwsError("NotImplemented", message, 501, Header="If-None-Match", additionalMessage="only * is")
    return Condition(absent=unwanted is not None, etag=None if wanted is None else wanted.strip().strip('"'))


def byte_range(value: str | None, size: int) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, from the first up to and without the last; None for all of them.

    What is no range, or is several, is ignored.

    Raises:
        AwsError: InvalidRange where there are no such bytes.
    """
    match = _RANGE.fullmatch((value or "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size:
        message = "The requested range is not satisfiable"
        raise Refusal("InvalidRange", message, 416, {"Content-Range": f"bytes */{size}"}, RangeRequested=value,
                      ActualObjectSize=size)  # fmt: skip
    return start, end


def copied_range(value: str | None, size: int) -> tuple[int, int]:
    """The bytes of its source that a part copies: both ends must be there.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html

    Raises:
        AwsError: InvalidArgument.
    """
    if value is None:
        return 0, size
    match = _RANGE.fullmatch(value)
    if match is None or not match[1] or not match[2] or int(match[2]) < int(match[1]):
        message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        message += "zero-based offsets of the first and last bytes to copy"
        raise invalid_argument(message, "x-amz-copy-source-range", value)
    if int(match[2]) >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise invalid_argument(message, "x-amz-copy-source-range", value)
    return int(match[1]), int(match[2]) + 1


def _names(value: str, etag: str) -> bool:
    names = [name.strip().removeprefix("W/").strip('"') for name in value.split(",")]
    return "*" in names or etag in names


def _failed(condition: str) -> AwsError:
    message = "At least one of the pre-conditions you specified did not hold"
    return AwsError("PreconditionFailed", message, 412, Condition=condition)


def _unchanged(condition: str, answer: Mapping[str, str], prefix: str) -> AwsError:
    if prefix:  # a copy has no "not modified"
        return _failed(prefix + condition)
    return Refusal("NotModified", "Not Modified", 304, answer)
