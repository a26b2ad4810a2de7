"""What tables use and refuse, as metrics of CloudWatch. It is told what calls take, and knows neither calls nor engine.

Metrics: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from terrarium.local.watch.metrics import MetricKey, metric_key

NAMESPACE = "AWS/DynamoDB"
_MOST_KEYS = 10_000  # as many as there may be metrics


class TableMetrics:
    """Counts what calls take.

    Args:
        add: Adds a value to a metric, with its unit.
    """

    def __init__(self, add: Callable[[MetricKey, float, str], None]) -> None:
        self._add = add
        self._keys: dict[tuple[str, str, str], MetricKey] = {}

    def used(self, direction: str, table: str, units: float, indexes: Mapping[str, float]) -> None:
        """Counts what one call took: ``read`` or ``write`` units of a table and, by name, of its global indexes."""
        if units:
            self._add(self._key(direction, table, ""), units, "Count")
        for index, taken in indexes.items():
            self._add(self._key(direction, table, index), taken, "Count")

    def throttled(self, direction: str, table: str) -> None:
        """Counts a request that was more than a table's capacity, or that of one of its indexes."""
        self._add(metric_key(NAMESPACE, f"{direction.capitalize()}ThrottleEvents", {"TableName": table}), 1, "Count")

    def _key(self, direction: str, table: str, index: str) -> MetricKey:
        known = self._keys.get((direction, table, index))
        if known is None:
            dimensions = {"TableName": table} | ({"GlobalSecondaryIndexName": index} if index else {})
            known = metric_key(NAMESPACE, f"Consumed{direction.capitalize()}CapacityUnits", dimensions)
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            self._keys[direction, table, index] = known
        return known
