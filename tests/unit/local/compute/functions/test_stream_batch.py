from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.stream_batch import (
    Batch,
    Discard,
    Piece,
    StreamRecord,
    StreamSettings,
    first_failure,
)

NOW = 1_700_000_000.0


def records(*numbers: int, created: float = NOW) -> list[StreamRecord]:
    return [{"dynamodb": {"SequenceNumber": str(n), "ApproximateCreationDateTime": created}} for n in numbers]


def batch(*numbers: int, **settings: Any) -> Batch:
    return Batch(StreamSettings("arn", "hello", **settings), records(*numbers))


def numbers(step: Piece | Discard | None) -> list[int]:
    assert step is not None
    piece = step if isinstance(step, Piece) else step.piece
    return [int(record["dynamodb"]["SequenceNumber"]) for record in piece.records]


def test_a_batch_is_done_when_the_function_returns() -> None:
    work = batch(1, 2, 3)
    assert numbers(work.next(NOW)) == [1, 2, 3]
    work.succeeded()
    assert work.next(NOW) is None


def test_a_failing_batch_comes_again_ever_later() -> None:
    work = batch(1, 2)
    delays = []
    for _ in range(9):
        assert numbers(work.next(NOW)) == [1, 2]
        delays.append(work.failed())
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_retries_have_an_end_where_one_is_set() -> None:
    work = batch(1, 2, maximum_retry_attempts=2)
    for _ in range(3):
        assert isinstance(work.next(NOW), Piece)
        work.failed()
    given_up = work.next(NOW)
    assert isinstance(given_up, Discard)
    assert (given_up.condition, given_up.piece.attempts, numbers(given_up)) == ("RetryAttemptsExhausted", 3, [1, 2])
    assert work.next(NOW) is None


def test_throttling_is_no_retry() -> None:
    work = batch(1, maximum_retry_attempts=0)
    for _ in range(5):
        assert isinstance(work.next(NOW), Piece)
        work.refused()
    assert isinstance(work.next(NOW), Piece)


def test_records_that_are_too_old_are_given_up_and_the_rest_is_delivered() -> None:
    settings = StreamSettings("arn", "hello", maximum_record_age=60)
    work = Batch(settings, records(1, 2, created=NOW - 61) + records(3, created=NOW - 60))
    given_up = work.next(NOW)
    assert isinstance(given_up, Discard)
    assert (given_up.condition, numbers(given_up)) == ("RecordAgeExceeded", [1, 2])
    assert numbers(work.next(NOW)) == [3]


def test_no_record_outlives_the_streams_retention() -> None:
    assert isinstance(batch(1).next(NOW + 86_400), Piece)
    assert isinstance(batch(1).next(NOW + 86_401), Discard)


def test_bisecting_isolates_the_bad_record_and_does_not_count_as_a_retry() -> None:
    work = batch(1, 2, 3, 4, bisect=True, maximum_retry_attempts=0)
    delivered, given_up = [], []
    while (step := work.next(NOW)) is not None:
        if isinstance(step, Discard):
            given_up.append(numbers(step))
            continue
        delivered.append(numbers(step))
        if 3 in numbers(step):
            work.failed()
        else:
            work.succeeded()
    assert delivered == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]
    assert given_up == [[3]]


def test_a_partial_failure_comes_again_from_the_first_failed_record() -> None:
    work = batch(1, 2, 3, 4, report_batch_item_failures=True)
    work.next(NOW)
    work.failed(2)
    assert numbers(work.next(NOW)) == [3, 4]


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=20, unique=True).map(sorted),
    st.sets(st.integers(1, 1000)),
    st.booleans(),
)
def test_every_record_is_delivered_or_given_up_in_order(sequence: list[int], bad: set[int], bisect: bool) -> None:
    work = batch(*sequence, bisect=bisect, maximum_retry_attempts=1)
    settled: list[int] = []
    while (step := work.next(NOW)) is not None:
        if isinstance(step, Discard):
            settled += numbers(step)
        elif bad & set(numbers(step)):
            work.failed()
        else:
            settled += numbers(step)
            work.succeeded()
    assert settled == sequence


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        (None, None),
        ({}, None),
        ({"batchItemFailures": []}, None),
        ({"batchItemFailures": None}, None),
        ({"batchItemFailures": [{"itemIdentifier": "2"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}, 1),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, 0),
        ({"batchItemFailures": [{"bad": "2"}]}, 0),
        ({"batchItemFailures": [{"itemIdentifier": "9"}]}, 0),
        ({"batchItemFailures": "2"}, 0),
        ("text", 0),
    ],
)
def test_what_a_function_says_it_could_not_process(answer: object, first: int | None) -> None:
    assert first_failure(json.dumps(answer).encode(), records(1, 2, 3)) == first


def test_an_answer_that_is_no_json_is_a_failure() -> None:
    assert first_failure(b"\xff{", records(1)) == 0
