"""Reads what a client puts as metric data, and refuses what CloudWatch documents as invalid.

Pure. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.watch.statistics import StatisticSet, summed_up

_MOST_DATA = 1_000
_MOST_DIMENSIONS = 30
_MOST_VALUES = 150
#: "Values must be in the range of -2^360 to 2^360", API_MetricDatum.html
_GREATEST = 2.0**360
_OLDEST = 14 * 86_400
_NEWEST = 2 * 3_600

# Members are whatever the client sent until they are read.
Body = Mapping[str, Any]


class Datum(Struct, frozen=True):
    """One member of MetricData; its time is in seconds since the epoch."""

    name: str
    dimensions: Mapping[str, str]
    statistics: StatisticSet
    unit: str
    time: float


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def structures(body: Body, name: str, most: int) -> list[Body]:
    """A list of at most so many structures; an absent one is empty."""
    given = _list(body, name)
    if len(given) > most:
        raise invalid(f"The collection {name} must not have a size greater than {most}.")
    if not all(isinstance(each, dict) for each in given):
        raise AwsError("SerializationException", f"The members of {name} must be structures")
    return given


def structure(body: Body, name: str) -> Body:
    """A structure; an absent one is empty."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise AwsError("SerializationException", f"{name} must be a structure")
    return value or {}


def _list(body: Body, name: str) -> list[Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, list):
        raise AwsError("SerializationException", f"{name} must be a list")
    return value or []


def texts(body: Body, name: str) -> list[str]:
    """A list of strings; an absent one is empty."""
    value = _list(body, name)
    if not all(isinstance(each, str) for each in value):
        raise AwsError("SerializationException", f"The members of {name} must be strings")
    return value


def read_data(body: Body, now: float) -> list[Datum]:
    """Every datum of a request.

    Raises:
        AwsError: ``InvalidParameterValue``, ``MissingParameter`` or ``InvalidParameterCombination``.
    """
    data = structures(body, "MetricData", _MOST_DATA)
    if not data:
        raise AwsError("MissingParameter", "The parameter MetricData is required.")
    return [_read_datum(datum, now) for datum in data]


def _read_datum(datum: Body, now: float) -> Datum:
    if not isinstance(datum.get("MetricName"), str):
        raise AwsError("MissingParameter", "The parameter MetricData.member.1.MetricName is required.")
    time = read_time(datum, "Timestamp") if datum.get("Timestamp") is not None else now
    if not now - _OLDEST <= time <= now + _NEWEST:
        raise invalid(
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two weeks in the past "
            "and no more than two hours in the future."
        )
    unit = str(datum.get("Unit") or "None")
    return Datum(datum["MetricName"], read_dimensions(datum), _read_statistics(datum), unit, time)


def _read_statistics(datum: Body) -> StatisticSet:
    given = [name for name in ("Value", "Values", "StatisticValues") if datum.get(name) is not None]
    if len(given) != 1:
        raise AwsError(
            "InvalidParameterCombination",
            "Exactly one of the parameters Value, Values and StatisticValues must be specified.",
        )
    if given == ["StatisticValues"]:
        return _read_set(structure(datum, "StatisticValues"))
    values = _list(datum, "Values") if given == ["Values"] else [datum["Value"]]
    counts = _list(datum, "Counts") or [1] * len(values)
    if not 1 <= len(values) <= _MOST_VALUES or len(counts) != len(values):
        raise invalid(f"Values must have 1 to {_MOST_VALUES} members, and Counts as many.")
    statistics = StatisticSet()
    for value, count in zip(values, counts, strict=True):
        statistics.add(_number(value, "Value"), _number(count, "Counts"))
    return statistics


def _read_set(given: Body) -> StatisticSet:
    count, total, low, high = (
        _number(given.get(name), f"StatisticValues.{name}") for name in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    if count <= 0 or low > high:
        raise invalid("StatisticValues must have a positive SampleCount, and a Minimum no greater than its Maximum.")
    return summed_up(count, total, low, high)


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as fault:
        raise invalid(f"The parameter MetricData.member.1.{name} must be a number.") from fault
    if not math.isfinite(number) or abs(number) > _GREATEST:
        raise invalid(f"The value {value} for parameter MetricData.member.1.{name} is invalid.")
    return number


def read_dimensions(body: Body) -> dict[str, str]:
    """The dimensions of a metric, by name."""
    dimensions = {}
    for each in structures(body, "Dimensions", _MOST_DIMENSIONS):
        name, value = each.get("Name"), each.get("Value")
        if not isinstance(name, str) or not isinstance(value, str) or not name or not value:
            raise invalid("A dimension needs a Name and a Value.")
        dimensions[name] = value
    return dimensions


def read_time(body: Body, name: str) -> float:
    """A time as seconds since the epoch, whether it came as a number or as ISO 8601 text."""
    value = body.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e11:
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as fault:
        raise invalid(f"The parameter {name} must be a time.") from fault
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def period_of(body: Body) -> int:
    """The period in seconds; data is kept by the minute, so that it is a multiple of 60."""
    text = str(body.get("Period", ""))
    period = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if period < 1 or period % 60:
        raise invalid("The parameter Period must be a multiple of 60: the laptop keeps metrics by the minute.")
    return period
