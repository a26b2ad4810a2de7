"""Whether a call was signed with the secret that belongs to its access key.

Only keys that the laptop itself handed out have a secret that is known here: those of functions, of programs, and of
roles that were assumed. Any other key is a name that somebody chose, and there is nothing to hold its signature
against.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""

from __future__ import annotations

import calendar
import email.utils
import functools
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Final

from yarl import URL

from terrarium.local.api import sigv4
from terrarium.local.api.identity import Issued
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Head

MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
#: "requests must reach AWS within five minutes", and Amazon S3 within fifteen:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (RequestTimeTooSkewed)
SKEW_SECONDS: Final = 300
S3_SKEW_SECONDS: Final = 900
#: Signed in a way of its own: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
S3: Final = ("s3", "s3-outposts")
#: More than any service reads: what a service reads less of, it refuses itself.
BODY_LIMIT: Final = 80 * 1024 * 1024
_TIME: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)


def verify(head: Head, query: Mapping[str, str], service: str, body: bytes | None, issued: Issued, now: float) -> None:
    """Holds a call's signature against the secret of its key.

    Args:
        head: The call without its body.
        query: Its query string, decoded.
        service: The service that it is signed for.
        body: Its body as it was sent; None where headers say its hash, as Amazon S3 asks for.
        issued: What was handed out under its key.
        now: Seconds since the epoch.

    Raises:
        AwsError: It is not signed with that secret, not for this request, or not now.
    """
    if head.method == "OPTIONS":  # a browser's own question, which it does not sign
        return
    try:
        claim = sigv4.claimed(head.headers, query)
    except sigv4.IncompleteError as error:
        raise AwsError("IncompleteSignatureException", str(error), 403) from error
    if claim is None:
        return
    if not _same(claim.token, issued.session_token):
        raise AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)
    _in_time(claim, now, s3=service in S3)
    path, _, asked = _sent(head.target).partition("?")
    canonical = sigv4.canonical_request(
        claim, head.method, path, asked, head.headers, _payload_hash(head, claim, body), once=service in S3
    )
    text = sigv4.string_to_sign(claim, canonical)
    if not _same(claim.signature, sigv4.signature(issued.secret_key, claim, text)):
        raise AwsError("InvalidSignatureException", _explained(canonical, text), 403)


def _in_time(claim: sigv4.Claim, now: float, *, s3: bool) -> None:
    """Whether a signature holds at a time; a presigned one as long as it says, which Amazon S3 looks at itself."""
    if s3 and claim.expires is not None:
        return
    signed = _seconds(claim.timestamp)
    if signed is None:
        message = f"Date must be in ISO-8601 'basic format'. Got '{claim.timestamp}'."
        raise AwsError("IncompleteSignatureException", message, 403)
    skew = S3_SKEW_SECONDS if s3 else SKEW_SECONDS
    last = signed + (skew if claim.expires is None else claim.expires)
    if now > last:
        if s3:
            raise _skewed()
        ago = f"{_basic(now)} - {skew // 60} min." if claim.expires is None else f"{claim.expires} s"
        message = f"Signature expired: {claim.timestamp} is now earlier than {_basic(now - (last - signed))} ({ago})"
        raise AwsError("InvalidSignatureException", message, 403)
    if signed - now > skew:
        if s3:
            raise _skewed()
        message = f"Signature not yet current: {claim.timestamp} is still later than {_basic(now + skew)}"
        raise AwsError("InvalidSignatureException", f"{message} ({_basic(now)} + {skew // 60} min.)", 403)


def _skewed() -> AwsError:
    message = "The difference between the request time and the current time is too large."
    return AwsError("RequestTimeTooSkewed", message, 403)


def _same(said: str, known: str) -> bool:
    return hmac.compare_digest(said.encode("utf-8", "replace"), known.encode())


def _payload_hash(head: Head, claim: sigv4.Claim, body: bytes | None) -> str:
    """The body's hash. Amazon S3 takes it from a header, and holds the body against it as it comes in."""
    if body is not None:
        return hashlib.sha256(body).hexdigest() if body else sigv4.EMPTY_HASH
    unsaid = sigv4.EMPTY_HASH if claim.expires is None else "UNSIGNED-PAYLOAD"
    return head.headers.get("X-Amz-Content-Sha256", unsaid)


def _sent(target: str) -> str:
    """Path and query as they were sent: a key of a bucket may hold what is not normal in a path."""
    return target if target.startswith("/") else URL(target, encoded=True).raw_path_qs


def _explained(canonical: str, text: str) -> str:
    return (
        f"{MISMATCH}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\n"
        f"The String-to-Sign should have been\n'{text}'\n"
    )


# Calls of the same second are signed with the same text.
@functools.lru_cache(maxsize=64)
def _seconds(timestamp: str) -> float | None:
    try:
        if _TIME.fullmatch(timestamp):
            return float(calendar.timegm(time.strptime(timestamp, "%Y%m%dT%H%M%SZ")))
        return email.utils.parsedate_to_datetime(timestamp).timestamp()
    except ValueError:
        return None


def _basic(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))
