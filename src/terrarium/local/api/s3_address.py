"""Which bucket and object an S3 request is about. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3[.-]", re.IGNORECASE)


class S3Address(NamedTuple):
    """A bucket and the key in it; the key is empty for the bucket itself, both are for the list of buckets."""

    bucket: str
    key: str


def path_style(host: str, path: str) -> str:
    """The path that names the bucket as well, whatever the host says; query and percent-encoding stay."""
    named = _VIRTUAL_HOST.match(host)
    return f"/{named['bucket']}{path}" if named else path


def s3_address(host: str, path: str) -> S3Address:
    """The bucket and key of a request.

    Args:
        host: The Host header; ``bucket.s3.….`` names the bucket, any other host leaves that to the path.
        path: The path as sent, still percent-encoded.
    """
    named = _VIRTUAL_HOST.match(host)
    if named is not None:
        return S3Address(named["bucket"], unquote(path.removeprefix("/")))
    bucket, _, key = path.removeprefix("/").partition("/")
    return S3Address(unquote(bucket), unquote(key))
