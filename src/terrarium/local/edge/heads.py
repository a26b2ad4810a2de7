"""Heads of requests, as far as they are plain: what may be answered without the web server.

Pure: bytes in, a head out. Anything unusual is nothing here, and the web server's: it decides what is refused.
"""

from __future__ import annotations

import re

from terrarium.local.direct import Head

#: Enough for the longest headers that AWS's own front doors accept, and no more.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
HEADER_BYTES = 64 * 1024
HEADER_COUNT = 128  # more are refused by the web server
#: What is taken whole into memory before anybody looks at it; longer bodies are read by whoever they are for.
BODY_BYTES = 1024 * 1024

START = b"POST /"
END = b"\r\n\r\n"

# Stricter than RFC 9112: visible ASCII only, and no empty or folded lines. Without headers that ask for more than a
# body of a known length and an answer, after which the connection stays.
_PLAIN = re.compile(
    rb"POST (/[!-~]*+) HTTP/1\.1(?:\r\n"
    rb"(?!(?i:transfer-encoding|expect|upgrade|content-encoding):)"
    rb"(?!(?i:connection):(?![ \t]*+(?i:keep-alive)[ \t]*+(?:\r|\Z)))"
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[ -~\t]*+)++"
)
_NEEDED = re.compile(rb"\r\n(?i:(host)|content-length):[ \t]*+([^\r]*)")


def read_head(data: bytes) -> tuple[Head, int] | None:
    """A plain head and the length of the body that follows; nothing where it is not plain.

    Args:
        data: A whole head, without the empty line at its end.
    """
    found = _PLAIN.fullmatch(data)
    if found is None or data.count(b"\r\n") > HEADER_COUNT:
        return None
    needed = _NEEDED.findall(data)
    if len(needed) != 2:
        return None
    (first, host), (second, length) = needed if needed[0][0] else reversed(needed)
    length = length.rstrip(b" \t")
    if not first or second or not length.isdigit() or len(length) > 9 or int(length) > BODY_BYTES:
        return None
    return Head("POST", found[1].decode("ascii"), host.rstrip(b" \t").decode("ascii"), data), int(length)
