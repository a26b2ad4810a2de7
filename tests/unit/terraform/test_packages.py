"""Packages that are shipped with code: fetched once, for the machine they go to. Here from a folder, not a network."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from terrarium import UserError, bundle
from terrarium.model.expressions import Bundle
from terrarium.terraform.packages import fetched


def wheel(folder: Path, name: str) -> None:
    """The smallest wheel there can be."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "answer = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name} = {name}:answer\n")
        archive.writestr(f"{info}/RECORD", "")


def wanting(folder: Path, name: str) -> Bundle:
    """A bundle that needs one package of a folder."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(f"--no-index\n--find-links {folder}\n{name}==1.0\n")
    return bundle("z", code=folder / "code", requirements=folder / "requirements.txt", python="3.12")


def test_packages_are_fetched_without_commands_that_name_this_machine(tmp_path: Path) -> None:
    wheel(tmp_path, "tiny")
    folder = fetched(wanting(tmp_path, "tiny"), tmp_path / "cache")
    assert folder is not None
    assert (folder / "tiny.py").read_text() == "answer = 42\n"
    assert not (folder / "bin").exists()


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path) -> None:
    wheel(tmp_path, "tiny")
    made = wanting(tmp_path, "tiny")
    first = fetched(made, tmp_path / "cache")
    (tmp_path / "tiny-1.0-py3-none-any.whl").unlink()
    assert fetched(made, tmp_path / "cache") == first


def test_what_cannot_be_fetched_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be fetched") as caught:
        fetched(wanting(tmp_path, "absent"), tmp_path / "cache")
    assert "--no-packages" in caught.value.hint
    assert not list((tmp_path / "cache").iterdir())


def test_code_without_requirements_needs_nothing(tmp_path: Path) -> None:
    assert fetched(bundle("z", code=tmp_path), tmp_path / "cache") is None
