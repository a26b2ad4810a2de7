"""The aws-chunked encoding, however its bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.api.s3.chunked import Chunks
from terrarium.local.aws_error import AwsError


def encoded(chunks: list[bytes], trailers: dict[str, str], *, signed: bool) -> bytes:
    mark = b";chunk-signature=" + b"0" * 64 if signed else b""
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), mark, chunk) for chunk in chunks if chunk)
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers.items()).encode()
    return body + b"0" + mark + b"\r\n" + lines + b"\r\n"


def decoded(body: bytes) -> bytes:
    decoder = Chunks()
    found = decoder.feed(body)
    decoder.close()
    return found


@given(st.lists(st.binary(max_size=50)), st.booleans(), st.integers(1, 40))
def test_what_went_in_comes_out(chunks: list[bytes], signed: bool, cut: int) -> None:
    body = encoded(chunks, {"x-amz-checksum-crc32": "AAAAAA=="}, signed=signed)
    decoder = Chunks()
    found = b"".join(decoder.feed(body[at : at + cut]) for at in range(0, len(body), cut))
    decoder.close()
    assert found == b"".join(chunks)
    assert decoder.trailers == {"x-amz-checksum-crc32": "AAAAAA=="}


@pytest.mark.parametrize("body", [b"", b"5\r\nab", b"zz\r\n", b"2\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"1" * 10_000])
def test_what_is_cut_or_wrong_is_incomplete(body: bytes) -> None:
    with pytest.raises(AwsError, match="IncompleteBody"):
        decoded(body)
