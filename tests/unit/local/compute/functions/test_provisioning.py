"""Provisioned concurrency: workers that are there before anybody needs them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions import Alias
from terrarium.local.compute.functions.provisioning import MOST, spread
from tests.unit.local.compute.functions.laptop import Laptop, running, until

HOW = """
import os
def handler(event, context): return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], os.getpid()]
"""


def test_an_alias_of_two_versions_shares_by_weight() -> None:
    assert spread({"f:live": 10}, {"f:live": Alias("1", {"2": 0.25})}) == {"f:live": {"f:1": 8, "f:2": 3}}
    assert spread({"f:live": 10, "f:3": 2}, {"f:live": Alias("1")}) == {"f:live": {"f:1": 10}, "f:3": {"f:3": 2}}


@given(st.dictionaries(st.sampled_from(["f:1", "f:2", "g:live"]), st.integers(1, 2000)), st.floats(0, 1))
def test_a_laptop_keeps_no_more_than_it_holds(wanted: dict[str, int], weight: float) -> None:
    found = spread(wanted, {"g:live": Alias("1", {"2": weight})})
    assert sum(sum(kept.values()) for kept in found.values()) <= MOST
    assert found.keys() == wanted.keys()


async def ready(laptop: Laptop, target: str, count: int) -> None:
    await until(lambda: laptop.functions.provisioned(target).available == count)


async def test_kept_workers_are_initialised_ahead_and_say_so(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(HOW)
        laptop.function(version="1")
        laptop.functions.provision("hello:1", 2)
        await ready(laptop, "hello:1", 2)
        assert laptop.functions.workers("hello:1") == 2
        assert (await laptop.result(name="hello:1"))[0] == "provisioned-concurrency"
        assert (await laptop.result())[0] == "on-demand"


async def test_a_kept_worker_that_ends_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import os\ndef handler(event, context): os._exit(3)")
        laptop.function(version="1")
        laptop.functions.provision("hello:1", 1)
        await ready(laptop, "hello:1", 1)
        await laptop.error(name="hello:1")
        await ready(laptop, "hello:1", 1)
        assert laptop.functions.workers("hello:1") == 1


async def test_workers_follow_their_alias(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(HOW)
        for version in ("1", "2"):
            laptop.function(version=version)
        laptop.functions.put_alias("hello:live", Alias("1"))
        laptop.functions.provision("hello:live", 1)
        await ready(laptop, "hello:live", 1)
        laptop.functions.put_alias("hello:live", Alias("2"))
        await ready(laptop, "hello:live", 1)
        kind, process = await laptop.result(name="hello:2")
        assert kind == "provisioned-concurrency"
        assert (await laptop.result(name="hello:live"))[1] == process


async def test_a_handler_that_cannot_be_loaded_is_not_tried_forever(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("raise ValueError")
        laptop.function(version="1")
        laptop.functions.provision("hello:1", 2)
        await until(lambda: laptop.functions.provisioned("hello:1").failed)
        await until(lambda: laptop.functions.workers("hello:1") == 0)
        assert laptop.functions.provisioned("hello:1").available == 0


async def test_kept_workers_are_not_sent_away_for_others(tmp_path: Path) -> None:
    async with running(tmp_path, most_workers=2) as laptop:
        laptop.function(HOW)
        laptop.function(version="1")
        laptop.functions.provision("hello:1", 1)
        await ready(laptop, "hello:1", 1)
        laptop.function(HOW, name="other")
        await laptop.result()
        await laptop.result(name="other")
        assert laptop.functions.workers("hello:1") == 1
        assert laptop.functions.workers("hello") == 0


async def test_what_is_provisioned_no_more_may_go(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(HOW)
        laptop.function(version="1")
        laptop.functions.provision("hello:1", 1)
        await ready(laptop, "hello:1", 1)
        laptop.functions.provision("hello:1", 0)
        assert len(laptop.functions._functions["hello:1"].spare) == 1
