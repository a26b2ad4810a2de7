"""Tumbling windows: a state over all invocations of a window, and one last invocation."""

from __future__ import annotations

import json
from typing import Any

from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.local.compute.functions.stream_window import LARGEST_STATE
from tests.unit.local.compute.functions.stream_source import fail, succeed
from tests.unit.local.compute.functions.test_stream_poller import ARN, World

START = 1_700_000_100  # a multiple of 60


class Counting(World):
    """A function that counts its records in the state."""

    def __init__(self) -> None:
        super().__init__(self.count)
        self.broken = False

    def count(self, values: list[str]) -> InvocationResult:
        if self.broken:
            return fail()
        state = self.events[-1]["state"]
        return succeed(json.dumps({"state": {"n": state.get("n", 0) + len(values)}}).encode())

    async def begin(self, **settings: Any) -> Any:
        await self.pass_time(START - self.clock.now() % 60 - int(self.clock.now() // 60) * 60)
        self.stream.shard()
        return await self.start(tumbling_window=60, **settings)

    @property
    def told(self) -> list[tuple[int, dict[str, int], bool]]:
        return [(len(e["Records"]), e["state"], e["isFinalInvokeForWindow"]) for e in self.events]


async def test_the_state_goes_from_one_invocation_to_the_next_and_ends_with_the_window() -> None:
    world = Counting()
    mapping = await world.begin(batch_size=2)
    world.stream.put("a", "b", "c")
    await world.pass_time(61)
    await mapping.stop()
    assert world.told == [(2, {}, False), (1, {"n": 2}, False), (0, {"n": 3}, True)]
    first = world.events[0]
    assert first["window"] == {"start": "2023-11-14T22:15:00Z", "end": "2023-11-14T22:16:00Z"}
    assert (first["shardId"], first["eventSourceARN"], first["isWindowTerminatedEarly"]) == ("one", ARN, False)


async def test_the_next_window_begins_with_an_empty_state() -> None:
    world = Counting()
    mapping = await world.begin()
    world.stream.put("a")
    await world.pass_time(70)
    world.stream.put("b")
    await world.pass_time(60)
    await mapping.stop()
    assert world.told == [(1, {}, False), (0, {"n": 1}, True), (1, {}, False), (0, {"n": 1}, True)]
    assert world.events[2]["window"]["start"] == "2023-11-14T22:16:00Z"


async def test_no_batch_has_records_of_two_windows() -> None:
    world = Counting()
    mapping = await world.begin(window=300)
    world.stream.put("a")
    await world.pass_time(59)
    world.stream.put("b")
    await world.pass_time(1.5)
    world.stream.put("c")
    await world.pass_time(70)
    await mapping.stop()
    assert [(len(e["Records"]), e["window"]["start"][-6:-1]) for e in world.events if e["Records"]] == [
        (2, "15:00"),
        (1, "16:00"),
    ]


async def test_an_answer_without_a_state_is_a_failure() -> None:
    world = World(lambda values: succeed(b'{"count": 1}'))
    world.stream.shard()
    world.stream.put("a")
    mapping = await world.start(tumbling_window=60, maximum_retry_attempts=1)
    await world.pass_time(5)
    await mapping.stop()
    assert len(world.delivered) == 2
    assert world.discarded[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"


async def test_nothing_goes_on_before_the_last_invocation_of_a_window_succeeds() -> None:
    world = Counting()
    mapping = await world.begin()
    world.stream.put("a")
    await world.pass_time(1)
    world.broken = True
    await world.pass_time(62)
    world.stream.put("b")
    await world.pass_time(1)
    assert {final for count, _, final in world.told[1:]} == {True}
    world.broken = False
    await world.pass_time(8)
    await mapping.stop()
    assert world.told[-1] == (1, {}, False)


async def test_a_window_goes_on_after_a_restart() -> None:
    world = Counting()
    mapping = await world.begin()
    world.stream.put("a")
    await world.pass_time(1)
    await mapping.stop()
    mapping = await world.start(tumbling_window=60)
    world.stream.put("b")
    await world.pass_time(60)
    await mapping.stop()
    assert world.told == [(1, {}, False), (1, {"n": 1}, False), (0, {"n": 2}, True)]


async def test_a_state_of_more_than_a_megabyte_ends_its_window_early() -> None:
    states = iter(["x" * LARGEST_STATE, "", "small", ""])
    world = World(lambda values: succeed(json.dumps({"state": {"x": next(states)}}).encode()))
    world.stream.shard()
    mapping = await world.start(tumbling_window=60, batch_size=1)
    world.stream.put("a", "b")
    await world.pass_time(1)
    await mapping.stop()
    early = [(len(e["Records"]), e["isWindowTerminatedEarly"], len(e["state"].get("x", ""))) for e in world.events]
    assert early == [(1, False, 0), (0, True, LARGEST_STATE), (1, False, 0)]


async def test_a_shard_that_ends_closes_its_window() -> None:
    world = Counting()
    mapping = await world.begin()
    world.stream.put("a")
    world.stream.shards["one"].closed = True
    world.stream._changes.set()
    await world.pass_time(1)
    await mapping.stop()
    assert world.told == [(1, {}, False), (0, {"n": 1}, True)]
