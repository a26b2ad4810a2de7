"""Which heads are plain: everything unusual is left to the web server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.edge.heads import BODY_BYTES, read_head

PLAIN = (
    b"POST /a%20b?c=d HTTP/1.1\r\nHost: localhost:4500\r\nX-Amz-Target: A.B\r\ncontent-length:  12 \r\n"
    b"Connection: keep-alive\r\nEmpty:\r\nTwice: 1\r\nTwice: 2"
)


def test_a_plain_head_is_read_as_it_was_sent() -> None:
    plain = read_head(PLAIN)
    assert plain is not None
    head, length = plain
    assert (head.method, head.target, head.path, length) == ("POST", "/a%20b?c=d", "/a%20b", 12)
    assert head.headers["x-amz-target"] == "A.B"
    assert head.headers["Empty"] == ""
    assert head.headers.getall("twice") == ["1", "2"]


@pytest.mark.parametrize(
    ("instead_of", "there_is"),
    [
        (b"POST", b"GET"),
        (b"POST", b"post"),
        (b"/a%20b", b"http://localhost/a"),
        (b"/a%20b", "/ä".encode()),
        (b"/a%20b", b"/a b"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Host: localhost:4500\r\n", b""),
        (b"Host: localhost:4500", b"Host: localhost:4500\r\nHost: localhost:4500"),
        (b"content-length:  12 \r\n", b""),
        (b"12", b"12\r\nContent-Length: 12"),
        (b"12", b"-1"),
        (b"12", b"+1"),
        (b"12", b"1_2"),
        (b"12", b"0x1"),
        (b"12", b""),
        (b"12", str(BODY_BYTES + 1).encode()),
        (b"12", b"1" * 5000),
        (b"keep-alive", b"close"),
        (b"keep-alive", b"Upgrade"),
        (b"Empty:", b"Upgrade: websocket"),
        (b"Empty:", b"transfer-encoding: chunked"),
        (b"Empty:", b"Expect: 100-continue"),
        (b"Empty:", b"Content-Encoding: gzip"),
        (b"Empty:", b"Empty :"),
        (b"Empty:", b": nameless"),
        (b"Empty:", b"no colon"),
        (b"Empty:", b" folded"),
        (b"Empty:", "Empty: ä".encode()),
        (b"Empty:", b"Empty: \x00"),
        (b"Empty:", b"Empty: a\rb"),
        (b"Empty:", b"Empty: a\nb: c"),
        (b"Empty:", b"\r\n".join([b"Many: 1"] * 128)),
    ],
)
def test_anything_unusual_is_not_plain(instead_of: bytes, there_is: bytes) -> None:
    unusual = PLAIN.replace(instead_of, there_is, 1)
    assert unusual != PLAIN
    assert read_head(unusual) is None


def test_a_body_up_to_the_bound_is_plain() -> None:
    plain = read_head(PLAIN.replace(b"12", str(BODY_BYTES).encode()))
    assert plain is not None
    assert plain[1] == BODY_BYTES


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    read_head(data)
    read_head(PLAIN + b"\r\n" + data)
