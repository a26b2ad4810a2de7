"""A journal's records: there again as they were, whatever cut the file short."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.api.journal import Journal, JournalFullError

RECORDS: list[dict[str, Any]] = [{"n": 0, "text": "é\n"}, {"n": 1}, {"n": 2, "deep": {"a": [1, None]}}]


def journal(file: Path, reports: list[str] | None = None, **settings: Any) -> Journal:
    return Journal(file, report=(reports if reports is not None else []).append, **settings)


def filled(file: Path) -> Journal:
    one = journal(file)
    for record in RECORDS:
        one.begin(record)
        one.keep()
    return one


def test_what_was_kept_is_there_in_order(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    assert list(filled(file)) == RECORDS
    assert list(journal(file)) == RECORDS


def test_nothing_is_written_where_nothing_is_recorded(tmp_path: Path) -> None:
    assert list(journal(tmp_path / "calls.jsonl")) == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_taken_back_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    one = filled(file)
    one.begin({"n": 3})
    assert list(one) == RECORDS  # it does not count yet
    one.forget()
    one.begin({"n": 4})
    one.keep()
    assert list(journal(file)) == [*RECORDS, {"n": 4}]


def test_what_was_begun_is_there_where_its_writer_was_killed(tmp_path: Path) -> None:
    """It may have been done: whoever asked got no answer, as on AWS."""
    file = tmp_path / "calls.jsonl"
    filled(file).begin({"n": 3})
    assert list(journal(file)) == [*RECORDS, {"n": 3}]


@given(lost=st.integers(min_value=1, max_value=40))
def test_a_file_that_was_cut_short_loses_what_was_cut_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, lost: int
) -> None:
    file = tmp_path_factory.mktemp("journal") / "calls.jsonl"
    filled(file)
    last = len(file.read_bytes().splitlines()[-1]) + 1
    os.truncate(file, file.stat().st_size - lost)
    reports: list[str] = []
    one = journal(file, reports)
    left = list(one)
    assert left == RECORDS[: len(left)]
    assert len(left) < len(RECORDS)
    one.begin({"n": 9})
    one.keep()
    assert list(journal(file)) == [*left, {"n": 9}]
    told = f"1 of {len(left) + 1} records in {file} are damaged and left out"
    assert reports in ([told], [])
    assert reports or lost == last  # only a cut between two lines leaves nothing to tell


def test_a_record_that_is_damaged_is_left_out_and_told(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    filled(file)
    lines = file.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b"1", b"7")
    file.write_bytes(b"\n".join(lines))
    reports: list[str] = []
    assert list(journal(file, reports)) == [RECORDS[0], RECORDS[2]]
    assert reports == [f"1 of 3 records in {file} are damaged and left out"]


def test_a_record_that_does_not_fit_on_the_disk_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "calls.jsonl"
    one = filled(file)

    def half(self: Journal, line: bytes) -> None:
        with file.open("ab") as out:
            out.write(line[:5])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(Journal, "_write", half)
        with pytest.raises(OSError, match="No space left"):
            one.begin({"n": 3})
    one.begin({"n": 4})
    one.keep()
    assert list(journal(file)) == [*RECORDS, {"n": 4}]


def test_a_journal_is_no_longer_than_it_may_be(tmp_path: Path) -> None:
    one = journal(tmp_path / "calls.jsonl", limit=100)
    one.begin({"text": "x" * 50})
    one.keep()
    with pytest.raises(JournalFullError):
        one.begin({"text": "x" * 50})
    assert len(one) == 1


def test_records_are_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    one = filled(file)
    one.replace(RECORDS[1:])
    one.begin({"n": 5})
    one.keep()
    assert list(one) == list(journal(file)) == [*RECORDS[1:], {"n": 5}]
    assert file.stat().st_mode & 0o777 == 0o600
