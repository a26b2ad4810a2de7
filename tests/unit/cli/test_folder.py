"""A build replaces what an earlier one left, and touches nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terrarium import UserError
from terrarium.cli.folder import MANIFEST, place


def test_files_are_written_below_a_new_folder(tmp_path: Path) -> None:
    placed = place({"main.tf": b"a", "modules/m/main.tf": b"b"}, tmp_path / "new" / "out")
    assert placed.written == ("main.tf", "modules/m/main.tf")
    assert (tmp_path / "new" / "out" / "modules" / "m" / "main.tf").read_bytes() == b"b"


def test_a_second_build_rewrites_only_what_changed(tmp_path: Path) -> None:
    place({"a.tf": b"1", "b.tf": b"2"}, tmp_path)
    placed = place({"a.tf": b"1", "b.tf": b"3"}, tmp_path)
    assert (placed.written, placed.unchanged, placed.removed) == (("b.tf",), ("a.tf",), ())


def test_files_that_are_no_longer_written_go_with_their_folders(tmp_path: Path) -> None:
    place({"a.tf": b"1", "modules/m/b.tf": b"2"}, tmp_path)
    placed = place({"a.tf": b"1"}, tmp_path)
    assert placed.removed == ("modules/m/b.tf",)
    assert not (tmp_path / "modules").exists()


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    place({"modules/m/b.tf": b"2"}, tmp_path)
    (tmp_path / "terraform.tfstate").write_text("{}")
    (tmp_path / "modules" / "m" / "mine.tf").write_text("mine")
    place({"a.tf": b"1"}, tmp_path)
    assert (tmp_path / "terraform.tfstate").read_text() == "{}"
    assert (tmp_path / "modules" / "m" / "mine.tf").read_text() == "mine"


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="is not empty, and no build of Terrarium's made it"):
        place({"a.tf": b"1"}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match="is not empty"):
        place({"a.tf": b"1"}, tmp_path / "out")


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    place({"a.tf": b"1"}, tmp_path)
    (tmp_path / "b.tf").write_text("mine")
    with pytest.raises(UserError, match=r"b\.tf is not of an earlier build"):
        place({"a.tf": b"2", "b.tf": b"3"}, tmp_path)
    assert (tmp_path / "a.tf").read_text() == "1"


def test_a_list_that_was_tampered_with_removes_nothing_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    out = tmp_path / "out"
    place({"a.tf": b"1"}, out)
    (out / MANIFEST).write_text(json.dumps({"files": ["a.tf", "../precious", str(tmp_path / "precious")]}))
    place({"a.tf": b"1"}, out)
    assert (tmp_path / "precious").exists()


def test_an_unreadable_list_is_a_foreign_folder(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("not json")
    with pytest.raises(UserError, match="no build of Terrarium's made it"):
        place({"a.tf": b"1"}, tmp_path)
