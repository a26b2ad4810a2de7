"""Whatever a client sends to the Logs and metrics APIs, it is answered or refused, never a bug."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.aws_error import AwsError
from terrarium.local.watch.logs import LogStore
from terrarium.local.watch.logs_api import LogsApi
from terrarium.local.watch.metrics import MetricStore
from terrarium.local.watch.metrics_api import MetricsApi
from terrarium.testing.clock import ManualClock

LOGS = {
    "CreateLogGroup": ["logGroupName", "tags"],
    "TagResource": ["resourceArn", "tags"],
    "UntagResource": ["resourceArn", "tagKeys"],
    "DescribeLogGroups": ["logGroupNamePrefix", "logGroupNamePattern", "limit", "nextToken"],
    "CreateLogStream": ["logGroupName", "logStreamName"],
    "DescribeLogStreams": ["logGroupName", "logStreamNamePrefix", "orderBy", "descending", "limit", "nextToken"],
    "PutRetentionPolicy": ["logGroupName", "retentionInDays"],
    "PutLogEvents": ["logGroupName", "logStreamName", "logEvents"],
    "GetLogEvents": ["logGroupName", "logStreamName", "startTime", "endTime", "nextToken", "limit", "startFromHead"],
    "FilterLogEvents": [
        "logGroupName",
        "logStreamNames",
        "startTime",
        "endTime",
        "filterPattern",
        "nextToken",
        "limit",
    ],
    "DeleteLogStream": ["logGroupName", "logStreamName"],
    "DeleteLogGroup": ["logGroupIdentifier"],
}
METRICS = {
    "PutMetricData": ["Namespace", "MetricData"],
    "ListMetrics": ["Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive"],
    "GetMetricStatistics": [
        *("Namespace", "MetricName", "Dimensions", "StartTime", "EndTime", "Period", "Statistics", "Unit"),
    ],
    "GetMetricData": ["MetricDataQueries", "StartTime", "EndTime", "ScanBy"],
}
MEMBERS = [
    *("Name", "Value", "MetricName", "Values", "Counts", "Timestamp", "Dimensions", "StatisticValues", "Sum", "Id"),
    *("MetricStat", "Metric", "Stat", "Period", "Namespace", "ReturnData", "timestamp", "message"),
]

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["g", "s", "Sum", "p99", "2025-01-01T00:00:00Z", "f/1.1/s", 60, 1_700_000_000, 1_700_000_000_000])
)
ANY = st.recursive(
    PLAIN,
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), it, max_size=4),
    max_leaves=12,
)


def bodies(operations: dict[str, list[str]]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """An operation and a body that has its members, with anything in them."""
    return st.sampled_from(list(operations)).flatmap(
        lambda name: st.tuples(st.just(name), st.fixed_dictionaries({}, optional=dict.fromkeys(operations[name], ANY)))
    )


@settings(deadline=None)
@given(st.lists(bodies(LOGS), max_size=5))
def test_any_body_is_answered_or_refused_by_logs(calls: list[tuple[str, dict[str, Any]]]) -> None:
    async def carry_out(api: LogsApi) -> None:
        for operation, body in calls:
            with contextlib.suppress(AwsError):
                await api.call(operation, body)

    with tempfile.TemporaryDirectory() as folder:
        store = LogStore(Path(folder), ManualClock())
        store.write("g", "s", "message")
        asyncio.run(carry_out(LogsApi(store, ManualClock(), account="000000000000", region="us-east-1")))
        store.stop()


@settings(deadline=None)
@given(st.lists(bodies(METRICS), max_size=5))
def test_any_body_is_answered_or_refused_by_metrics(calls: list[tuple[str, dict[str, Any]]]) -> None:
    async def carry_out(api: MetricsApi) -> None:
        for operation, body in calls:
            with contextlib.suppress(AwsError):
                await api.call(operation, body)

    store = MetricStore(Path("unused"), ManualClock())
    store.put("g", "s", 1.0)
    asyncio.run(carry_out(MetricsApi(store, ManualClock())))


@pytest.mark.parametrize("operation", ["Nothing", "", "__init__"])
async def test_an_unknown_operation_is_refused(operation: str, tmp_path: Path) -> None:
    store = LogStore(tmp_path, ManualClock())
    with pytest.raises(AwsError, match="UnknownOperationException"):
        await LogsApi(store, ManualClock(), account="000000000000", region="us-east-1").call(operation, {})
    with pytest.raises(AwsError, match="UnknownOperationException"):
        await MetricsApi(MetricStore(tmp_path, ManualClock()), ManualClock()).call(operation, {})
    store.stop()
