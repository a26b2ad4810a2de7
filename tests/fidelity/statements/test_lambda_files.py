"""Lambda: the file system of an environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fidelity.statement import source
from tests.fidelity.statements.test_lambda_invoke import invoke, result
from tests.fidelity.targets.target import Target

pytestmark = pytest.mark.mounts
STORAGE = "https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
LIFE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"
IMAGES = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"


def found(target: Target, name: str) -> Any:
    """What the handler `files` finds, which leaves a file of that name."""
    return result(invoke(target, "files", {"name": name}))


@source(STORAGE)
def test_size_of_tmp(target: Target, fresh: str) -> None:
    """/tmp holds 512 MB where a function asks for nothing else."""
    assert 480 <= found(target, fresh)["megabytes"] <= 560


@source(LIFE)
def test_tmp_is_kept(target: Target, fresh: str) -> None:
    """What an invocation leaves in /tmp is there for the next one in the same environment."""
    assert [found(target, fresh)["before"] for _ in range(2)] == [False, True]


@source(VARIABLES)
def test_place_of_code(target: Target, fresh: str) -> None:
    """The code lies at /var/task."""
    assert found(target, fresh)["code"] == "/var/task"


@source(IMAGES)
def test_code_is_read_only(target: Target, fresh: str) -> None:
    """A handler cannot write beside its code: the file system is read-only but for /tmp."""
    assert found(target, fresh)["refused"] == "Read-only file system"
