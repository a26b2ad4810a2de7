from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.frames import FrameGuard, close_frame, text_message
from terrarium.local.edge.websocket_api.lifecycle import Happening


def received(data: bytes) -> list[Frame]:
    """What a client by other hands reads from these bytes."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=1, max_size=None)  # type: ignore[arg-type]  # open
    client.receive_data(data)
    return [event for event in client.events_received() if isinstance(event, Frame)]


def sent(opcode: Opcode, payload: bytes, fin: bool = True) -> bytes:
    """A client's masked frame, by other hands."""
    return Frame(opcode, payload, fin).serialize(mask=True)


@given(st.binary(max_size=300) | st.integers(0, limits.MESSAGE_BYTES).map(lambda size: b"x" * size))
def test_a_message_is_text_in_frames_of_at_most_32_kb(payload: bytes) -> None:
    frames = received(text_message(payload))
    assert b"".join(bytes(frame.data) for frame in frames) == payload
    assert all(len(frame.data) <= limits.FRAME_BYTES for frame in frames)
    assert [frame.opcode for frame in frames] == [Opcode.TEXT, *[Opcode.CONT] * (len(frames) - 1)]
    assert [frame.fin for frame in frames] == [*[False] * (len(frames) - 1), True]


@pytest.mark.parametrize(
    ("code", "reason", "payload"),
    [
        (1001, "Going away", b"\x03\xe9Going away"),
        (1005, "no code", b""),
        (1006, "", b""),
        (4000, "é" * 100, b"\x0f\xa0" + "é".encode() * 61),
    ],
)
def test_a_close_frame_says_code_and_reason_as_far_as_they_can_be_said(code: int, reason: str, payload: bytes) -> None:
    assert received(close_frame(code, reason))[0].data == payload


FRAMES = st.lists(
    st.one_of(
        st.binary(max_size=200).map(lambda data: sent(Opcode.TEXT, data)),
        st.binary(min_size=126, max_size=2000).map(lambda data: sent(Opcode.TEXT, data)),
        st.binary(max_size=125).map(lambda data: sent(Opcode.PING, data)),
        st.just(sent(Opcode.TEXT, b"a", fin=False) + sent(Opcode.PING, b"") + sent(Opcode.CONT, b"b")),
        st.just(sent(Opcode.CLOSE, b"\x03\xe8")),
    ),
    max_size=6,
).map(b"".join)


@settings(max_examples=100)
@given(st.data(), FRAMES)
def test_lawful_frames_pass_unchanged_however_they_are_cut(data: st.DataObject, stream: bytes) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    guard = FrameGuard()
    assert b"".join(guard.pass_on(piece) for piece in pieces) == stream
    assert guard.stopped is None


PIECE = b"x" * limits.FRAME_BYTES
UNLAWFUL = {
    "a frame over 32 KB": (sent(Opcode.TEXT, PIECE + b"x"), Happening.TOO_BIG),
    "a frame over 64 KB": (sent(Opcode.TEXT, PIECE * 3), Happening.TOO_BIG),
    "a message over 128 KB": (
        sent(Opcode.TEXT, PIECE, fin=False) + sent(Opcode.CONT, PIECE, fin=False) * 3 + sent(Opcode.CONT, b"x"),
        Happening.TOO_BIG,
    ),
    "a binary message": (sent(Opcode.BINARY, b""), Happening.BINARY),
    "an unmasked frame": (Frame(Opcode.TEXT, b"hello").serialize(mask=False), Happening.BROKEN_PROTOCOL),
    "an unmasked empty frame": (b"\x81\x00", Happening.BROKEN_PROTOCOL),
}


@pytest.mark.parametrize("what", UNLAWFUL)
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_an_unlawful_frame_is_stopped_at_its_header(what: str, step: int) -> None:
    stream, happening = UNLAWFUL[what]
    guard, before = FrameGuard(), sent(Opcode.TEXT, b"before")
    data = before + stream + sent(Opcode.TEXT, b"after")
    passed = b"".join(guard.pass_on(data[start : start + step]) for start in range(0, len(data), step))
    assert guard.stopped is happening
    assert passed.startswith(before)
    assert b"after" not in passed
    assert len(passed) <= len(before) + limits.MESSAGE_BYTES + 100
    assert not guard.closing


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_after_a_refusal_only_the_clients_close_frame_counts(step: int) -> None:
    data = sent(Opcode.BINARY, b"y" * 500) + sent(Opcode.TEXT, b"more") + sent(Opcode.CLOSE, b"\x03\xe8")
    guard = FrameGuard()
    assert b"".join(guard.pass_on(data[start : start + step]) for start in range(0, len(data), step)) == b""
    assert guard.closing


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_guard(data: bytes) -> None:
    guard = FrameGuard()
    assert data.startswith(b"".join(guard.pass_on(data[i : i + 1]) for i in range(len(data))))
