"""Functions in other versions of Python than Terrarium's own, where this machine has them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from terrarium.local.compute.functions import runtimes
from tests.unit.local.compute.functions.laptop import RUNS_IN, alive, running, until

OTHERS = [
    name for name in (f"python3.{minor}" for minor in range(10, 16)) if runtimes.runtime(name).interpreter is not None
]
needs_another = pytest.mark.skipif(not OTHERS, reason="no other version of Python that Lambda has is on the PATH")
VERSION = "import sys\ndef handler(event, context): return list(sys.version_info[:2])"


def executable(folder: Path, text: str = "\x7fELF") -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text(text)
    folder.chmod(0o755)
    return folder


@needs_another
async def test_a_function_runs_in_the_version_that_it_names(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        for runtime in OTHERS:
            laptop.function(VERSION, runtime=runtime)
            assert await laptop.result() == [3, int(runtime.rpartition(".")[2])]
        assert not [event for event in laptop.events if event.kind == "version"]


@needs_another
async def test_another_version_is_lent_the_sdk_and_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import boto3, os
            from boto3.dynamodb.conditions import Key
            def handler(event, context):
                boto3.client("dynamodb")
                missing = []
                for name in ("aiohttp", "terrarium", "pytest", "pip"):
                    try:
                        __import__(name)
                    except ModuleNotFoundError:
                        missing.append(name)
                return [missing, os.environ["AWS_EXECUTION_ENV"]]
            """,
            runtime=OTHERS[-1],
        )
        missing = ["aiohttp", "terrarium", "pytest", "pip"]
        assert await laptop.result() == [missing, f"AWS_Lambda_{OTHERS[-1]}"]


@needs_another
async def test_the_packages_of_a_layer_are_those_of_the_version(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    for version in (OTHERS[-1], RUNS_IN):
        folder = layer / "python" / "lib" / version / "site-packages"
        folder.mkdir(parents=True)
        (folder / "compiled.py").write_text(f"version = {version!r}")
    async with running(tmp_path / "code") as laptop:
        text = "import compiled\ndef handler(event, context): return compiled.version"
        laptop.function(text, runtime=OTHERS[-1], layers=(layer,))
        assert await laptop.result() == OTHERS[-1]


@needs_another
async def test_functions_of_two_versions_run_side_by_side_and_one_dying_does_not_harm_the_other(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        text = "import os, sys\ndef handler(event, context): return [sys.version_info[1], os.getppid()]"
        laptop.function(text, name="own")
        laptop.function(name="other", runtime=OTHERS[-1])
        (own, parent), (other, second) = await laptop.result(name="own"), await laptop.result(name="other")
        assert own == sys.version_info.minor != other
        os.kill(second, signal.SIGKILL)
        await until(lambda: not alive(second) and not laptop.functions.workers("other"))
        assert await laptop.result(name="own") == [own, parent]
        assert (await laptop.result(name="other"))[0] == other


async def test_where_the_version_is_not_there_terrariums_own_runs_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = f"python3.{sys.version_info.minor + 1}"
    monkeypatch.setenv("PATH", str(tmp_path))
    async with running(tmp_path) as laptop:
        laptop.function(VERSION, runtime=other)
        assert await laptop.result() == list(sys.version_info[:2])
        [said] = [event for event in laptop.events if event.kind == "version"]
    assert said.detail == {"runtime": other, "runs_in": RUNS_IN}


@pytest.mark.parametrize("link", [False, True])
def test_an_interpreter_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: bool) -> None:
    program = executable(tmp_path / "real" / "python3.99")
    if link:
        (tmp_path / "python3.99").symlink_to(program)
        program = tmp_path / "python3.99"
    monkeypatch.setenv("PATH", str(program.parent))
    assert runtimes.runtime("python3.99").interpreter == program


def test_of_those_that_pyenv_chooses_from_the_newest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "shims" / "python3.98", "#!/bin/sh\nexit 1\n")
    for version in ("3.98.2", "3.98.10"):
        executable(tmp_path / "versions" / version / "bin" / "python3.98")
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    assert runtimes.runtime("python3.98").interpreter == tmp_path / "versions" / "3.98.10" / "bin" / "python3.98"


def test_a_script_that_only_has_the_name_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(tmp_path / "bin" / "python3.97", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert runtimes.runtime("python3.97").name == RUNS_IN


def test_versions_older_than_what_runs_in_workers_run_in_terrariums_own() -> None:
    assert runtimes.runtime("python3.9").name == RUNS_IN
