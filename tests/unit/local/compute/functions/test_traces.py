from __future__ import annotations

import re
from pathlib import Path

import pytest

from terrarium.local.compute.functions.traces import Sampler, trace
from tests.unit.local.compute.functions.laptop import running

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
NOW = 1_700_000_000.5


def sampler(chance: float = 1.0) -> Sampler:
    return Sampler(lambda: chance)


def test_the_first_request_of_a_second_is_sampled_and_one_in_twenty_beyond() -> None:
    seldom, often = sampler(0.05), sampler(0.04)
    assert [seldom.samples(now) for now in (1.0, 1.5, 2.0, 2.9)] == [True, False, True, False]
    assert [often.samples(now) for now in (1.0, 1.5)] == [True, True]


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("sampled", ["0", "1"])
def test_what_somebody_before_has_decided_holds(active: bool, sampled: str) -> None:
    made = trace(f"Root={ROOT};Parent={PARENT};Sampled={sampled}", active=active, sampler=sampler(), now=NOW)
    assert made.startswith(f"Root={ROOT};Parent=")
    assert made.endswith(f";Sampled={sampled}")
    assert (PARENT in made) is not active


@pytest.mark.parametrize(("active", "sampled"), [(True, ["1", "0"]), (False, ["0", "0"])])
def test_where_nobody_has_only_an_active_function_samples(active: bool, sampled: list[str]) -> None:
    rule = sampler()
    made = [trace(f"Root={ROOT};Sampled=?", active=active, sampler=rule, now=NOW) for _ in range(2)]
    assert [one[-1] for one in made] == sampled
    assert all(one.startswith(f"Root={ROOT};") for one in made)


@pytest.mark.parametrize("sent", ["", "nonsense", "Root=1-2-3;Sampled=1", "Root=;;;=", "x" * 9000])
def test_what_is_no_trace_begins_a_new_one(sent: str) -> None:
    made = trace(sent, active=False, sampler=sampler(), now=NOW)
    assert re.fullmatch(r"Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", made)


async def test_a_handler_finds_the_trace_of_its_caller(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']", traced=True)
        sent = f"Root={ROOT};Parent={PARENT};Sampled=0"
        result = await laptop.functions.invoke("hello", b"{}", trace=sent)
        assert re.fullmatch(rf'"Root={ROOT};Parent=[0-9a-f]{{16}};Sampled=0"'.encode(), result.payload)
        assert (await laptop.result()).endswith("Sampled=1")
