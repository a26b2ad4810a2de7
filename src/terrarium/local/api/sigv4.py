"""Signature Version 4: what a request claims to be signed with, and what its signature would have to be.

Pure: text and bytes in, text out. It knows no clock, no credentials and no web server's requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from multidict import MultiMapping

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNRESERVED: Final = "-_.~"
#: As every SDK writes it.
_USUAL: Final = re.compile(
    ALGORITHM + r" Credential=[^/,\s]+/([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([^,\s]+)"
)
EMPTY_HASH: Final = hashlib.sha256(b"").hexdigest()


class IncompleteError(Exception):
    """The signature lacks a part; the text is AWS's own."""


class Claim(NamedTuple):
    """A signature as a request states it.

    Attributes:
        scope: ``date/region/service/aws4_request``.
        signed_headers: Names of the headers that were signed, in lower case, with semicolons between them.
        signature: Sixty-four hexadecimal digits.
        timestamp: For example ``20150830T123600Z``.
        token: The session token that came with it; empty where none did.
        expires: Seconds for which a presigned URL is good; None where headers carry the signature.
    """

    scope: str
    signed_headers: str
    signature: str
    timestamp: str
    token: str = ""
    expires: int | None = None


def claimed(headers: MultiMapping[str], query: Mapping[str, str]) -> Claim | None:
    """What a request is signed with; None where that is an older or an asymmetric signature.

    Raises:
        IncompleteError: Parts of it are missing.
    """
    authorization = headers.get("Authorization", "")
    if authorization.startswith(ALGORITHM):
        return _in_header(authorization, headers)
    if query.get("X-Amz-Algorithm") == ALGORITHM:
        return _in_query(query)
    return None


def canonical_request(
    claim: Claim,
    method: str,
    path: str,
    query: str,
    headers: MultiMapping[str],
    payload_hash: str,
    *,
    once: bool = False,
) -> str:
    """The text whose hash is signed.

    Args:
        claim: What the request is signed with.
        method: HTTP's method.
        path: As it was sent, percent-encoded.
        query: As it was sent.
        headers: As they were sent.
        payload_hash: SHA-256 of the body, or what stands for it.
        once: Whether the service encodes the path once, as Amazon S3 does, and not twice.
    """
    lines = ""
    for name in claim.signed_headers.split(";"):
        values: Sequence[str] = headers.getall(name, ())
        usual = len(values) == 1 and "  " not in values[0]
        lines += f"{name}:{values[0].strip() if usual else _folded(values)}\n"
    asked = _canonical_query(query) if query else ""
    return f"{method}\n{_canonical_path(path, once)}\n{asked}\n{lines}\n{claim.signed_headers}\n{payload_hash}"


def string_to_sign(claim: Claim, canonical: str) -> str:
    """The text that is signed."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{ALGORITHM}\n{claim.timestamp}\n{claim.scope}\n{digest}"


def signature(secret: str, claim: Claim, text: str) -> str:
    """The signature of a text."""
    return hmac.digest(_signing_key(secret, claim.scope), text.encode("utf-8", "surrogateescape"), "sha256").hex()


# A key holds for a day, a region and a service: a function signs thousands of calls with one.
@functools.lru_cache(maxsize=256)
def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode("utf-8", "surrogateescape"), "sha256")
    return key


def _in_header(authorization: str, headers: MultiMapping[str]) -> Claim:
    usual = _USUAL.fullmatch(authorization)
    timestamp = headers.get("X-Amz-Date", "")
    if usual is not None and timestamp:
        scope, names, given = usual.groups()
        return Claim(_unquoted(scope), names, given, timestamp, headers.get("X-Amz-Security-Token", ""))
    return _from_parts(authorization, headers)


def _from_parts(authorization: str, headers: MultiMapping[str]) -> Claim:
    """As `_in_header`, however the parts are ordered and spaced, and says what is missing."""
    parts = dict(_pair(part) for part in authorization[len(ALGORITHM) :].split(","))
    timestamp = headers.get("X-Amz-Date", "") or headers.get("Date", "")
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if not timestamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise IncompleteError(f"{' '.join(missing)} Authorization={ALGORITHM}")
    scope = _scope(parts["Credential"])
    return Claim(scope, parts["SignedHeaders"], parts["Signature"], timestamp, headers.get("X-Amz-Security-Token", ""))


def _pair(part: str) -> tuple[str, str]:
    name, equals, value = part.strip().partition("=")
    if not equals:
        shown = part.strip()
        # The header itself is not repeated: it would show the signature of a call that may yet be made.
        raise IncompleteError(f"'{shown}' not a valid key=value pair (missing equal-sign) in Authorization header.")
    return name, value


def _in_query(query: Mapping[str, str]) -> Claim:
    names = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires")
    missing = [f"AWS query-string parameters must include '{name}'." for name in names if not query.get(name)]
    if missing:
        raise IncompleteError(" ".join(missing))
    expires = query["X-Amz-Expires"]
    if not (expires.isascii() and expires.isdigit()):
        raise IncompleteError("X-Amz-Expires should be a number")
    return Claim(
        _scope(query["X-Amz-Credential"]),
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        query.get("X-Amz-Security-Token", ""),
        int(expires[:9]),
    )


def _scope(credential: str) -> str:
    return _unquoted(credential.partition("/")[2])


def _unquoted(scope: str) -> str:
    return unquote(scope) if "%" in scope else scope


def _folded(values: Sequence[str]) -> str:
    return ",".join(" ".join(value.split()) for value in values)


# The same few paths are called again and again.
@functools.lru_cache(maxsize=1024)
def _canonical_path(path: str, once: bool) -> str:
    if path == "/" or not path:
        return "/"
    if once:
        return "/".join([_encoded(part) for part in path.split("/")])
    normal = posixpath.normpath(path) if "//" in path or "/." in path else path
    normal = f"/{normal.lstrip('/')}" + ("/" if path.endswith("/") and not normal.endswith("/") else "")
    return quote(normal, safe=f"/{UNRESERVED}")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name and name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote(text), safe=UNRESERVED)
