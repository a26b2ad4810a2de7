from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.concurrency import Concurrency
from terrarium.testing.clock import ManualClock
from tests.unit.local.compute.functions.laptop import alive, running, until

MEETS = """
    import os, pathlib, time
    def handler(event, context):
        folder = pathlib.Path(event)
        (folder / f"here-{os.getpid()}").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
        return os.getpid()
    """


def waiting_in(folder: Path) -> int:
    return len(list(folder.glob("here-*")))


def test_a_reservation_is_a_limit_and_comes_out_of_what_others_have() -> None:
    reserved = {"a": 2, "b": None}
    counts = Concurrency(reserved.get, lambda: 2, account=3)
    assert [counts.enter("a"), counts.enter("a"), counts.enter("b")] == [False, False, True]
    with pytest.raises(AwsError) as full:
        counts.enter("a")
    with pytest.raises(AwsError) as account:
        counts.enter("b")
    assert full.value.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert account.value.fields["Reason"] == "ConcurrentInvocationLimitExceeded"
    counts.leave("b", unreserved=True)
    counts.leave("a", unreserved=False)
    assert [counts.enter("a"), counts.enter("b")] == [False, True]


def test_a_reservation_of_nothing_switches_a_function_off() -> None:
    with pytest.raises(AwsError):
        Concurrency(lambda name: 0, lambda: 0).enter("a")


async def test_beyond_the_reserved_concurrency_an_invocation_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        laptop.function(MEETS, reserved_concurrency=2)
        running_now = [asyncio.create_task(laptop.result(str(meeting))) for _ in range(2)]
        await until(lambda: waiting_in(meeting) == 2)
        with pytest.raises(AwsError) as caught:
            await laptop.invoke(str(meeting))
        (meeting / "go").touch()
        await asyncio.gather(*running_now)
        await laptop.result(str(meeting))
    assert (caught.value.code, caught.value.message, caught.value.status) == (
        "TooManyRequestsException",
        "Rate Exceeded.",
        429,
    )
    assert caught.value.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert [event.detail for event in laptop.events if event.kind == "throttled"] == [
        {"reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}
    ]


async def test_with_fewer_processes_than_invocations_they_wait_and_are_all_served(tmp_path: Path) -> None:
    async with running(tmp_path, most_workers=2) as laptop:
        laptop.function("import os, time\ndef handler(event, context): time.sleep(0.02); return os.getpid()")
        pids = await asyncio.gather(*[laptop.result() for _ in range(12)])
    assert len(set(pids)) <= 2


async def test_an_idle_worker_of_one_function_makes_room_for_another(tmp_path: Path) -> None:
    async with running(tmp_path, most_workers=1) as laptop:
        laptop.function("import os\ndef handler(event, context): return os.getpid()", name="one")
        laptop.function(name="two")
        first = await laptop.result(name="one")
        second = await laptop.result(name="two")
        await until(lambda: not alive(first))
        assert second != first


async def test_what_waits_while_a_function_is_updated_runs_with_the_update(tmp_path: Path) -> None:
    async with running(tmp_path / "code", most_workers=1) as laptop:
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        laptop.function(MEETS)
        first = asyncio.create_task(laptop.result(str(meeting)))
        await until(lambda: waiting_in(meeting) == 1)
        second = asyncio.create_task(laptop.result(str(meeting)))
        await asyncio.sleep(0)
        laptop.function("def handler(event, context): return 'updated'", memory=512)
        (meeting / "go").touch()
        assert await second == "updated"
        assert await first != "updated"


async def test_what_waits_while_a_function_is_removed_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path / "code", most_workers=1) as laptop:
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        laptop.function(MEETS)
        first = asyncio.create_task(laptop.result(str(meeting)))
        await until(lambda: waiting_in(meeting) == 1)
        second = asyncio.create_task(laptop.result(str(meeting)))
        await asyncio.sleep(0)
        laptop.functions.remove("hello")
        (meeting / "go").touch()
        with pytest.raises(AwsError, match="Function not found"):
            await second
        await first


async def test_the_worker_used_last_is_used_first(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        laptop.function(MEETS)
        both = [asyncio.create_task(laptop.result(str(meeting))) for _ in range(2)]
        await until(lambda: waiting_in(meeting) == 2)
        (meeting / "go").touch()
        await asyncio.gather(*both)
        again = [await laptop.result(str(meeting)) for _ in range(4)]
    assert len(set(again)) == 1


async def test_idle_workers_are_retired_after_five_minutes(tmp_path: Path) -> None:
    clock = ManualClock()
    async with running(tmp_path, clock) as laptop:
        laptop.function("import os\ndef handler(event, context): return os.getpid()")
        pid = await laptop.result()
        await clock.advance(299)
        assert await laptop.result() == pid
        await clock.advance(299)
        assert alive(pid)
        await clock.advance(1)
        await until(lambda: not alive(pid))
        assert await laptop.result() != pid
