"""Which names buckets and objects may have. Pure."""

from __future__ import annotations

import ipaddress
import re

from terrarium.local.data.objects import errors

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_KEY = 1024  # bytes of UTF-8
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FORBIDDEN_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_FORBIDDEN_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_bucket(name: str) -> None:
    """Refuses what cannot be a general purpose bucket's name.

    Raises:
        AwsError: InvalidBucketName.
    """
    if (
        not _BUCKET.fullmatch(name)
        or ".." in name
        or name.startswith(_FORBIDDEN_PREFIXES)
        or name.endswith(_FORBIDDEN_SUFFIXES)
        or _is_address(name)
    ):
        raise errors.invalid_bucket_name(name)


def check_key(key: str) -> None:
    """Refuses what cannot be a key.

    Raises:
        AwsError: KeyTooLongError.
    """
    size = len(key.encode())
    if size > LONGEST_KEY:
        raise errors.key_too_long(size, LONGEST_KEY)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True
