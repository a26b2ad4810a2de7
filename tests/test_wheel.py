"""The wheel, far from the checkout: what it holds, and that it brings a system up just as well."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.environment import ROOT, lent_environment

SYSTEMS = sorted(folder.name for folder in (ROOT / "systems").iterdir() if (folder / "architecture.py").exists())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("terrarium_aws-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    return zipfile.ZipFile(wheel).namelist()


@pytest.fixture(scope="module")
def far(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that has the wheel and knows nothing of this checkout."""
    python = lent_environment(tmp_path_factory.mktemp("far") / "environment")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "--no-deps",
        "--quiet",
        str(wheel),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    return python.parent


def run(far: Path, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [far / command[0], *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_it_is_the_package_and_the_systems(names: list[str]) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"terrarium", "terrarium_aws"}
    assert "terrarium/py.typed" in names


def test_it_holds_the_schema_that_attributes_are_checked_against(names: list[str]) -> None:
    packed = ROOT / "src" / "terrarium" / "model" / "schema"
    assert {f"terrarium/model/schema/{file.name}" for file in packed.iterdir() if file.is_file()} <= set(names)


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_holds_what_a_system_runs_and_no_more(names: list[str], system: str) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", f"systems/{system}"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    wanted = {f"terrarium/{name}" for name in tracked.stdout.split() if "/tests/" not in name}
    assert wanted <= set(names)
    assert not [name for name in names if "/tests/" in name or "/.terrarium/" in name or "__pycache__" in name]


def test_what_is_imported_is_the_wheel(far: Path, tmp_path: Path) -> None:
    done = run(far, "python", "-c", "import terrarium; print(terrarium.__file__)", folder=tmp_path)
    assert done.stdout.startswith(str(far.parent))
