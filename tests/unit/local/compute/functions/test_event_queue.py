from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.event_attempts import EventAttempts, EventSettings
from terrarium.local.compute.functions.event_queue import Conclusion, EventQueue, Record
from terrarium.local.compute.functions.event_store import EventStore
from terrarium.local.compute.functions.meter import NoMeter
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult
from terrarium.testing.clock import ManualClock
from tests.unit.local.compute.functions.laptop import running, starting, until

HELLO = FunctionSettings(
    "hello", "arn:hello", "app.handler", "python3.12", Path(), (), {}, 3, 128, "us-east-1", "/aws/lambda/hello", "role"
)


def test_a_function_that_fails_is_tried_a_minute_and_two_minutes_later() -> None:
    attempts = EventAttempts(EventSettings(), accepted=0)
    assert [attempts.failed(0), attempts.failed(60), attempts.failed(180)] == [60, 120, None]
    assert (attempts.condition, attempts.invocations) == ("RetriesExhausted", 3)


def test_retries_can_be_switched_off() -> None:
    attempts = EventAttempts(EventSettings(maximum_retry_attempts=0), accepted=0)
    assert attempts.failed(0) is None


def test_throttling_backs_off_from_a_second_to_five_minutes_until_the_event_is_too_old() -> None:
    attempts = EventAttempts(EventSettings(), accepted=0)
    now, delays = 0.0, []
    while (delay := attempts.refused(now)) is not None:
        delays.append(delay)
        now += delay
    assert delays[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert set(delays[10:]) == {300}
    assert 21_300 < now <= 21_600
    assert (attempts.condition, attempts.invocations) == ("EventAgeExceeded", 0)


def test_an_event_too_old_for_its_retry_is_given_up() -> None:
    attempts = EventAttempts(EventSettings(maximum_event_age=60), accepted=0)
    assert attempts.failed(1) is None
    assert attempts.condition == "EventAgeExceeded"


class World:
    def __init__(
        self, *answers: InvocationResult | AwsError, file: Path | None = None, clock: ManualClock | None = None
    ) -> None:
        self.clock = clock or ManualClock()
        self.answers = list(answers)
        self.calls: list[tuple[str, bytes, str, float]] = []
        self.conclusions: list[Conclusion] = []
        self.queue = EventQueue(self.clock, self.invoke, self.conclusions.append, store=EventStore(file))

    async def invoke(self, name: str, payload: bytes, request_id: str) -> InvocationResult:
        self.calls.append((name, payload, request_id, self.clock.now()))
        answer = self.answers.pop(0)
        if isinstance(answer, AwsError):
            raise answer
        return answer

    def put(self, function: FunctionSettings = HELLO, target: str = "") -> None:
        self.queue.put(function, EventSettings(), b'{"n": 1}', "id-1", target)

    @property
    def record(self) -> Record:
        [conclusion] = self.conclusions
        return conclusion.record


FINE = InvocationResult(b'"done"', None, "id-1", b"", "$LATEST", 1.0)
BAD = InvocationResult(b'{"errorType":"ValueError"}', "Unhandled", "id-1", b"", "$LATEST", 1.0)
THROTTLED = AwsError("TooManyRequestsException", "Rate Exceeded.", 429)


async def test_every_attempt_carries_the_same_request_id_and_payload() -> None:
    world = World(BAD, THROTTLED, BAD, BAD)
    start = world.clock.now()
    world.put()
    await world.clock.advance(1000)
    assert [(call[0], call[1], call[2]) for call in world.calls] == [("hello", b'{"n": 1}', "id-1")] * 4
    assert [call[3] - start for call in world.calls] == [0, 60, 61, 181]


async def test_the_record_of_a_failure_says_what_was_asked_and_what_came_back() -> None:
    world = World(BAD, BAD, BAD)
    world.put()
    await world.clock.advance(180)
    record = world.record
    assert record == {
        "version": "1.0",
        "timestamp": record["timestamp"],
        "requestContext": {
            "requestId": "id-1",
            "functionArn": "arn:hello:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"n": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "ValueError"},
    }


async def test_the_record_names_the_alias_that_was_invoked_and_the_version_that_ran() -> None:
    world = World(FINE._replace(executed_version="2"))
    world.put(replace(HELLO, version="1"), "hello:live")
    await world.clock.advance(0)
    assert world.record["requestContext"]["functionArn"] == "arn:hello:live"
    assert world.record["responseContext"]["executedVersion"] == "2"


async def test_success_is_told_too() -> None:
    world = World(THROTTLED, FINE)
    world.put()
    await world.clock.advance(1)
    record = world.record
    assert record["requestContext"]["condition"] == "Success"
    assert (record["responseContext"], record["responsePayload"]) == (
        {"statusCode": 200, "executedVersion": "$LATEST"},
        "done",
    )


async def test_an_event_that_never_ran_has_no_response() -> None:
    world = World(*[THROTTLED] * 100)
    world.put()
    await world.clock.advance(30_000)
    record = world.record
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert "responsePayload" not in record


async def test_an_event_that_was_refused_at_last_says_by_whom() -> None:
    world = World(*[THROTTLED] * 100)
    world.put()
    await world.clock.advance(30_000)
    assert world.conclusions[0].error == (429, "Rate Exceeded.")


async def test_the_error_of_an_event_is_what_the_function_said_last() -> None:
    world = World(THROTTLED, BAD, BAD, InvocationResult(b'{"errorMessage":"no"}', "Unhandled", "id-1", b"", "1", 1.0))
    world.put()
    await world.clock.advance(200)
    assert world.conclusions[0].error == (200, "no")


async def test_a_function_that_is_gone_is_retried_as_one_that_fails() -> None:
    gone = AwsError("ResourceNotFoundException", "Function not found: hello", 404)
    world = World(gone, gone, gone)
    world.put()
    await world.clock.advance(180)
    assert (world.record["requestContext"]["condition"], world.conclusions[0].error[0]) == ("RetriesExhausted", 404)


async def test_an_event_for_a_function_that_may_not_run_is_given_up_at_once() -> None:
    world = World()
    world.put(replace(HELLO, reserved_concurrency=0))
    await world.clock.advance(0)
    context = world.record["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)
    assert not world.calls


class Counting(NoMeter):
    def __init__(self) -> None:
        self.counts: list[tuple[str, str, float]] = []

    def counted(self, metric: str, function: str, value: float = 1) -> None:
        self.counts.append((metric, function, value))


async def test_events_are_counted_as_they_come_wait_and_are_dropped() -> None:
    world = World(BAD, BAD, BAD)
    world.queue.meter = meter = Counting()
    world.put()
    await world.clock.advance(180)
    assert meter.counts == [
        ("AsyncEventsReceived", "hello", 1),
        ("AsyncEventAge", "hello", 0),
        ("AsyncEventAge", "hello", 60_000),
        ("AsyncEventAge", "hello", 180_000),
        ("AsyncEventsDropped", "hello", 1),
    ]


async def test_an_event_that_succeeds_is_not_dropped() -> None:
    world = World(FINE)
    world.queue.meter = meter = Counting()
    world.put()
    await world.clock.advance(0)
    assert [metric for metric, _, _ in meter.counts] == ["AsyncEventsReceived", "AsyncEventAge"]


async def test_stopping_ends_every_attempt() -> None:
    world = World(BAD)
    world.put()
    await world.clock.advance(0)
    await world.queue.stop()
    await world.clock.advance(100)
    assert len(world.calls) == 1


async def test_an_event_invocation_answers_at_once_and_runs_three_times_if_it_fails(tmp_path: Path) -> None:
    clock = ManualClock()
    records: list[Any] = []
    async with running(tmp_path, clock, concluded=lambda it: records.append(it.record)) as laptop:
        laptop.function("def handler(event, context): raise ValueError(context.aws_request_id)")
        request_id = laptop.functions.invoke_async("hello", b"{}")
        for attempt, wait in enumerate((60, 120, 0), start=1):
            await until(lambda attempt=attempt: len(starting(laptop.log.lines, "REPORT")) == attempt)  # type: ignore[misc] # mypy cannot infer a lambda with a default
            await clock.advance(wait)
        await until(lambda: bool(records))
        assert {line.split()[2] for line in starting(laptop.log.lines, "START")} == {request_id}
    assert records[0]["responsePayload"]["errorMessage"] == request_id
    assert records[0]["requestContext"]["approximateInvokeCount"] == 3


async def test_an_event_of_more_than_a_megabyte_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("def handler(event, context): pass")
        with pytest.raises(AwsError) as caught:
            laptop.functions.invoke_async("hello", json.dumps("x" * 1_048_576).encode())
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLargeException", 413)
    assert caught.value.message == (
        "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    )


async def test_what_waits_at_the_end_is_tried_after_the_next_start_with_what_was_counted(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    first = World(THROTTLED, BAD, file=file)
    start = first.clock.now()
    first.put(target="hello:live")
    await first.clock.advance(1)  # refused at once, failed a second later: due again after a minute
    await first.queue.stop()

    second = World(BAD, BAD, file=file, clock=first.clock)
    assert second.queue.resume(lambda _: HELLO) == []
    await second.clock.advance(1000)

    assert [(call[0], call[1], call[2]) for call in second.calls] == [("hello:live", b'{"n": 1}', "id-1")] * 2
    assert [call[3] - start for call in second.calls] == [61, 181]
    assert second.record["requestContext"]["condition"] == "RetriesExhausted"
    assert second.record["requestContext"]["approximateInvokeCount"] == 3
    await second.queue.stop()
    assert list(EventStore(file).waiting()) == []


async def test_what_was_under_way_when_the_process_died_runs_again(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    died = World(file=file)
    died.put()  # and no turn of the loop follows: nothing is closed, nothing is said

    after = World(FINE, file=file, clock=died.clock)
    after.queue.resume(lambda _: HELLO)
    await after.clock.advance(0)
    assert after.record["requestContext"]["condition"] == "Success"
    for world in (died, after):
        await world.queue.stop()


async def test_an_event_that_has_grown_too_old_meanwhile_is_given_up_untried(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    first = World(BAD, file=file)
    first.put()
    await first.clock.advance(0)
    await first.queue.stop()
    await first.clock.advance(21_601)

    second = World(file=file, clock=first.clock)
    second.queue.resume(lambda _: HELLO)
    await second.clock.advance(0)
    assert second.record["requestContext"]["condition"] == "EventAgeExceeded"
    assert second.calls == []
    await second.queue.stop()


async def test_an_event_goes_with_its_function(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    first = World(BAD, file=file)
    first.put()
    await first.clock.advance(0)
    await first.queue.stop()

    def gone(target: str) -> FunctionSettings:
        raise AwsError("ResourceNotFoundException", target, 404)

    second = World(file=file)
    assert second.queue.resume(gone) == ["hello"]
    await second.queue.stop()
    assert list(EventStore(file).waiting()) == []


def test_what_waits_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    EventStore(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_events_of_another_version_are_refused_and_not_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA user_version = 7")
    with pytest.raises(UserError, match="another version"):
        EventStore(file)


async def test_an_event_that_cannot_be_kept_is_not_accepted() -> None:
    world = World()
    world.queue.store.close()
    with pytest.raises(AwsError) as refused:
        world.put()
    assert (refused.value.code, refused.value.status) == ("ServiceException", 500)
