"""Frames of our own runtime: whatever way they are cut, both ends understand the same."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.lambda_runtime.client import GoneError, RuntimeClient
from terrarium.local.compute.functions.lambda_runtime.wire import HEAD, Kind, frame
from terrarium.local.compute.functions.lifecycle import Happening
from terrarium.local.compute.functions.runtime_call import NEXT, Call, Delivery, ProtocolError, Refusal
from terrarium.local.compute.functions.runtime_frames import FrameDialect

DELIVERY = Delivery("id-1", 1_700_000_000_123, "arn:aws:lambda:us-east-1:0:function:f", "Root=1-2", "", b'{"a": 1}')


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(
    st.lists(st.tuples(st.sampled_from([Kind.RESPONSE, Kind.ERROR]), st.binary(max_size=300))),
    st.lists(st.integers(0, 5000)),
)
def test_calls_come_out_whole_however_they_are_cut(said: list[tuple[Kind, bytes]], places: list[int]) -> None:
    data = b"".join(frame(kind, f"id-{number}", body, number) for number, (kind, body) in enumerate(said))
    dialect = FrameDialect(largest=200)
    heard = [call for piece in cut(data, places) for call in dialect.feed(piece)]
    happenings = {Kind.RESPONSE: (Happening.RESPONSE, ""), Kind.ERROR: (Happening.ERROR, "Unhandled")}
    expected = []
    for number, (kind, body) in enumerate(said):
        happening, error = happenings[kind]
        large = len(body) > 200
        expected += [Call(happening, f"id-{number}", b"" if large else body, error, large, number), NEXT]
    assert heard == expected


def test_a_runtime_that_cannot_start_says_why() -> None:
    data = frame(Kind.INIT_ERROR, "Runtime.ImportModuleError", b"{}", 7)
    assert list(FrameDialect(10).feed(data)) == [
        Call(Happening.INIT_ERROR, "", b"{}", "Runtime.ImportModuleError", peak_kilobytes=7)
    ]


@pytest.mark.parametrize(
    "data",
    [
        HEAD.pack(Kind.RESPONSE, 0, 1 << 20, 0),
        HEAD.pack(9, 0, 0, 0),
        HEAD.pack(Kind.INVOCATION, 0, 0, 0),
        frame(Kind.RESPONSE, "id")[:-2] + b"\xff\xff",
    ],
    ids=["a text beyond all measure", "an unknown kind", "an invocation from the wrong end", "a text that is none"],
)
def test_what_is_no_frame_ends_the_connection(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        FrameDialect(10).feed(data)


def test_a_long_result_is_not_answered_and_any_other_refusal_ends_the_connection() -> None:
    assert FrameDialect(10).refused(Refusal(413, "RequestEntityTooLarge", "too long")) == b""
    with pytest.raises(ProtocolError, match="next while busy"):
        FrameDialect(10).refused(Refusal(403, "InvalidStateTransition", "next while busy"))


@contextlib.contextmanager
def being_sent(data: bytes, connection: socket.socket) -> Iterator[None]:
    """Sends beside what the test does: a socket's buffer does not hold a large event."""
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    yield
    sender.join()


@pytest.mark.parametrize("context", ["", '{"custom": {"k": "v"}}'])
@pytest.mark.parametrize("payload", [b"null", b"x" * 300_000])
def test_both_ends_understand_each_other(context: str, payload: bytes) -> None:
    ours, theirs = socket.socketpair()
    delivery = DELIVERY._replace(client_context=context, payload=payload)
    with ours, theirs:
        client, dialect = RuntimeClient(theirs), FrameDialect(1000)
        with being_sent(dialect.invocation(delivery), ours):
            invocation = client.next()
        assert dialect.feed(ours.recv(65536)) == (NEXT,)
        assert invocation[:5] == (*delivery[:4], context or None)
        assert (invocation.identity, invocation.tenant_id, invocation.event) == (None, None, payload)
        client.respond("id-1", b"{}")
        response, asked = dialect.feed(ours.recv(65536))
        assert (response.request_id, response.body, response.peak_kilobytes > 1000) == ("id-1", b"{}", True)
        assert asked is NEXT
        with being_sent(dialect.invocation(delivery), ours):
            client.next()
        client.fail("id-2", b"[]")
        failure, _ = dialect.feed(ours.recv(65536))
        assert (failure.happening, failure.request_id, failure.body) == (Happening.ERROR, "id-2", b"[]")


def test_a_client_whose_other_end_is_closed_knows_it() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        with pytest.raises(GoneError):
            RuntimeClient(theirs).next()
