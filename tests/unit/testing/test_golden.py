"""Golden files say what changed, and are kept anew on request."""

from __future__ import annotations

from pathlib import Path

from terrarium.testing.golden import differences, update


def test_what_is_kept_does_not_differ(tmp_path: Path) -> None:
    update({"a.tf": "one\n", "inner/b.tf": "two\n"}, tmp_path)
    assert differences({"a.tf": "one\n", "inner/b.tf": "two\n"}, tmp_path) == ""


def test_a_change_is_shown_as_a_unified_diff(tmp_path: Path) -> None:
    update({"a.tf": "one\ntwo\n"}, tmp_path)
    shown = differences({"a.tf": "one\n2\n"}, tmp_path)
    assert "--- golden/a.tf\n+++ made/a.tf\n" in shown
    assert "\n-two\n+2\n" in shown


def test_files_that_came_or_went_are_shown_as_such(tmp_path: Path) -> None:
    update({"gone.tf": "x\n"}, tmp_path)
    shown = differences({"new.tf": "y"}, tmp_path)
    assert "--- golden/gone.tf\n+++ /dev/null\n" in shown
    assert "--- /dev/null\n+++ made/new.tf\n" in shown
    assert shown.endswith("+y\n")


def test_an_update_keeps_nothing_else(tmp_path: Path) -> None:
    update({"old.tf": "x\n"}, tmp_path)
    update({"new.tf": "y\n"}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["new.tf"]
