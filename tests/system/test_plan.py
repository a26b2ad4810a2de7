"""Terraform plans what `terrarium build` writes, against the AWS of this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from terrarium.cli.tfvars import read
from terrarium.load import load, systems
from terrarium.model.resolve import resolve
from tests.system.conftest import Up, terrarium
from tests.unit.terraform.commands import initialised, terraform


@pytest.mark.terraform
@pytest.mark.slow
def test_tictactoe_is_planned_against_its_own_laptop_cloud(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = up("tictactoe")
    built = terrarium(tmp_path, "build", "tictactoe", "--out", "out", "--no-packages")
    assert built.returncode == 0, built.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{system.port}")

    planned = terraform(initialised(tmp_path / "out"), "plan", "-input=false", "-no-color")

    assert planned.returncode == 0, planned.stderr
    resources = sum(1 for line in planned.stdout.splitlines() if line.endswith("will be created"))
    assert f"Plan: {resources} to add, 0 to change, 0 to destroy." in planned.stdout
    assert "module.compute.aws_instance.jpro_instance will be created" in planned.stdout
    assert resources > 100


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)  # a plan for each
def test_chat_is_planned_as_each_of_its_environments_resolves(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = up("empty")
    built = terrarium(tmp_path, "build", "chat", "--out", "out")
    assert built.returncode == 0, built.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{system.port}")
    out = initialised(tmp_path / "out")
    for file in (systems()["chat"].parent / "environments").glob("*.tfvars"):
        wanted = resolve(load("chat"), {name: given.value for name, given in read(file).items()}).instances

        planned = terraform(out, "plan", "-input=false", "-no-color", f"-var-file={file}")

        assert planned.returncode == 0, f"{file.name}: {planned.stderr}"
        assert f"Plan: {len(wanted)} to add, 0 to change, 0 to destroy." in planned.stdout, file.name
