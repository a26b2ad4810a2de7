"""Aliases: one name for one version, or for two by weight."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions import Alias, EventSettings
from tests.unit.local.compute.functions.laptop import running, starting, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"
TELLS = "def handler(event, context): return [context.function_version, context.invoked_function_arn]"


@given(st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_a_share_of_chance_runs_the_second_version(share: float, draw: float) -> None:
    assert Alias("1", {"2": share}).choose(draw) == ("2" if draw < share else "1")


async def test_an_alias_runs_its_version_under_its_own_arn(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(TELLS)
        laptop.function(version="1")
        laptop.functions.put_alias("hello:live", Alias("1"))
        assert await laptop.result(name="hello:live") == ["1", f"{ARN}:live"]
        laptop.functions.put_alias("hello:live", Alias("$LATEST"))
        assert await laptop.result(name="hello:live") == ["$LATEST", f"{ARN}:live"]


async def test_each_invocation_of_two_versions_is_decided_by_chance(tmp_path: Path) -> None:
    draws = iter([0.0, 0.24, 0.25, 0.99])
    async with running(tmp_path, chance=lambda: next(draws)) as laptop:
        laptop.function(TELLS)
        for version in ("1", "2"):
            laptop.function(version=version)
        laptop.functions.put_alias("hello:live", Alias("1", {"2": 0.25}))
        assert [(await laptop.invoke(name="hello:live")).executed_version for _ in range(4)] == ["2", "2", "1", "1"]
        assert laptop.functions.get("hello:live").version == "1"


async def test_an_alias_that_is_gone_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(TELLS)
        laptop.functions.put_alias("hello:live", Alias("$LATEST"))
        laptop.functions.remove_alias("hello:live")
        with pytest.raises(AwsError, match="ResourceNotFoundException"):
            await laptop.invoke(name="hello:live")


async def test_events_for_an_alias_are_treated_as_the_alias_says(tmp_path: Path) -> None:
    concluded: list[object] = []
    async with running(tmp_path, concluded=lambda *told: concluded.append(told)) as laptop:
        laptop.function("def handler(event, context): raise ValueError")
        laptop.functions.put_alias("hello:live", Alias("$LATEST"))
        laptop.functions.configure_events("hello:live", EventSettings(maximum_retry_attempts=0))
        laptop.functions.invoke_async("hello:live", b"{}")
        laptop.functions.invoke_async("hello", b"{}")  # which waits a minute for its first retry
        await until(lambda: len(starting(laptop.log.lines, "REPORT")) == 2)
        await until(lambda: bool(concluded))
        assert len(concluded) == 1
