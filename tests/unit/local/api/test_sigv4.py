"""Signatures as botocore makes them are what is calculated here, whatever a request looks like."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from terrarium.local.api import sigv4

KEYS = Credentials("ASIAEXAMPLE", "secret", "token")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
VALUE = st.text(st.sampled_from("ab c,;=/"), min_size=1, max_size=8).map(str.strip)
SEGMENTS = st.lists(TEXT.filter(lambda one: one not in (".", "..")), max_size=3)


def _calculated(request: AWSRequest, payload_hash: str, *, once: bool = False) -> tuple[str, str]:
    """What the request says its signature is, and what it has to be."""
    headers = CIMultiDict({"Host": "a.example", **dict(request.headers.items())})
    url = urlsplit(str(request.url))
    query = dict(part.split("=", 1) for part in url.query.split("&")) if "X-Amz-Algorithm" in url.query else {}
    claim = sigv4.claimed(headers, query)
    assert claim is not None
    assert claim.token == "token"
    text = sigv4.string_to_sign(
        claim,
        sigv4.canonical_request(claim, str(request.method), url.path, url.query, headers, payload_hash, once=once),
    )
    return claim.signature, sigv4.signature("secret", claim, text)


@given(segments=SEGMENTS, query=st.dictionaries(TEXT.filter(bool), TEXT, max_size=3), value=VALUE, once=st.booleans())
def test_a_signature_in_headers_is_calculated_as_botocore_does(
    segments: list[str], query: dict[str, str], value: str, once: bool
) -> None:
    url = f"http://a.example/{'/'.join(quote(one, safe='') for one in segments)}"
    request = AWSRequest("GET", f"{url}?{urlencode(query, quote_via=quote)}" if query else url)
    request.headers["X-Amz-Meta-Note"] = value
    signer = S3SigV4Auth if once else SigV4Auth
    signer(KEYS, "s3" if once else "execute-api", "us-east-1").add_auth(request)
    said, calculated = _calculated(request, sigv4.EMPTY_HASH, once=once)
    assert said == calculated


@given(segments=SEGMENTS)
def test_a_presigned_url_is_calculated_as_botocore_does(segments: list[str]) -> None:
    request = AWSRequest("GET", f"http://a.example/{'/'.join(quote(one, safe='') for one in segments)}")
    SigV4QueryAuth(KEYS, "execute-api", "us-east-1", expires=60).add_auth(request)
    url = urlsplit(str(request.url))
    claim = sigv4.claimed(CIMultiDict(), dict(parse_qsl(url.query)))  # decoded, as a web server hands them over
    assert claim is not None
    assert (claim.expires, claim.token) == (60, "token")
    canonical = sigv4.canonical_request(
        claim, "GET", url.path, url.query, CIMultiDict(Host="a.example"), sigv4.EMPTY_HASH
    )
    assert sigv4.signature("secret", claim, sigv4.string_to_sign(claim, canonical)) == claim.signature


def test_parts_may_come_in_any_order() -> None:
    parts = ("Signature=ab", "Credential=key/20250101/us-east-1/sts/aws4_request", "SignedHeaders=host")
    headers = CIMultiDict({"Authorization": f"AWS4-HMAC-SHA256 {',  '.join(parts)}", "X-Amz-Date": "20250101T000000Z"})
    assert sigv4.claimed(headers, {}) == (
        "20250101/us-east-1/sts/aws4_request",
        "host",
        "ab",
        "20250101T000000Z",
        "",
        None,
    )


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ("Credential=a/b/c/d/e, SignedHeaders=host", "requires 'Signature' parameter"),
        ("Credential=a/b/c/d/e, Signature=ab", "requires 'SignedHeaders' parameter"),
        ("Credential=a/b/c/d/e, SignedHeaders=host, Signature=ab", "'X-Amz-Date' or a 'Date' header"),
        ("Credential=a/b/c/d/e, oops", "'oops' not a valid key=value pair"),
    ],
)
def test_a_signature_that_lacks_a_part_says_which(parts: str, missing: str) -> None:
    with pytest.raises(sigv4.IncompleteError, match=missing):
        sigv4.claimed(CIMultiDict(Authorization=f"AWS4-HMAC-SHA256 {parts}"), {})


def test_a_presigned_url_that_lacks_a_part_says_which() -> None:
    with pytest.raises(sigv4.IncompleteError, match="X-Amz-Signature"):
        sigv4.claimed(CIMultiDict(), {"X-Amz-Algorithm": "AWS4-HMAC-SHA256"})


def test_older_and_asymmetric_signatures_are_none_of_these() -> None:
    assert sigv4.claimed(CIMultiDict(Authorization="AWS key:signature"), {}) is None
    assert sigv4.claimed(CIMultiDict(Authorization="AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d"), {}) is None
