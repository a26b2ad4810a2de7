"""What gathers for a page stays small, and says what it left out."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terrarium.events import Event
from terrarium.local.edge.front_page.batch import LONGEST_LINE, MOST_LINES, MOST_RESOURCES, Batch


def line(message: str) -> dict[str, Any]:
    return {"time": 1, "group": "/aws/lambda/f", "stream": "s", "message": message}


@given(st.lists(st.integers(0, 3 * MOST_LINES), max_size=4))
def test_every_line_is_shown_or_counted(amounts: list[int]) -> None:
    batch = Batch()
    for amount in amounts:
        for number in range(amount):
            batch.line(line(str(number)))

        taken = batch.take()

        assert [one["message"] for one in taken["lines"]] == [str(n) for n in range(amount)][-MOST_LINES:]
        assert len(taken["lines"]) + taken["lost"] == amount


def test_events_become_counts_with_the_last_ones_facts() -> None:
    batch = Batch()
    batch.event(Event(1.0, "aws_lambda_function.f", "invoked", {"duration_ms": 1.5}))
    batch.event(Event(2.0, "aws_lambda_function.f", "throttled", {}))
    batch.event(Event(3.0, "aws_lambda_function.f", "invoked", {"duration_ms": 2.5, "error_type": None}))

    assert batch.take()["pulses"] == {
        "aws_lambda_function.f": {
            "counts": {"invoked": 2, "throttled": 1},
            "time": 3.0,
            "kind": "invoked",
            "detail": {"duration_ms": 2.5, "error_type": None},
        }
    }
    assert batch.take() == {"lines": [], "lost": 0, "pulses": {}}


def test_a_very_long_line_is_cut_and_says_so() -> None:
    batch = Batch()
    batch.line(line("x" * (LONGEST_LINE + 1)))

    (shown,) = batch.take()["lines"]

    assert shown["message"].endswith(f"({LONGEST_LINE + 1} characters)")
    assert len(shown["message"]) < LONGEST_LINE + 50


def test_names_without_end_do_not_fill_memory() -> None:
    batch = Batch()
    for number in range(MOST_RESOURCES + 10):
        batch.event(Event(0.0, f"aws_lambda_function.f{number}", "invoked"))

    assert len(batch.take()["pulses"]) == MOST_RESOURCES


def test_facts_are_numbers_and_short_texts_only() -> None:
    batch = Batch()
    batch.event(Event(0.0, "aws_instance.i", "failed", {"lines": ["secret"] * 99, "why": "y" * 999, "status": 1}))

    detail = batch.take()["pulses"]["aws_instance.i"]["detail"]

    assert set(detail) == {"why", "status"}
    assert len(detail["why"]) <= 300
