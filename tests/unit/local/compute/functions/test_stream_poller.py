from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions import StreamMapping, StreamRecords, StreamSettings
from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.testing.clock import ManualClock
from tests.unit.local.compute.functions.stream_source import Checkpoints, MemoryStream, fail, succeed

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2024-01-01T00:00:00.000"


class World:
    """A stream, a function that a test scripts, and a mapping between them."""

    def __init__(self, answer: Callable[[list[str]], InvocationResult] = lambda values: succeed()) -> None:
        self.clock = ManualClock()
        self.stream = MemoryStream(self.clock)
        self.checkpoints = Checkpoints()
        self.answer = answer
        self.delivered: list[list[str]] = []
        self.events: list[dict[str, Any]] = []
        self.discarded: list[dict[str, Any]] = []
        self.given_up: list[tuple[dict[str, Any], str, dict[str, str]]] = []

    async def invoke(self, name: str, payload: bytes) -> InvocationResult:
        event = json.loads(payload)
        self.events.append(event)
        values = [record["dynamodb"]["NewImage"]["value"]["S"] for record in event["Records"]]
        self.delivered.append(values)
        return self.answer(values)

    async def give_up(self, record: dict[str, Any], event: bytes, shard: str) -> None:
        self.discarded.append(record)
        self.given_up.append((json.loads(event), shard, dict(self.checkpoints)))

    async def start(self, **settings: Any) -> StreamMapping:
        mapping = StreamMapping(
            StreamSettings(ARN, "hello", **settings),
            records=self.stream,
            invoke=self.invoke,
            clock=self.clock,
            checkpoints=self.checkpoints,
            discarded=self.give_up,
        )
        await mapping.start()
        await self.pass_time(0)
        return mapping

    async def pass_time(self, seconds: float) -> None:
        for _ in range(5):  # each hop between shard, reader and function takes some turns of the loop
            await self.clock.advance(0)
        await self.clock.advance(seconds)
        for _ in range(5):
            await self.clock.advance(0)


async def test_records_reach_the_function_in_order_and_in_lambdas_shape() -> None:
    world = World()
    world.stream.shard()
    world.stream.put("a", "b", "c")
    mapping = await world.start(batch_size=2)
    await mapping.stop()
    assert world.delivered == [["a", "b"], ["c"]]
    assert world.events[0]["Records"][0] == {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": ARN,
        "dynamodb": {
            "SequenceNumber": "000000000000000000001",
            "ApproximateCreationDateTime": int(world.clock.now()),
            "NewImage": {"value": {"S": "a"}},
        },
    }


async def test_a_new_record_is_delivered_without_time_passing() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start()
    world.stream.put("now")
    await world.pass_time(0)
    await mapping.stop()
    assert world.delivered == [["now"]]


async def test_latest_begins_with_what_comes_next() -> None:
    world = World()
    world.stream.shard()
    world.stream.put("before")
    mapping = await world.start(starting_position="LATEST")
    world.stream.put("after")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["after"]]


async def test_a_restart_goes_on_after_what_was_done() -> None:
    world = World()
    world.stream.shard()
    world.stream.put("a")
    await (await world.start()).stop()
    world.stream.put("b")
    await (await world.start()).stop()
    assert world.delivered == [["a"], ["b"]]


async def test_what_came_while_a_latest_mapping_was_down_is_delivered() -> None:
    world = World()
    world.stream.shard()
    world.stream.put("before")
    await world.pass_time(10)
    await (await world.start(starting_position="LATEST")).stop()
    world.stream.put("meanwhile")
    await (await world.start(starting_position="LATEST")).stop()
    assert world.delivered == [["meanwhile"]]


async def test_a_failing_batch_holds_up_its_shard_until_it_succeeds() -> None:
    failures = iter([True, True, False, False])
    world = World(lambda values: fail() if next(failures) else succeed())
    world.stream.shard()
    world.stream.put("a")
    mapping = await world.start()
    world.stream.put("b")
    await world.pass_time(0.9)
    assert world.delivered == [["a"]]
    await world.pass_time(0.1)
    assert world.delivered == [["a"], ["a"]]
    assert not world.checkpoints
    await world.pass_time(2)
    await mapping.stop()
    assert world.delivered == [["a"], ["a"], ["a"], ["b"]]


async def test_another_shard_goes_on_meanwhile() -> None:
    world = World(lambda values: fail() if values == ["bad"] else succeed())
    world.stream.shard("one")
    world.stream.shard("two")
    world.stream.put("bad", shard="one")
    mapping = await world.start()
    world.stream.put("good", shard="two")
    await world.pass_time(0.5)
    await mapping.stop()
    assert ["good"] in world.delivered


async def test_children_wait_for_their_parent_shard() -> None:
    world = World()
    parent = world.stream.shard("parent")
    world.stream.shard("child", parent="parent")
    world.stream.put("second", shard="child")
    mapping = await world.start()
    assert world.delivered == []
    world.stream.put("first", shard="parent")
    parent.closed = True
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["first"], ["second"]]


async def test_a_shard_that_appears_later_is_read_from_its_beginning_even_from_latest() -> None:
    world = World()
    first = world.stream.shard("one")
    mapping = await world.start(starting_position="LATEST")
    world.stream.shard("two", parent="one")
    world.stream.put("early", shard="two")
    first.closed = True
    world.stream.put("last", shard="one")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["last"], ["early"]]


async def test_a_shard_that_appears_while_the_mapping_is_down_is_read_whole() -> None:
    world = World()
    first = world.stream.shard("one")
    await (await world.start(starting_position="LATEST")).stop()
    first.closed = True
    world.stream.shard("two", parent="one")
    world.stream.put("meanwhile", shard="two")
    mapping = await world.start(starting_position="LATEST")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["meanwhile"]]


async def test_latest_skips_what_is_in_any_shard_already() -> None:
    world = World()
    world.stream.shard("one").closed = True
    world.stream.shard("two", parent="one")
    world.stream.put("old", shard="one")
    world.stream.put("old", shard="two")
    mapping = await world.start(starting_position="LATEST")
    await world.pass_time(1)
    world.stream.put("new", shard="two")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["new"]]


async def test_a_batch_is_given_up_after_its_retries_and_the_shard_goes_on() -> None:
    world = World(lambda values: fail() if values == ["bad"] else succeed())
    world.stream.shard()
    world.stream.put("bad", "good")
    mapping = await world.start(batch_size=1, maximum_retry_attempts=1, function_arn="arn:hello")
    await world.pass_time(10)
    await mapping.stop()
    assert world.delivered == [["bad"], ["bad"], ["good"]]
    [record] = world.discarded
    assert record["requestContext"] == {
        "requestId": "request",
        "functionArn": "arn:hello",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2,
    }
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["DDBStreamBatchInfo"]["startSequenceNumber"] == "000000000000000000001"
    assert (record["DDBStreamBatchInfo"]["batchSize"], record["DDBStreamBatchInfo"]["streamArn"]) == (1, ARN)


async def test_a_batch_is_told_whole_and_before_the_shard_goes_on() -> None:
    world = World(lambda values: fail())
    world.stream.shard()
    world.stream.put("bad")
    mapping = await world.start(maximum_retry_attempts=0)
    await world.pass_time(2)
    await mapping.stop()
    [(event, shard, checkpoints)] = world.given_up
    assert (event["Records"][0]["eventSourceARN"], shard, checkpoints) == (ARN, "one", {})
    assert world.checkpoints == {"one": "000000000000000000001"}


async def test_reported_failures_are_the_only_ones_to_come_again() -> None:
    answers = iter(["000000000000000000002", None])

    def answer(values: list[str]) -> InvocationResult:
        number = next(answers)
        failures = [] if number is None else [{"itemIdentifier": number}]
        return succeed(json.dumps({"batchItemFailures": failures}).encode())

    world = World(answer)
    world.stream.shard()
    world.stream.put("a", "b", "c")
    mapping = await world.start(report_batch_item_failures=True)
    assert world.checkpoints == {"one": "000000000000000000001"}
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["a", "b", "c"], ["b", "c"]]


async def test_failures_are_not_looked_for_unless_asked() -> None:
    world = World(lambda values: succeed(b'{"batchItemFailures": [{"itemIdentifier": ""}]}'))
    world.stream.shard()
    world.stream.put("a")
    mapping = await world.start()
    await world.pass_time(60)
    await mapping.stop()
    assert world.delivered == [["a"]]


async def test_a_throttled_function_is_tried_again_and_never_given_up() -> None:
    def answer(values: list[str]) -> InvocationResult:
        if len(world.delivered) < 4:
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
        return succeed()

    world = World(answer)
    world.stream.shard()
    world.stream.put("a")
    mapping = await world.start(maximum_retry_attempts=0)
    await world.pass_time(7)
    await mapping.stop()
    assert world.delivered == [["a"]] * 4
    assert not world.discarded


async def test_a_window_gathers_records() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start(window=5, batch_size=10)
    for value in "abc":
        world.stream.put(value)
        await world.pass_time(1)
    assert world.delivered == []
    await world.pass_time(2)
    await mapping.stop()
    assert world.delivered == [["a", "b", "c"]]


async def test_a_full_batch_does_not_wait_for_its_window() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start(window=300, batch_size=2)
    world.stream.put("a", "b", "c")
    await world.pass_time(0)
    await mapping.stop()
    assert world.delivered == [["a", "b"]]


async def test_a_batch_stays_below_what_an_invocation_may_carry() -> None:
    world = World()
    world.stream.shard()
    large = "x" * 390_000
    world.stream.put(*[large] * 20)
    mapping = await world.start()
    await world.pass_time(1)
    await mapping.stop()
    assert [len(values) for values in world.delivered] == [16, 4]


async def test_an_expired_iterator_is_replaced() -> None:
    world = World()
    world.stream.shard()
    world.stream.put("a")
    mapping = await world.start()
    world.stream.expired.add("one:1")
    world.stream.put("b")
    await world.pass_time(1)
    world.stream.expired.clear()
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["a"], ["b"]]


async def test_the_streams_api_is_used_page_by_page() -> None:
    calls: list[tuple[str, dict[str, Any]]] = []

    async def call(operation: str, body: dict[str, Any], /) -> dict[str, Any]:
        calls.append((operation, body))
        if operation == "DescribeStream":
            last = {} if "ExclusiveStartShardId" in body else {"LastEvaluatedShardId": "s1"}
            return {"StreamDescription": {"Shards": [{"ShardId": "s2" if not last else "s1"}], **last}}
        if operation == "GetShardIterator":
            return {"ShardIterator": "it"}
        return {"Records": [], "NextShardIterator": "it2"}

    async def changed(arn: str, after: str | None) -> None:
        calls.append(("changed", {"arn": arn, "after": after}))

    records = StreamRecords(ARN, call, changed)
    assert [shard["ShardId"] for shard in await records.get_shards()] == ["s1", "s2"]
    assert await records.get_iterator("s1", "AFTER_SEQUENCE_NUMBER", "7") == "it"
    assert await records.get_records("it", 5000) == {"Records": [], "NextShardIterator": "it2"}
    await records.changed("7")
    assert calls[2:] == [
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": "s1", "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "7"},
        ),
        ("GetRecords", {"ShardIterator": "it", "Limit": 1000}),
        ("changed", {"arn": ARN, "after": "7"}),
    ]


@pytest.mark.parametrize("code", ["ResourceNotFoundException"])
async def test_a_stream_that_is_not_there_is_waited_for(code: str) -> None:
    world = World()
    there = world.stream.get_shards
    missing = True

    async def get_shards() -> list[dict[str, Any]]:
        if missing:
            raise AwsError(code, "no such stream")
        return await there()

    world.stream.get_shards = get_shards  # type: ignore[method-assign] # the stream appears later
    mapping = await world.start()
    world.stream.shard()
    world.stream.put("a")
    missing = False
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["a"]]


def only(*values: str) -> Callable[[dict[str, Any]], bool]:
    return lambda record: record["dynamodb"]["NewImage"]["value"]["S"] in values


async def test_records_that_nobody_wants_are_passed_over_and_not_looked_at_again() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start(wanted=only("a", "c"))
    world.stream.put("x", "y")
    await world.pass_time(1)
    assert (world.delivered, world.checkpoints) == ([], {"one": "000000000000000000002"})
    world.stream.put("a", "b", "c", "z")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["a", "c"]]
    assert world.checkpoints == {"one": "000000000000000000006"}


async def test_no_place_is_kept_behind_records_that_are_not_done() -> None:
    world = World(lambda values: fail())
    world.stream.shard()
    world.stream.put("a", "x", "x")
    mapping = await world.start(wanted=only("a"))
    await world.pass_time(10)
    world.stream.put("x")
    await world.pass_time(10)
    await mapping.stop()
    assert world.checkpoints == {}


async def test_a_full_batch_is_one_of_wanted_records() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start(wanted=only("a", "b", "c"), batch_size=2, window=300)
    world.stream.put("x", "a", "x", "x", "b", "x", "c")
    await world.pass_time(1)
    await mapping.stop()
    assert world.delivered == [["a", "b"]]
