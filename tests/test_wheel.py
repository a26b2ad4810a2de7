"""The wheel, far from the checkout: what it holds, and that it brings a system up just as well."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pytest

from tests.environment import ROOT, lent_environment

pytestmark = pytest.mark.slow
SYSTEMS = sorted(folder.name for folder in (ROOT / "systems").iterdir() if (folder / "architecture.py").exists())
# Of a system's folder: what develops it and does not run.
STAYS = ("golden", "pictures", "tests")


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
    uv = [sys.executable, "-m", "uv", "--no-config", "--quiet", "pip", "install", "--python", str(python)]
    subprocess.run([*uv, "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
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


def test_it_holds_the_runtime_of_handlers_in_node(names: list[str]) -> None:
    runtime = ROOT / "src" / "terrarium" / "local" / "compute" / "functions" / "lambda_runtime" / "node"
    files = {file.relative_to(ROOT / "src").as_posix() for file in runtime.iterdir()}
    assert any(name.endswith("/start.cjs") for name in files)
    assert files <= set(names)


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_holds_what_a_system_runs_and_no_more(names: list[str], system: str) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", f"systems/{system}"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    parts = {name: name.split("/")[2] for name in tracked.stdout.split()}
    assert {f"terrarium/{name}" for name, part in parts.items() if part not in STAYS} <= set(names)
    assert not [name for name in names if {*STAYS, ".terrarium", "__pycache__"} & set(name.split("/"))]


def test_what_is_imported_is_the_wheel(far: Path, tmp_path: Path) -> None:
    done = run(far, "python", "-c", "import terrarium; print(terrarium.__file__)", folder=tmp_path)
    assert done.stdout.startswith(str(far.parent))


def test_its_command_says_what_it_can_do(far: Path, tmp_path: Path) -> None:
    done = run(far, "terrarium", "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "up" in done.stdout.split()


def test_it_brings_a_system_up_that_someone_can_open(far: Path, tmp_path: Path) -> None:
    command = [str(far / "terrarium"), "up", "tictactoe", "--port", "0", "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            status = json.loads(_object(process) or process.communicate()[1])
            sites = [
                urlsplit(one["reached_at"]) for one in status["resources"] if one["reached_at"].startswith("http:")
            ]
            assert any("Tic" in _title(site) for site in sites)
            assert {Path(one["where"]).is_relative_to(far.parent) for one in status["resources"]} == {True}
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()
    assert process.returncode == 0


def _object(process: subprocess.Popen[str]) -> str:
    """The first JSON object that a process prints, or nothing where it ends before."""
    text = ""
    for line in process.stdout or ():
        text += line
        if line == "}\n":
            return text
    return ""


def _title(site: SplitResult) -> str:
    """The title of the page at an address below localhost, whether or not the machine resolves such names."""
    connection = HTTPConnection("127.0.0.1", site.port or 80, timeout=20)
    connection.request("GET", site.path, headers={"Host": site.netloc})
    page = connection.getresponse().read().decode()
    connection.close()
    found = re.search("<title>(.*?)</title>", page)
    return found[1] if found else ""
