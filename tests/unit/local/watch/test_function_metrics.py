"""Functions are counted as CloudWatch documents it, and what was noted is there whenever somebody looks."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.watch.function_metrics import FunctionMetrics
from terrarium.local.watch.metrics import MetricStore, metric_key
from terrarium.local.watch.statistics import StatisticSet
from terrarium.testing.clock import ManualClock


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(1_700_000_040)
        self.store = MetricStore(folder, self.clock)
        self.meter = FunctionMetrics(self.store, self.clock)

    def statistics(self, metric: str, **dimensions: str) -> StatisticSet:
        """Everything of one metric."""
        key = metric_key("AWS/Lambda", metric, dimensions)
        (point,) = self.store.points(key, 0, 2_000_000_000, 86_400)
        return point.statistics


def test_an_invocation_is_counted_with_its_duration_and_outcome(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.meter.invoked("hello", 12.5, False, 1)
    world.meter.invoked("hello", 7.5, True, 2)
    assert world.statistics("Invocations", FunctionName="hello").total == 2
    errors = world.statistics("Errors", FunctionName="hello")
    assert (errors.total, errors.count) == (1, 2)
    duration = world.statistics("Duration", FunctionName="hello")
    assert (duration.low, duration.high, duration.total) == (7.5, 12.5, 20)
    assert world.statistics("ConcurrentExecutions", FunctionName="hello").high == 2
    assert world.statistics("Throttles", FunctionName="hello").total == 0


def test_all_functions_together_are_a_metric_without_dimensions(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.meter.invoked("one", 1, False, 1)
    world.meter.invoked("two", 1, False, 1)
    assert world.statistics("Invocations").total == 2
    assert world.statistics("Invocations", FunctionName="one", Resource="one").total == 1


async def test_invocations_count_for_the_minute_in_which_they_ended(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.meter.invoked("hello", 1, False, 1)
    await world.clock.advance(60)
    world.meter.invoked("hello", 1, False, 1)
    key = metric_key("AWS/Lambda", "Invocations", {"FunctionName": "hello"})
    assert [point.statistics.total for point in world.store.points(key, 0, 2_000_000_000, 60)] == [1, 1]


def test_what_was_noted_survives_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.meter.invoked("hello", 1, False, 1)
    world.store.stop()
    again = World(tmp_path)
    again.store.start()
    assert again.statistics("Invocations", FunctionName="hello").total == 1


def test_what_waits_to_be_summed_up_is_bounded(tmp_path: Path) -> None:
    world = World(tmp_path)
    for _ in range(2_500):
        world.meter.invoked("hello", 1, False, 1)
    assert len(world.meter._noted) < 1_000
    assert world.statistics("Invocations", FunctionName="hello").total == 2_500


def test_rarer_things_are_counted_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.meter.counted("DeadLetterErrors", "hello")
    world.meter.counted("IteratorAge", "hello", 1500)
    assert world.statistics("DeadLetterErrors", FunctionName="hello").total == 1
    assert world.statistics("IteratorAge", FunctionName="hello").high == 1500


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400))
def test_many_values_at_once_are_what_they_are_one_by_one(values: list[float]) -> None:
    one_by_one, at_once = StatisticSet(), StatisticSet.of(values)
    for value in values:
        one_by_one.add(value)
    assert (at_once.count, at_once.low, at_once.high) == (one_by_one.count, one_by_one.low, one_by_one.high)
    assert math.isclose(at_once.total, one_by_one.total, abs_tol=1e-6)
    assert sum(at_once.values.values()) == len(values)
    assert at_once.gathered == one_by_one.gathered
