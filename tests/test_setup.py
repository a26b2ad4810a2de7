"""`make setup`: which Python it takes, what it notices, and what it says when it cannot go on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from tests.environment import ROOT, copy_of_checkout, setup_script


def python_that_says(folder: Path, name: str, answer: str) -> None:
    """A command that answers the question which Python it is, and tells when it is asked to set up."""
    file = folder / name
    file.write_text(f'#!/bin/sh\n[ "$1" = -c ] && echo "{answer}" || echo "{name} sets up"\n')
    file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout on a machine that has no Python but what a test adds to its `bin`."""
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def set_up(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/setup.sh", "runtime"],
        cwd=machine,
        env={"PATH": str(machine / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": "ready 3.11"}, "python3"),
        ({"python3": "ready 3.14", "python3.12": "ready 3.12"}, "python3.12"),
        ({"python3": "old 3.9", "python3.11": "ready 3.11"}, "python3.11"),
        ({"python3.13": "bare 3.13", "python3": "bare 3.9"}, None),
    ],
)
def test_the_newest_python_that_can_do_it_is_taken(machine: Path, pythons: dict[str, str], chosen: str | None) -> None:
    for name, answer in pythons.items():
        python_that_says(machine / "bin", name, answer)
    done = set_up(machine)
    assert done.stdout.strip() == (f"{chosen} sets up" if chosen else "")


def test_a_python_of_ones_choice_is_taken(machine: Path) -> None:
    python_that_says(machine / "bin", "python3.13", "ready 3.13")
    python_that_says(machine / "bin", "mine", "ready 3.11")
    assert set_up(machine, PYTHON="mine").stdout.strip() == "mine sets up"


@pytest.mark.parametrize(
    ("pythons", "advice"),
    [
        ({}, "install python3"),
        ({"python3": "old 3.9"}, "python3 is 3.9"),
        ({"python3": "bare 3.11"}, "apt install python3.11-venv"),
        ({"python3": "bare 3.9"}, "Python 3.11 or newer is needed"),
        ({"python3.11": "bare 3.11", "python3": "old 3.9"}, "apt install python3.11-venv"),
    ],
)
def test_what_is_missing_is_named_in_one_line(machine: Path, pythons: dict[str, str], advice: str) -> None:
    for name, answer in pythons.items():
        python_that_says(machine / "bin", name, answer)
    done = set_up(machine)
    assert done.returncode == 1
    assert advice in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("setup") / "checkout"
    copy_of_checkout(folder)
    return folder


@pytest.fixture
def setup(checkout: Path) -> ModuleType:
    return setup_script(checkout)


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_what_is_set_up_is_not_set_up_again(setup: ModuleType, kind: str) -> None:
    assert setup.is_current(kind)


def test_a_make_target_in_a_checkout_that_is_set_up_says_nothing(checkout: Path) -> None:
    done = subprocess.run(["make", "setup"], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_lock_is_noticed(setup: ModuleType, checkout: Path) -> None:
    lock = checkout / "requirements" / "dev.txt"
    before = lock.read_bytes()
    lock.write_bytes(before + b"\n")
    try:
        assert not setup.is_current("dev")
        assert setup.is_current("runtime")
    finally:
        lock.write_bytes(before)


def test_a_checkout_that_was_moved_is_noticed(checkout: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(checkout, moved, symlinks=True)
    assert not setup_script(moved).is_current("runtime")


def test_an_environment_whose_python_is_gone_is_noticed(checkout: Path, tmp_path: Path) -> None:
    broken = tmp_path / "checkout"
    shutil.copytree(checkout, broken, symlinks=True)
    setup = setup_script(broken)
    setup.STAMP.write_text(json.dumps({"runtime": setup.fingerprint("runtime")}))
    assert setup.is_current("runtime")
    (broken / ".venv" / "bin" / "python").unlink()
    (broken / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not setup.is_current("runtime")


def test_an_interrupted_set_up_is_noticed(checkout: Path, tmp_path: Path) -> None:
    half = tmp_path / "checkout"
    shutil.copytree(checkout, half, symlinks=True)
    setup = setup_script(half)
    setup.STAMP.write_text('{"runtime": "')
    assert not setup.is_current("runtime")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting aiohttp==3.14.5 (from -r requirements/runtime.txt (line 4))", "aiohttp"),
        (
            "Processing /wheels/flask_cors-6.0.5-py3-none-any.whl (from -r requirements/runtime.txt (line 5))",
            "flask_cors",
        ),
        ("Requirement already satisfied: s3transfer==0.19.3 in ./.venv/lib/python3.11/site-packages", "s3transfer"),
        ("Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment", "colorama"),
        ("Collecting markdown-it-py==4.3.0 (from -r requirements/runtime.txt (line 907))", "markdown-it-py"),
    ],
)
def test_progress_names_the_package_that_pip_turns_to(setup: ModuleType, line: str, name: str) -> None:
    found = setup.PACKAGE.match(line)
    assert found
    assert found["name"] == name


def test_settings_that_lead_packages_elsewhere_are_not_passed_on(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", os.devnull)
    assert "PIP_TARGET" not in setup.environment()
