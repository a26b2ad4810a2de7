from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.log_lines import LONGEST, LogLines

MARK = b"\0secret"


def frame(text: str) -> bytes:
    body = text.encode()
    return MARK + b"%08x" % len(body) + body


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in itertools.pairwise(edges)]


words = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.one_of(words.map(lambda w: ("line", w)), st.text(max_size=20).map(lambda w: ("frame", w)))),
       st.lists(st.integers(0, 10_000)))  # fmt: skip
def test_lines_and_messages_come_out_whole_however_they_are_cut(said: list[tuple[str, str]], places: list[int]) -> None:
    said = [(kind, text.encode("utf-8", "replace").decode()) for kind, text in said]
    data = b"".join(frame(text) if kind == "frame" else text.encode() + b"\n" for kind, text in said)
    lines = LogLines(MARK)
    heard = [event for piece in cut(data, places) for event in lines.feed(piece)] + lines.end()
    assert heard == [text for _, text in said]


def test_an_unfinished_line_before_a_message_is_its_own_event() -> None:
    assert LogLines(MARK).feed(b"loading... " + frame("[INFO] a\nb") + b"done\n") == [
        "loading... ",
        "[INFO] a\nb",
        "done",
    ]


def test_an_unfinished_line_comes_at_the_end() -> None:
    lines = LogLines(MARK)
    assert lines.feed(b"no newline") == []
    assert lines.end() == ["no newline"]
    assert lines.end() == []


def test_what_is_beyond_the_allowance_is_dropped_and_counted_and_the_next_invocation_starts_anew() -> None:
    lines = LogLines(MARK, allowance=10)
    assert lines.feed(b"12345\n67890\nabc\nd\n") == ["12345", "67890"]
    [note] = lines.end()
    assert "first 10 bytes" in note
    assert "dropped 6 more" in note
    assert lines.feed(b"fresh\n") == ["fresh"]
    assert lines.end() == []


def test_a_long_line_is_several_events() -> None:
    lines = LogLines(MARK)
    events = lines.feed(b"x" * (LONGEST + 5) + b"\n") + lines.end()
    assert [len(event) for event in events] == [LONGEST, 5]


def test_an_endless_line_does_not_grow_the_buffer() -> None:
    lines = LogLines(MARK, allowance=100)
    for _ in range(100):
        lines.feed(b"x" * 65_536)
    [note] = lines.end()
    assert "dropped" in note


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert LogLines(MARK).feed(b"\xff\n") == ["\ufffd"]
