"""Metrics: counters and measurements by the minute, written by every part of the laptop, read by people and alarms.

All is in memory, within bounds, and comes to disk when the system stops; writing never blocks and never raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from terrarium.errors import UserError
from terrarium.local.clock import Clock
from terrarium.local.watch.statistics import StatisticSet, merged

_MINUTE = 60
#: Data points of one minute are kept for 15 days:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
_KEPT_MINUTES = 15 * 24 * 60
_MOST_METRICS = 10_000
_MOST_MINUTES = 200_000  # of all metrics together


# A tuple, because metrics are found by it.
class MetricKey(NamedTuple):
    """What makes a metric the same metric.

    Attributes:
        dimensions: Name and value of each, in order of the names.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class DataPoint(Struct, frozen=True):
    """The statistics of one period, which starts at `time`, in seconds since the epoch."""

    time: int
    statistics: StatisticSet
    unit: str


def metric_key(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricKey:
    """A metric's key, whatever the order of its dimensions."""
    return MetricKey(namespace, name, tuple(sorted(dimensions.items())))


class Meter:
    """One metric that gets many values: finds the statistics of the minute once a minute.

    Args:
        minute: The number of the present minute.
        begin: The statistics of the present minute; None where they cannot be kept.
    """

    __slots__ = ("_begin", "_minute", "_number", "_statistics")

    def __init__(self, minute: Callable[[], int], begin: Callable[[], StatisticSet | None]) -> None:
        self._minute = minute
        self._begin = begin
        self._number = -1
        self._statistics: StatisticSet | None = None

    def add(self, value: float) -> None:
        """Adds a value of now."""
        number = self._minute()
        if number != self._number:
            self._number, self._statistics = number, self._begin()
        if self._statistics is not None:
            self._statistics.add(value)


class MetricStore:
    """All metrics of one system.

    Args:
        folder: Where they are kept while the system does not run.
        clock: Stamps values that bring no time.
        report: Told, in a sentence, when metrics begin to be dropped.
    """

    def __init__(self, folder: Path, clock: Clock, report: Callable[[str], None] = lambda _: None) -> None:
        self._file = folder / "metrics.json"
        self._clock = clock
        self._report = report
        self._minutes: dict[MetricKey, dict[int, StatisticSet]] = {}
        self._units: dict[MetricKey, str] = {}
        self._held = 0
        self._full = False
        self._feeds: list[Callable[[], None]] = []

    def feed(self, flush: Callable[[], None]) -> None:
        """Asks somebody who sums values up first for what they have, before anything is read or kept."""
        self._feeds.append(flush)

    def start(self) -> None:
        """Remembers what was kept.

        Raises:
            UserError: The file is damaged.
        """
        if not self._file.exists():
            return
        try:
            for kept in json.loads(self._file.read_text(encoding="utf-8")):
                self._restore(kept)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
            hint = f"remove {self._file.name}; it holds nothing but past metrics"
            raise UserError(f"{self._file} cannot be read: {fault}", hint=hint) from fault

    def stop(self) -> None:
        """Keeps everything for the next start."""
        self._fed()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        try:
            draft.write_text(json.dumps(list(self._kept()), separators=(",", ":")), encoding="utf-8")
            draft.replace(self._file)
        except OSError as fault:
            self._report(f"metrics cannot be written to {self._file}: {fault}")

    def put(
        self, namespace: str, name: str, value: float, dimensions: Mapping[str, str] | None = None, *,
        unit: str = "None", timestamp: float | None = None, count: float = 1.0,
    ) -> None:  # fmt: skip
        """Adds a value that occurred `count` times, at a time in seconds or now."""
        minute = self._minute(metric_key(namespace, name, dimensions or {}), unit, timestamp)
        if minute is not None:
            minute.add(value, count)

    def meter(self, namespace: str, name: str, dimensions: Mapping[str, str], unit: str = "None") -> Meter:
        """What adds values to one metric, at less than `put` takes. The metric begins with its first value."""
        key = metric_key(namespace, name, dimensions)
        return Meter(lambda: int(self._clock.now() // _MINUTE), lambda: self._minute(key, unit, None))

    def put_set(self, key: MetricKey, statistics: StatisticSet, *, unit: str = "None", timestamp: float | None) -> None:
        """Adds what someone summed up already."""
        minute = self._minute(key, unit, timestamp)
        if minute is not None:
            minute.merge(statistics)

    def every(self) -> list[MetricKey]:
        """Every metric, in order."""
        self._fed()
        return sorted(self._minutes, key=lambda key: (key.namespace, key.name, key.dimensions))

    def last_time(self, key: MetricKey) -> int:
        """The last minute in which a metric got a value, in seconds since the epoch."""
        return max(self._minutes[key]) * _MINUTE

    def points(self, key: MetricKey, start: float, end: float, period: int) -> list[DataPoint]:
        """The statistics of each period that has any, oldest first.

        Args:
            key: Which metric.
            start: Seconds since the epoch; the minute it falls into is included.
            end: Seconds since the epoch, excluded.
            period: Seconds, a multiple of 60; periods begin at its multiples.
        """
        self._fed()
        periods: dict[int, list[StatisticSet]] = {}
        for minute, statistics in self._minutes.get(key, {}).items():
            time = minute * _MINUTE
            if start // _MINUTE * _MINUTE <= time < end:
                periods.setdefault(time // period * period, []).append(statistics)
        unit = self._units.get(key, "None")
        return [DataPoint(time, merged(sets), unit) for time, sets in sorted(periods.items())]

    def _fed(self) -> None:
        for flush in self._feeds:
            flush()

    def _minute(self, key: MetricKey, unit: str, timestamp: float | None) -> StatisticSet | None:
        number = int((self._clock.now() if timestamp is None else timestamp) // _MINUTE)
        minutes = self._minutes.get(key)
        if minutes is None:
            if len(self._minutes) >= _MOST_METRICS:
                self._drop()
                return None
            minutes = self._minutes[key] = {}
            self._units[key] = unit
        found = minutes.get(number)
        if found is None:
            found = minutes[number] = StatisticSet()
            self._held += 1
            if self._held > _MOST_MINUTES:
                self._forget()
        return found

    def _drop(self) -> None:
        if not self._full:
            self._full = True
            self._report(f"there are {_MOST_METRICS} metrics already; values of further ones are dropped")

    def _forget(self) -> None:
        """Drops what is past its retention, and the oldest fifth if that is not enough."""
        every = sorted(number for minutes in self._minutes.values() for number in minutes)
        oldest = max(int(self._clock.now() // _MINUTE) - _KEPT_MINUTES, every[len(every) // 5])
        for key, minutes in list(self._minutes.items()):
            kept = {number: statistics for number, statistics in minutes.items() if number >= oldest}
            if kept:
                self._minutes[key] = kept
            else:
                del self._minutes[key], self._units[key]
        self._held = sum(map(len, self._minutes.values()))

    # What is kept is JSON, its members of any type.
    def _kept(self) -> Iterator[dict[str, Any]]:
        for key, minutes in self._minutes.items():
            sets = [[number, asdict(it) | {"values": list(it.values.items())}] for number, it in minutes.items()]
            yield {**key._asdict(), "unit": self._units[key], "minutes": sets}

    def _restore(self, kept: Mapping[str, Any]) -> None:
        key = metric_key(kept["namespace"], kept["name"], dict(kept["dimensions"]))
        self._units[key] = kept["unit"]
        oldest = int(self._clock.now() // _MINUTE) - _KEPT_MINUTES
        minutes = {
            int(number): StatisticSet(**{**it, "values": dict(it["values"])})
            for number, it in kept["minutes"]
            if number >= oldest
        }
        if minutes:
            self._minutes[key] = minutes
            self._held += len(minutes)
