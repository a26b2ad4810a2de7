"""What CloudWatch keeps of many values: their count, sum, extremes and, closely enough, their distribution.

Pure numbers. Memory is bounded: past some hundred distinct values they are gathered into buckets of one percent.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

_DISTINCT = 200
_RATIO = math.log(1.01)

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)", re.ASCII)

SIMPLE = frozenset({"SampleCount", "Sum", "Average", "Minimum", "Maximum"})


class StatisticSet(Struct):
    """The statistics of any number of values.

    Attributes:
        values: How often each value occurred.
        gathered: Whether `values` holds buckets instead of the values themselves.
        complete: Whether `values` holds all of them; a set that a client summed up itself has none.
    """

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: dict[float, float] = field(default_factory=dict)
    complete: bool = True
    gathered: bool = False

    @staticmethod
    def of(values: Sequence[float]) -> StatisticSet:
        """The statistics of many values, in less time than adding them one by one takes."""
        held = {value: float(count) for value, count in Counter(values).items()}
        made = StatisticSet(len(values), sum(values), min(values), max(values), held)
        if len(held) > _DISTINCT:
            made._gather()
        return made

    def add(self, value: float, count: float = 1.0) -> None:
        """Takes in one value that occurred `count` times."""
        self.count += count
        self.total += value * count
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        self._count(value, count)

    def merge(self, other: StatisticSet) -> None:
        """Takes in all that another set holds."""
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.complete = self.complete and other.complete
        if other.gathered:
            self._gather()
        for value, count in other.values.items():
            self._count(value, count)

    def _count(self, value: float, count: float) -> None:
        place = _bucket(value) if self.gathered else value
        self.values[place] = self.values.get(place, 0.0) + count
        if not self.gathered and len(self.values) > _DISTINCT:
            self._gather()

    def _gather(self) -> None:
        """Puts values that differ by less than one percent together."""
        if self.gathered:
            return
        gathered: dict[float, float] = {}
        for value, count in self.values.items():
            bucket = _bucket(value)
            gathered[bucket] = gathered.get(bucket, 0.0) + count
        self.values, self.gathered = gathered, True

    def statistic(self, name: str) -> float | None:
        """One statistic: a simple one or a percentile such as ``p99.9``; None where it cannot be known.

        A client's own statistic set gives percentiles only where it holds one value or equal ones.
        """
        if name in SIMPLE:
            return self._simple(name)
        found = _PERCENTILE.fullmatch(name)
        if found is None or not (self.complete or self.low == self.high):
            return None
        return self._percentile(float(found[1]) / 100)

    def _simple(self, name: str) -> float:
        if name == "SampleCount":
            return self.count
        if name == "Sum":
            return self.total
        if name == "Average":
            return self.total / self.count
        return self.low if name == "Minimum" else self.high

    def _percentile(self, share: float) -> float:
        """The smallest value that no less than this share of all values do not exceed."""
        if not self.complete:
            return self.low
        wanted, seen = share * self.count, 0.0
        for value in sorted(self.values):
            seen += self.values[value]
            if seen >= wanted and seen > 0:
                return min(max(value, self.low), self.high)
        return self.high


def known_statistic(name: str) -> bool:
    """Whether a statistic of this name can be asked for."""
    return name in SIMPLE or _PERCENTILE.fullmatch(name) is not None


def summed_up(count: float, total: float, low: float, high: float) -> StatisticSet:
    """A set that a client summed up itself."""
    return StatisticSet(count, total, low, high, complete=False)


def merged(sets: Iterable[StatisticSet]) -> StatisticSet:
    """One set of all that several hold."""
    whole = StatisticSet()
    for each in sets:
        whole.merge(each)
    return whole


def _bucket(value: float) -> float:
    """The middle of the bucket of one percent that a value falls into; zero is a bucket of its own."""
    if value == 0 or not math.isfinite(value):
        return value
    exponent = math.floor(math.log(abs(value)) / _RATIO) + 0.5
    return math.copysign(math.exp(exponent * _RATIO), value)
