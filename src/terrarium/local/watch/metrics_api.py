"""The operations of CloudWatch on metrics, over the metric store: putting, listing, reading statistics.

Values in, values out, whichever protocol carried them: numbers may be text, times are seconds or ISO 8601 text; the
times in results are datetimes. Alarms and dashboards are not here.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.watch.metric_values import (
    Datum,
    invalid,
    period_of,
    read_data,
    read_dimensions,
    read_time,
    structure,
    structures,
    texts,
)
from terrarium.local.watch.metrics import DataPoint, MetricKey, MetricStore, metric_key
from terrarium.local.watch.statistics import SIMPLE, known_statistic

#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
_MOST_POINTS = 1_440
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
_MOST_QUERIES = 500
_MOST_VALUES = 100_800
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
_LISTED = 500
_MOST_FILTERS = 10
_RECENT = 3 * 3_600

# Bodies have the members that each operation defines.
Body = Mapping[str, Any]
Result = dict[str, Any]


class MetricsApi:
    """CloudWatch's metrics of one account and region.

    Args:
        store: Where they are.
        clock: Decides which values are too old or too new to be taken.
    """

    def __init__(self, store: MetricStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._operations: dict[str, Callable[[Body], Result]] = {
            "PutMetricData": self._put,
            "ListMetrics": self._list,
            "GetMetricStatistics": self._statistics,
            "GetMetricData": self._data,
        }

    def knows(self, operation: str) -> bool:
        """Whether an operation is one of these."""
        return operation in self._operations

    async def call(self, operation: str, body: Body) -> Result:
        """Carries out one operation.

        Raises:
            AwsError: The operation's documented refusals; ``UnknownOperationException`` for one that is not here.
        """
        if operation not in self._operations:
            raise AwsError("UnknownOperationException", f"Terrarium does not support cloudwatch:{operation} yet")
        return self._operations[operation](body)

    def _put(self, body: Body) -> Result:
        """All of a request is taken, or nothing."""
        namespace = _text(body, "Namespace")
        for datum in read_data(body, self._clock.now()):
            self._store_datum(namespace, datum)
        return {}

    def _store_datum(self, namespace: str, datum: Datum) -> None:
        key = metric_key(namespace, datum.name, datum.dimensions)
        self._store.put_set(key, datum.statistics, unit=datum.unit, timestamp=datum.time)

    def _list(self, body: Body) -> Result:
        wanted = structures(body, "Dimensions", _MOST_FILTERS)
        keys = [key for key in self._store.every() if self._listed(key, body, wanted)]
        start = int(body["NextToken"]) if str(body.get("NextToken", "")).isdigit() else 0
        more = {"NextToken": str(start + _LISTED)} if start + _LISTED < len(keys) else {}
        return {"Metrics": [_described(key) for key in keys[start : start + _LISTED]], **more}

    def _listed(self, key: MetricKey, body: Body, wanted: list[Body]) -> bool:
        has = dict(key.dimensions)
        return (
            body.get("Namespace") in (None, key.namespace)
            and body.get("MetricName") in (None, key.name)
            and all(_has(has, it) for it in wanted)
            and (not body.get("RecentlyActive") or self._store.last_time(key) > self._clock.now() - _RECENT)
        )

    def _statistics(self, body: Body) -> Result:
        key = metric_key(_text(body, "Namespace"), _text(body, "MetricName"), read_dimensions(body))
        start, end, period = read_time(body, "StartTime"), read_time(body, "EndTime"), period_of(body)
        wanted = texts(body, "Statistics") + texts(body, "ExtendedStatistics")
        if not wanted:
            raise invalid("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
        _check_statistics(wanted)
        asked = int((end - start) / period)
        if asked > _MOST_POINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {asked:,} datapoints, which exceeds the limit of {_MOST_POINTS:,}. "
                "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
            )
        points = self._store.points(key, start, end, period)
        unit = body.get("Unit")
        return {"Label": key.name, "Datapoints": [_point(it, wanted) for it in points if unit in (None, it.unit)]}

    def _data(self, body: Body) -> Result:
        queries = structures(body, "MetricDataQueries", _MOST_QUERIES)
        if not queries:
            raise AwsError("MissingParameter", "The parameter MetricDataQueries is required.")
        span = (read_time(body, "StartTime"), read_time(body, "EndTime"))
        oldest_first = body.get("ScanBy") == "TimestampAscending"
        shown = [query for query in queries if str(query.get("ReturnData", True)).lower() != "false"]
        return {"MetricDataResults": [self._series(query, span, oldest_first) for query in shown], "Messages": []}

    def _series(self, query: Body, span: tuple[float, float], oldest_first: bool) -> Result:
        if query.get("Expression"):
            raise AwsError("ValidationError", "Terrarium does not support metric math expressions yet")
        stat = structure(query, "MetricStat")
        metric = structure(stat, "Metric")
        key = metric_key(_text(metric, "Namespace"), _text(metric, "MetricName"), read_dimensions(metric))
        name = _text(stat, "Stat")
        _check_statistics([name])
        points = self._store.points(key, *span, period_of(stat))[-_MOST_VALUES:]
        unit = stat.get("Unit")
        found = [(it.time, it.statistics.statistic(name)) for it in points if unit in (None, it.unit)]
        known = [(time, value) for time, value in found if value is not None]
        return {
            "Id": _text(query, "Id"),
            "Label": query.get("Label") or key.name,
            "Timestamps": [_moment(time) for time, _ in (known if oldest_first else known[::-1])],
            "Values": [value for _, value in (known if oldest_first else known[::-1])],
            "StatusCode": "Complete",
        }


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise AwsError("MissingParameter", f"The parameter {name} is required.")
    return value


def _has(dimensions: Mapping[str, str], wanted: Body) -> bool:
    """Whether a metric has a dimension of that name, and of that value where one is given."""
    name, value = wanted.get("Name"), wanted.get("Value")
    return isinstance(name, str) and name in dimensions and value in (None, dimensions[name])


def _check_statistics(names: list[str]) -> None:
    for name in names:
        if not known_statistic(name):
            raise invalid(f"The value {name} for parameter Statistics is not supported.")


def _described(key: MetricKey) -> Result:
    dimensions = [{"Name": name, "Value": value} for name, value in key.dimensions]
    return {"Namespace": key.namespace, "MetricName": key.name, "Dimensions": dimensions}


def _point(point: DataPoint, wanted: list[str]) -> Result:
    simple = {name: point.statistics.statistic(name) for name in wanted if name in SIMPLE}
    extended = {name: point.statistics.statistic(name) for name in wanted if name not in SIMPLE}
    known = {name: value for name, value in extended.items() if value is not None}
    return {"Timestamp": _moment(point.time), "Unit": point.unit, **simple} | (
        {"ExtendedStatistics": known} if known else {}
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
