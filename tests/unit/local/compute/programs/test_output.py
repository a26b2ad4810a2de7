"""What programs print, as log events."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.compute.programs.output import Lines


def read(blocks: list[bytes], longest: int = 100) -> list[str]:
    lines = Lines(longest)
    return [line for block in blocks for line in lines.feed(block)] + list(lines.end())


@pytest.mark.parametrize(
    ("blocks", "lines"),
    [
        ([b"one\ntwo\n"], ["one", "two"]),
        ([b"on", b"e\nt", b"wo"], ["one", "two"]),
        ([b"windows\r\n\r\n"], ["windows", ""]),
        ([b"\xff\xfe\n"], ["\ufffd\ufffd"]),
        ([b"x" * 250 + b"\n"], ["x" * 100, "x" * 100, "x" * 50]),
        ([b"x" * 150], ["x" * 100, "x" * 50]),
        ([], []),
    ],
)
def test_output_is_cut_into_lines(blocks: list[bytes], lines: list[str]) -> None:
    assert read(blocks) == lines


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab\n", max_size=20)))
def test_lines_do_not_depend_on_how_the_output_was_cut(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert read([piece.encode() for piece in pieces]) == read([whole.encode()]) == whole.splitlines()
