"""Versions beside the function that they were published of: each runs as it was, under its own name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terrarium.local.aws_error import AwsError
from tests.unit.local.compute.functions.laptop import Laptop, running, starting, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"
SAYS = """
import os
def handler(event, context):
    return {
        "said": %r,
        "version": [os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.function_version],
        "arn": context.invoked_function_arn,
        "stream": context.log_stream_name.partition("[")[2].partition("]")[0],
    }
"""


def with_version(laptop: Laptop, folder: Path) -> None:
    """The function says "new", its version 1 "old"."""
    laptop.write(SAYS % "old", "one/app.py")
    laptop.function(SAYS % "new")
    laptop.function(version="1", code=folder / "one")


async def test_a_version_runs_its_own_code_and_knows_its_number(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        expected = {"said": "old", "version": ["1", "1"], "arn": f"{ARN}:1", "stream": "1"}
        assert await laptop.result(name="hello:1") == expected


async def test_the_function_itself_is_latest_by_either_name(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        latest = {"said": "new", "version": ["$LATEST", "$LATEST"], "stream": "$LATEST"}
        assert await laptop.result() == latest | {"arn": ARN}
        assert await laptop.result(name="hello:$LATEST") == latest | {"arn": f"{ARN}:$LATEST"}


async def test_a_result_names_the_version_that_ran(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        assert (await laptop.invoke(name="hello:1")).executed_version == "1"


async def test_an_event_for_a_version_runs_that_version(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        laptop.functions.invoke_async("hello:1", b"{}")
        await until(lambda: bool(starting(laptop.log.lines, "REPORT")))
        assert starting(laptop.log.lines, "START")[0].endswith("Version: 1")


async def test_a_version_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            await laptop.invoke(name="hello:2")


async def test_a_version_that_is_removed_leaves_the_function(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        laptop.functions.remove("hello:1")
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            await laptop.invoke(name="hello:1")
        assert (await laptop.result())["said"] == "new"


async def test_changed_code_is_for_the_function_and_never_for_a_version(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        before = await laptop.result(name="hello:1")
        laptop.write(SAYS % "newer")
        laptop.functions.reload()
        assert (await laptop.result())["said"] == "newer"
        assert laptop.functions.workers("hello:1") == 1
        assert await laptop.result(name="hello:1") == before


async def test_functions_are_listed_once_whatever_versions_they_have(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        with_version(laptop, tmp_path)
        assert laptop.functions.names() == ("hello",)


async def test_what_a_function_reserves_is_shared_by_its_versions(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import time\ndef handler(event, context): time.sleep(30)", reserved_concurrency=1)
        laptop.function(version="1")
        first = asyncio.create_task(laptop.invoke())
        await until(lambda: laptop.functions.workers("hello") == 1)
        with pytest.raises(AwsError, match="TooManyRequestsException"):
            await laptop.invoke(name="hello:1")
        first.cancel()
