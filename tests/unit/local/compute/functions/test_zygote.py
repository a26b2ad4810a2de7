from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.lambda_runtime import frames
from terrarium.local.compute.functions.lambda_runtime.zygote import Zygote

messages = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=50), st.integers()), max_size=4)


@given(st.lists(messages, max_size=5), st.integers(1, 17))
def test_messages_come_out_whole_however_they_are_cut(sent: list[dict[str, Any]], size: int) -> None:
    data = b"".join(frames.encode(message) for message in sent)
    reader = frames.Frames()
    heard = [message for start in range(0, len(data), size) for message in reader.feed(data[start : start + size])]
    assert heard == sent


def test_a_length_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="a message of"):
        frames.Frames().feed(b"\xff\xff\xff\xff")


def test_where_there_is_no_room_for_a_process_the_worker_is_reported_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", no_room)
    ours, theirs = socket.socketpair()
    handed, log = socket.socketpair()
    with ours, theirs, handed, log:
        zygote = Zygote(theirs)
        message = {"worker": 7, "environment": {"AWS_LAMBDA_LOG_STREAM_NAME": "x"}}
        socket.send_fds(ours, [frames.encode(message)], [handed.fileno(), log.fileno()])
        assert zygote.receive()
        assert frames.Frames().feed(ours.recv(1000)) == [{"exited": 7, "status": None}]
        zygote.close()
