from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.http_messages import Request, Requests, answer
from terrarium.local.compute.functions.lifecycle import Happening
from terrarium.local.compute.functions.runtime_api import ACCEPTED, HttpDialect, understand
from terrarium.local.compute.functions.runtime_call import NEXT, Delivery, ProtocolError, Refusal


def post(path: str, body: bytes, **headers: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


@given(st.lists(st.binary(max_size=200), max_size=5), st.lists(st.integers(0, 5_000)))
def test_requests_come_out_whole_however_they_are_cut(bodies: list[bytes], places: list[int]) -> None:
    data = b"".join(post(f"/{number}", body) for number, body in enumerate(bodies))
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    requests = Requests(largest=200)
    heard = [r for start, end in itertools.pairwise(edges) for r in requests.feed(data[start:end])]
    assert [(request.path, request.body) for request in heard] == [(f"/{n}", body) for n, body in enumerate(bodies)]


def test_a_body_that_is_too_large_is_dropped_and_the_next_request_is_read() -> None:
    requests = Requests(largest=10)
    data = post("/large", b"x" * 1000) + post("/small", b"y")
    heard = [request for start in range(0, len(data), 7) for request in requests.feed(data[start : start + 7])]
    assert [(request.path, request.body, request.too_large) for request in heard] == [
        ("/large", b"", True),
        ("/small", b"y", False),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET / SPDY/1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        Requests(largest=10).feed(data)


def test_an_answer_tells_its_length() -> None:
    assert answer(202, {"A": "b"}, b"{}") == (
        b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\nA: b\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    ("method", "path", "happening"),
    [
        ("GET", "/2018-06-01/runtime/invocation/next", Happening.NEXT),
        ("POST", "/2018-06-01/runtime/invocation/id-1/response", Happening.RESPONSE),
        ("POST", "/2018-06-01/runtime/invocation/id-1/error", Happening.ERROR),
        ("POST", "/2018-06-01/runtime/init/error", Happening.INIT_ERROR),
        ("POST", "/2018-06-01/runtime/invocation/next", None),
        ("GET", "/2018-06-01/runtime/invocation/id-1/response", None),
        ("POST", "/elsewhere/id-1/response", None),
        ("DELETE", "/2018-06-01/runtime/invocation/next", None),
    ],
)
def test_what_a_runtime_may_ask(method: str, path: str, happening: Happening | None) -> None:
    call = understand(Request(method, path, {}, b""))
    assert (call.happening if call else None) == happening
    if happening in {Happening.RESPONSE, Happening.ERROR}:
        assert call is not None
        assert call.request_id == "id-1"


def test_a_refusal_says_why() -> None:
    refused = HttpDialect(10).refused(Refusal(403, "InvalidStateTransition", "next while busy"))
    head, _, body = refused.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 Forbidden")
    assert json.loads(body) == {"errorMessage": "next while busy", "errorType": "InvalidStateTransition"}


def test_a_runtime_may_answer_and_ask_in_one_breath() -> None:
    root = "/2018-06-01/runtime/invocation"
    ask = f"GET {root}/next HTTP/1.1\r\n\r\n".encode()
    answered, asked, other = HttpDialect(10).feed(post(f"{root}/id-1/response", b"{}") + ask + post("/else", b""))
    assert answered == (Happening.RESPONSE, "id-1", b"{}", "", False, 0)
    assert asked is NEXT
    assert other == Refusal(404, "NotFound", "no operation POST /else")


def test_an_invocation_is_delivered_with_what_is_known_of_it() -> None:
    dialect = HttpDialect(10)
    plain = Delivery("id-1", 1_700_000_000_123, "arn:aws:lambda:function", "Root=1", "", b'{"a": 1}')
    head, _, body = dialect.invocation(plain).partition(b"\r\n\r\n")
    assert body == plain.payload
    assert head.split(b"\r\n")[3:] == [
        b"Lambda-Runtime-Aws-Request-Id: id-1",
        b"Lambda-Runtime-Deadline-Ms: 1700000000123",
        b"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:function",
        b"Lambda-Runtime-Trace-Id: Root=1",
    ]
    assert b"\r\nLambda-Runtime-Client-Context: {}" in dialect.invocation(plain._replace(client_context="{}"))
    assert dialect.accepted() == ACCEPTED
