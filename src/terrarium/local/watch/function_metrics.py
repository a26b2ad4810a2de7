"""What functions do, as metrics of CloudWatch. It is told, and knows neither functions nor who invokes them.

Invocations are noted as they end and summed up when somebody looks, so that counting does not slow them down.
Metrics and dimensions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from terrarium.local.clock import Clock
from terrarium.local.watch.metrics import MetricStore, metric_key
from terrarium.local.watch.statistics import StatisticSet

NAMESPACE = "AWS/Lambda"
_MOST_NOTED = 1_000  # invocations that wait to be summed up
_MINUTE = 60
_MILLISECONDS = frozenset({"Duration", "IteratorAge", "AsyncEventAge"})

# When, which function, how many milliseconds it took, whether it failed, and how many of it ran then.
_Noted = tuple[float, str, float, bool, int]


class FunctionMetrics:
    """Counts what functions do.

    Args:
        store: Takes the metrics, and asks for what is not yet summed up before it is read.
        clock: Time.
    """

    def __init__(self, store: MetricStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: list[_Noted] = []
        store.feed(self.flush)

    def invoked(self, function: str, duration_ms: float, failed: bool, running: int) -> None:
        """Notes an invocation that is over."""
        self._noted.append((self._clock.now(), function, duration_ms, failed, running))
        if len(self._noted) >= _MOST_NOTED:
            self.flush()

    def counted(self, metric: str, function: str, value: float = 1) -> None:
        """Counts something rarer, for example ``Throttles``."""
        for dimensions in _dimensions(function):
            self._store.put(NAMESPACE, metric, value, dimensions, unit=_unit(metric))

    def flush(self) -> None:
        """Sums up what was noted."""
        noted, self._noted = self._noted, []
        groups: dict[tuple[int, str], list[_Noted]] = {}
        for one in noted:
            groups.setdefault((int(one[0] // _MINUTE) * _MINUTE, one[1]), []).append(one)
        for (minute, function), group in groups.items():
            for metric, values in _values(group).items():
                statistics = StatisticSet.of(values)
                for dimensions in _dimensions(function):
                    key = metric_key(NAMESPACE, metric, dimensions)
                    self._store.put_set(key, statistics, unit=_unit(metric), timestamp=minute)


def _values(group: list[_Noted]) -> Mapping[str, Sequence[float]]:
    """The values of each metric."""
    _, _, durations, failed, running = zip(*group, strict=True)
    return {
        "Invocations": [1.0] * len(group),
        "Errors": [float(it) for it in failed],
        "Throttles": [0.0] * len(group),
        "Duration": durations,
        "ConcurrentExecutions": [float(it) for it in running],
    }


def _dimensions(function: str) -> Iterator[Mapping[str, str]]:
    """Of the function, of what it was invoked as, and of all functions together."""
    yield {"FunctionName": function}
    yield {"FunctionName": function, "Resource": function}
    yield {}


def _unit(metric: str) -> str:
    return "Milliseconds" if metric in _MILLISECONDS else "Count"
