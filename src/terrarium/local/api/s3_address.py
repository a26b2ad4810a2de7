"""The path-style address of an S3 request, whatever host it names. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import re

_VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3[.-]", re.IGNORECASE)


def path_style(host: str, path: str) -> str:
    """The path that names the bucket as well, whatever the host says; query and percent-encoding stay."""
    named = _VIRTUAL_HOST.match(host)
    return f"/{named['bucket']}{path}" if named else path
