"""Heads of requests, as far as they are plain: what may be answered without the web server.

Pure: bytes in, a head out. Anything unusual is nothing here, and the web server's: it decides what is refused.
"""

from __future__ import annotations

import re

from multidict import CIMultiDict

from terrarium.local.direct import Head

#: Enough for the longest headers that AWS's own front doors accept, and no more.
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
HEADER_BYTES = 64 * 1024
HEADER_COUNT = 128  # more are refused by the web server
#: What is taken whole into memory before anybody looks at it; longer bodies are read by whoever they are for.
BODY_BYTES = 1024 * 1024

START = b"POST /"
END = b"\r\n\r\n"

# Stricter than RFC 9112: visible ASCII only, and no empty or folded lines.
_PLAIN = re.compile(rb"POST (/[!-~]*+) HTTP/1\.1((?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[ -~\t]*+)++)")
# What these ask for is more than a body of a known length and an answer.
_MORE = ("Transfer-Encoding", "Expect", "Upgrade", "Content-Encoding")


def read_head(data: bytes) -> tuple[Head, int] | None:
    """A plain head and the length of the body that follows; nothing where it is not plain.

    Args:
        data: A whole head, without the empty line at its end.
    """
    found = _PLAIN.fullmatch(data)
    if found is None:
        return None
    lines = found[2].decode("ascii").split("\r\n")
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.add(name, value.strip(" \t"))
    if len(headers.getall("Host", ())) != 1 or len(headers) > HEADER_COUNT:
        return None
    for name in _MORE:
        if name in headers:
            return None
    if "Connection" in headers and headers["Connection"].lower() != "keep-alive":
        return None
    lengths = headers.getall("Content-Length", ())
    if len(lengths) != 1 or not lengths[0].isdecimal() or len(lengths[0]) > 9 or int(lengths[0]) > BODY_BYTES:
        return None
    return Head("POST", found[1].decode("ascii"), headers), int(lengths[0])
