"""The metric store: statistics by the minute, within bounds, kept between runs."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.errors import UserError
from terrarium.local.watch import metrics
from terrarium.local.watch.metrics import MetricStore, metric_key
from terrarium.local.watch.statistics import StatisticSet, merged
from terrarium.testing.clock import ManualClock

START = 1_700_000_040.0  # a whole minute
KEY = metric_key("AWS/ApiGateway", "MessageCount", {"ApiId": "a1", "Stage": "production"})


@pytest.fixture
def store(tmp_path: Path) -> MetricStore:
    return MetricStore(tmp_path, ManualClock(START))


def put(store: MetricStore, value: float, at: float) -> None:
    store.put(KEY.namespace, KEY.name, value, {"Stage": "production", "ApiId": "a1"}, unit="Count", timestamp=at)


def test_values_gather_by_period(store: MetricStore) -> None:
    for offset, value in ((0, 1), (59, 3), (60, 10), (300, 5)):
        put(store, value, START + offset)
    minutes = store.points(KEY, START, START + 600, 60)
    assert [(point.time - START, point.statistics.total) for point in minutes] == [(0, 4), (60, 10), (300, 5)]
    assert minutes[0].unit == "Count"
    hour = store.points(KEY, START, START + 600, 3600)
    assert [(point.statistics.count, point.statistics.high) for point in hour] == [(4, 10)]


async def test_a_meter_adds_to_the_minute_in_which_it_is_told(tmp_path: Path) -> None:
    clock = ManualClock(START)
    store = MetricStore(tmp_path, clock)
    meter = store.meter(KEY.namespace, KEY.name, dict(KEY.dimensions), "Count")
    assert store.every() == []
    for value, seconds in ((1, 59.0), (2, 1.0), (4, 0.0)):
        meter.add(value)
        store.put(KEY.namespace, KEY.name, 8, dict(KEY.dimensions))
        await clock.advance(seconds)
    points = store.points(KEY, START, START + 600, 60)
    assert [(point.time - START, point.statistics.total) for point in points] == [(0, 19), (60, 12)]
    assert points[0].unit == "Count"


def test_an_end_is_excluded_and_a_start_included(store: MetricStore) -> None:
    for offset in (0, 60, 120):
        put(store, 1, START + offset)
    points = store.points(KEY, START + 70, START + 120, 60)
    assert [point.time for point in points] == [START + 60]


def test_metrics_survive_a_restart(store: MetricStore, tmp_path: Path) -> None:
    put(store, 7, START)
    store.stop()
    again = MetricStore(tmp_path, ManualClock(START + 60))
    again.start()
    assert again.every() == [KEY]
    put(again, 9, START)
    assert again.points(KEY, START, START + 60, 60)[0].statistics.statistic("p50") == 7


def test_metrics_past_their_retention_are_forgotten_at_the_start(store: MetricStore, tmp_path: Path) -> None:
    put(store, 7, START)
    store.stop()
    again = MetricStore(tmp_path, ManualClock(START + 16 * 86_400))
    again.start()
    assert again.every() == []


@pytest.mark.parametrize("content", ["{", "[1]", '[{"namespace": 1}]', "\udcff"])
def test_a_damaged_file_is_the_users_to_know(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UserError, match=r"metrics\.json cannot be read"):
        MetricStore(tmp_path, ManualClock()).start()


def test_too_many_metrics_are_dropped_and_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_MOST_METRICS", 2)
    reports: list[str] = []
    store = MetricStore(tmp_path, ManualClock(), reports.append)
    for number in range(5):
        store.put("n", f"m{number}", 1)
    assert [key.name for key in store.every()] == ["m0", "m1"]
    assert reports == ["there are 2 metrics already; values of further ones are dropped"]


def test_too_many_minutes_cost_the_oldest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_MOST_MINUTES", 100)
    store = MetricStore(tmp_path, ManualClock(START))
    for minute in range(150):
        put(store, 1, START + 60 * minute)
    kept = store.points(KEY, START, START + 60 * 150, 60)
    assert len(kept) <= 100
    assert kept[-1].time == START + 60 * 149


VALUES = st.floats(min_value=-1e9, max_value=1e9)


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=300))
def test_simple_statistics_are_exact(values: list[float]) -> None:
    whole = StatisticSet()
    for value in values:
        whole.add(value)
    assert whole.statistic("SampleCount") == len(values)
    assert whole.statistic("Minimum") == min(values)
    assert whole.statistic("Maximum") == max(values)
    assert math.isclose(whole.statistic("Average") or 0, statistics.fmean(values), rel_tol=1e-6, abs_tol=1e-3)


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=2_000), st.integers(1, 99))
def test_percentiles_are_within_a_percent(values: list[float], share: int) -> None:
    whole = StatisticSet()
    for value in values:
        whole.add(value)
    exact = sorted(values)[math.ceil(share / 100 * len(values)) - 1]
    assert math.isclose(whole.statistic(f"p{share}") or 0, exact, rel_tol=0.011)


@settings(deadline=None)
@given(st.lists(VALUES, max_size=50), st.lists(VALUES, max_size=50))
def test_merging_sets_is_adding_their_values(first: list[float], second: list[float]) -> None:
    parts = [StatisticSet(), StatisticSet(), StatisticSet()]
    for part, values in zip(parts, (first, second, first + second), strict=True):
        for value in values:
            part.add(value)
    both = merged(parts[:2])
    assert (both.count, both.low, both.high, both.values) == (
        parts[2].count,
        parts[2].low,
        parts[2].high,
        parts[2].values,
    )


def test_memory_stays_bounded_however_many_values_differ() -> None:
    whole = StatisticSet()
    for number in range(100_000):
        whole.add(number * 1.000001)
    assert len(whole.values) < 1_500
    assert math.isclose(whole.statistic("p99") or 0, 99_000, rel_tol=0.011)
