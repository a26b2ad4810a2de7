"""Code as zips: the same bytes on every machine, and only code in them."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from terrarium import UserError, bundle
from terrarium.model.bundles import file_function, zipped
from terrarium.model.expressions import Bundle


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "inner").mkdir(parents=True)
    (folder / "b.py").write_text("b")
    (folder / "inner" / "a.py").write_text("a")
    return folder


def test_times_and_owners_of_files_leave_no_trace(code: Path) -> None:
    before = zipped(bundle("z", code=code))
    os.utime(code / "b.py", (0, 0))
    (code / "b.py").chmod(0o600)
    assert zipped(bundle("z", code=code)) == before


def test_whether_a_file_can_be_executed_is_part_of_the_code(code: Path) -> None:
    before = zipped(bundle("z", code=code))
    (code / "b.py").chmod(0o755)
    assert zipped(bundle("z", code=code)) != before


def test_folders_stand_under_their_names_or_at_the_top(code: Path) -> None:
    assert names(zipped(bundle("z", one=code, two=code / "inner"))) == ["one/b.py", "one/inner/a.py", "two/a.py"]
    assert names(zipped(Bundle((("", code),), "z"))) == ["b.py", "inner/a.py"]


def test_what_is_no_code_stays_out(code: Path) -> None:
    for name in ("__pycache__/x.pyc", ".git/config", ".terrarium/run.json", "y.pyc"):
        (code / name).parent.mkdir(exist_ok=True)
        (code / name).write_text("x")
    assert names(zipped(Bundle((("", code),), "z"))) == ["b.py", "inner/a.py"]


def test_packages_of_node_are_code(code: Path) -> None:
    (code / "node_modules").mkdir()
    (code / "node_modules" / "z.js").write_text("x")
    assert "node_modules/z.js" in names(zipped(Bundle((("", code),), "z")))


def test_packages_stand_beside_the_code(code: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    (packages / "lib").mkdir(parents=True)
    (packages / "lib" / "x.py").write_text("x")
    assert "packages/lib/x.py" in names(zipped(bundle("z", code=code), packages))


def test_its_hashes_are_those_of_the_zip(code: Path) -> None:
    made = bundle("z", code=code)
    assert file_function("filemd5", made) == hashlib.md5(zipped(made)).hexdigest()


def test_folders_and_requirements_must_be_there(code: Path) -> None:
    with pytest.raises(UserError, match="there is no folder 'missing'"):
        bundle("z", code="missing")
    with pytest.raises(UserError, match="there is no file 'missing'"):
        bundle("z", code=code, requirements="missing", python="3.12")
    (code / "requirements.txt").write_text("")
    with pytest.raises(UserError, match="packages are for one version of Python"):
        bundle("z", code=code, requirements=code / "requirements.txt")
