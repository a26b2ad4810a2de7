"""Which bucket and key a request is about. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from terrarium.local.aws_error import AwsError

#: ``bucket.s3.amazonaws.com``, ``bucket.s3.eu-west-1.amazonaws.com``, ``bucket.s3-eu-west-1.amazonaws.com``, and the
#: same under ``localhost``.
_AMAZON = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-][a-z0-9.-]+)?\.(?:amazonaws\.com|localhost)|s3\.localhost")
_LOCAL = ".localhost"


class Address(NamedTuple):
    """A bucket and the key in it; the key is empty for the bucket itself, both are for the list of buckets."""

    bucket: str
    key: str


def address(host: str, path: str, own: str) -> Address:
    """The bucket and key of a request.

    Args:
        host: The Host header.
        path: The path as sent, still percent-encoded.
        own: The host name under which the system's own sites are, none of which is a bucket.

    Raises:
        AwsError: InvalidURI where the path is no UTF-8.
    """
    bucket = _of_host(host.rsplit(":", 1)[0].lower() if not host.endswith("]") else "", own)
    rest = path.removeprefix("/")
    if bucket:
        return Address(bucket, _decoded(rest))
    bucket, _, key = rest.partition("/")
    return Address(_decoded(bucket), _decoded(key))


def _of_host(host: str, own: str) -> str:
    named = _AMAZON.fullmatch(host)
    if named is not None:
        return named["bucket"] or ""
    if not host.endswith(_LOCAL) or host == own or host.endswith(f".{own}"):
        return ""
    return host.removesuffix(_LOCAL)


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400, URI=text) from None
