"""What tables use and refuse, as metrics of CloudWatch. It is told what calls take, and knows neither calls nor engine.

Metrics: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

NAMESPACE = "AWS/DynamoDB"
_MOST_METERS = 10_000  # as many as there may be metrics


class Meter(Protocol):
    """One metric."""

    def add(self, value: float, /) -> None:
        """Adds a value of now."""
        ...


class TableMetrics:
    """Counts what calls take.

    Args:
        meter: What adds to a metric, by its namespace, name, dimensions and unit.
    """

    def __init__(self, meter: Callable[[str, str, Mapping[str, str], str], Meter]) -> None:
        self._new_meter = meter
        self._meters: dict[tuple[str, str, str], Meter] = {}

    def used(self, direction: str, table: str, units: float, indexes: Mapping[str, float]) -> None:
        """Counts what one call took: ``read`` or ``write`` units of a table and, by name, of its global indexes."""
        if units:
            self._meter(direction, table, "").add(units)
        for index, taken in indexes.items():
            self._meter(direction, table, index).add(taken)

    def throttled(self, direction: str, table: str) -> None:
        """Counts a request that was more than a table's capacity, or that of one of its indexes."""
        metric = f"{direction.capitalize()}ThrottleEvents"
        self._new_meter(NAMESPACE, metric, {"TableName": table}, "Count").add(1)

    def _meter(self, direction: str, table: str, index: str) -> Meter:
        known = self._meters.get((direction, table, index))
        if known is None:
            dimensions = {"TableName": table} | ({"GlobalSecondaryIndexName": index} if index else {})
            known = self._new_meter(NAMESPACE, f"Consumed{direction.capitalize()}CapacityUnits", dimensions, "Count")
            if len(self._meters) >= _MOST_METERS:
                self._meters.clear()
            self._meters[direction, table, index] = known
        return known
