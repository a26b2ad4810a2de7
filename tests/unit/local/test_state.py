"""The folder of a system's state."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.state import State, systems


def test_one_process_at_a_time_has_a_system(tmp_path: Path) -> None:
    first, second = State("shop", tmp_path), State("shop", tmp_path)
    first.open()
    with pytest.raises(UserError, match="shop is up already"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_how_a_system_is_reached_is_known_while_it_runs_and_to_its_owner_only(tmp_path: Path) -> None:
    state = State("shop", tmp_path)
    assert state.running() is None
    state.open()
    assert state.running() == {}
    state.announce({"port": 4500, "token": "secret"})
    assert State("shop", tmp_path).running() == {"port": 4500, "token": "secret"}
    assert stat.S_IMODE((state.folder / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.folder.stat().st_mode) == 0o700
    state.close()
    assert state.running() is None
    assert not (state.folder / "run.json").exists()


def test_what_a_killed_process_announced_is_not_believed(tmp_path: Path) -> None:
    state = State("shop", tmp_path)
    state.folder.mkdir(parents=True)
    (state.folder / "run.json").write_text('{"port": 4500}')
    assert state.running() is None


def test_reset_forgets_everything_but_not_of_a_system_that_is_up(tmp_path: Path) -> None:
    state = State("shop", tmp_path)
    state.open()
    (state.folder / "tables").mkdir()
    with pytest.raises(UserError, match="shop is up"):
        state.reset()
    state.close()
    state.reset()
    assert not state.folder.exists()
    state.reset()


def test_systems_with_state_are_listed_but_not_what_else_lies_there(tmp_path: Path) -> None:
    for name in ("shop", "chat", ".tls"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    assert [state.system for state in systems(tmp_path)] == ["chat", "shop"]
    assert systems(tmp_path / "absent") == []


def test_a_folder_that_cannot_be_is_explained(tmp_path: Path) -> None:
    (tmp_path / "root").touch()
    with pytest.raises(UserError, match="cannot be written: a file is in its place"):
        State("shop", tmp_path / "root").open()
