"""CloudWatch's metrics through real clients and in each protocol that SDKs speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from botocore.exceptions import ClientError

from terrarium.local.api import cbor
from terrarium.local.api.call import AwsCall
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.metrics import Metrics
from terrarium.local.watch.metrics import MetricStore
from terrarium.local.watch.metrics_api import MetricsApi
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, client, serving

NOW = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)
GAME = [{"Name": "Board", "Value": "one"}]
SPAN = {"StartTime": NOW - timedelta(minutes=5), "EndTime": NOW + timedelta(minutes=5)}


class Elsewhere:
    """What answers the operations that are not on metrics; remembers that it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        self.asked.append(await call.body())
        return web.json_response({})


@dataclass
class Laptop:
    url: str
    store: MetricStore
    elsewhere: Elsewhere
    cloudwatch: Any

    async def call(self, operation: str, **params: Any) -> Any:
        return await asyncio.to_thread(getattr(self.cloudwatch, operation), **params)

    async def put(self, *data: dict[str, Any]) -> None:
        await self.call("put_metric_data", Namespace="Game", MetricData=list(data))

    async def statistics(self, *names: str, **more: Any) -> list[dict[str, Any]]:
        asked = {"Namespace": "Game", "MetricName": "Moves", "Period": 60, **SPAN, **more}
        which = "Statistics" if not names[0].startswith("p") else "ExtendedStatistics"
        answer = await self.call("get_metric_statistics", **{which: list(names)}, **asked)
        points: list[dict[str, Any]] = answer["Datapoints"]
        return points


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    clock = ManualClock(NOW.timestamp())
    store = MetricStore(tmp_path, clock)
    elsewhere = Elsewhere()
    metrics = Metrics(MetricsApi(store, clock), elsewhere)
    endpoint = AwsEndpoint({"monitoring": metrics}, elsewhere, Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield Laptop(url, store, elsewhere, client("cloudwatch", url))


async def test_statistics_of_what_was_put(laptop: Laptop) -> None:
    await laptop.put(
        {"MetricName": "Moves", "Value": 4, "Unit": "Count"},
        {"MetricName": "Moves", "Values": [1, 2], "Counts": [1, 2], "Unit": "Count"},
        {"MetricName": "Moves", "Value": 100, "Unit": "Count", "Timestamp": NOW - timedelta(minutes=2)},
    )
    points = await laptop.statistics("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    now = {"SampleCount": 4.0, "Sum": 9.0, "Average": 2.25, "Minimum": 1.0, "Maximum": 4.0, "Unit": "Count"}
    assert points[1] == {"Timestamp": NOW, **now}
    assert points[0]["Timestamp"] == NOW - timedelta(minutes=2)
    assert (await laptop.statistics("p50"))[1]["ExtendedStatistics"] == {"p50": 2.0}


async def test_dimensions_tell_metrics_apart(laptop: Laptop) -> None:
    await laptop.put({"MetricName": "Moves", "Value": 1}, {"MetricName": "Moves", "Value": 2, "Dimensions": GAME})
    assert [it["Sum"] for it in await laptop.statistics("Sum")] == [1.0]
    assert [it["Sum"] for it in await laptop.statistics("Sum", Dimensions=GAME)] == [2.0]
    listed = (await laptop.call("list_metrics", Namespace="Game"))["Metrics"]
    assert listed == [
        {"Namespace": "Game", "MetricName": "Moves", "Dimensions": []},
        {"Namespace": "Game", "MetricName": "Moves", "Dimensions": GAME},
    ]
    only = await laptop.call("list_metrics", Dimensions=[{"Name": "Board"}], RecentlyActive="PT3H")
    assert [it["Dimensions"] for it in only["Metrics"]] == [GAME]


async def test_a_statistic_set_has_no_percentiles_unless_it_holds_one_value(laptop: Laptop) -> None:
    summed = {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}
    await laptop.put({"MetricName": "Moves", "StatisticValues": summed})
    (point,) = await laptop.statistics("Sum", "Maximum")
    assert (point["Sum"], point["Maximum"]) == (3.0, 2.0)
    assert "ExtendedStatistics" not in (await laptop.statistics("p90"))[0]


async def test_metric_data_comes_newest_first_unless_asked_otherwise(laptop: Laptop) -> None:
    for minutes in (0, 1, 2):
        await laptop.put({"MetricName": "Moves", "Value": minutes, "Timestamp": NOW - timedelta(minutes=minutes)})
    stat = {"Metric": {"Namespace": "Game", "MetricName": "Moves"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "m1", "MetricStat": stat}, {"Id": "m2", "MetricStat": stat, "ReturnData": False}]
    (series,) = (await laptop.call("get_metric_data", MetricDataQueries=queries, **SPAN))["MetricDataResults"]
    assert (series["Id"], series["Label"], series["StatusCode"]) == ("m1", "Moves", "Complete")
    assert series["Values"] == [0.0, 1.0, 2.0]
    assert series["Timestamps"][0] == NOW
    oldest = await laptop.call("get_metric_data", MetricDataQueries=queries, ScanBy="TimestampAscending", **SPAN)
    assert oldest["MetricDataResults"][0]["Values"] == [2.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"MetricName": "m"}, "InvalidParameterCombination"),
        ({"MetricName": "m", "Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"MetricName": "m", "Value": float("nan")}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": 2.0**361}, "InvalidParameterValue"),
        ({"MetricName": "m", "Values": [1, 2], "Counts": [1]}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": 1, "Timestamp": NOW - timedelta(days=15)}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": 1, "Timestamp": NOW + timedelta(hours=3)}, "InvalidParameterValue"),
    ],
)
async def test_a_wrong_datum_is_refused_with_all_that_came_with_it(
    laptop: Laptop, datum: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        await laptop.put({"MetricName": "fine", "Value": 1}, datum)
    assert refused.value.response["Error"]["Code"] == code
    assert laptop.store.every() == []


async def test_too_many_points_are_refused(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="requested up to 2,880 datapoints, which exceeds the limit of 1,440"):
        await laptop.statistics("Sum", StartTime=NOW - timedelta(days=2), EndTime=NOW)


async def test_many_values_come_compressed(laptop: Laptop) -> None:
    names = [f"metric with a rather long name {number}" for number in range(400)]
    await laptop.put(*({"MetricName": name, "Value": 1, "Dimensions": GAME} for name in names))
    assert len(laptop.store.every()) == 400


async def test_the_query_protocol_is_understood(laptop: Laptop) -> None:
    form = {
        "Action": "PutMetricData",
        "Version": "2010-08-01",
        "Namespace": "Game",
        "MetricData.member.1.MetricName": "Moves",
        "MetricData.member.1.Value": "4.5",
        "MetricData.member.1.Timestamp": "2025-06-01T11:59:30Z",
        "MetricData.member.1.Dimensions.member.1.Name": "Board",
        "MetricData.member.1.Dimensions.member.1.Value": "one",
    }
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20250601/us-east-1/monitoring/aws4_request"}
    async with aiohttp.ClientSession(headers=signed) as http:
        async with http.post(laptop.url, data=form) as answer:
            assert answer.status == 200
        async with http.post(laptop.url, data={"Action": "ListMetrics"}) as answer:
            text = await answer.text()
    assert "<MetricName>Moves</MetricName>" in text
    assert (await laptop.statistics("Sum", Dimensions=GAME))[0]["Sum"] == 4.5


async def test_the_cbor_protocol_is_understood(laptop: Laptop) -> None:
    url = f"{laptop.url}/service/GraniteServiceVersion20100801/operation/"
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=key/20250601/us-east-1/monitoring/aws4_request",
        "smithy-protocol": "rpc-v2-cbor",
        "Content-Type": "application/cbor",
    }
    put = {"Namespace": "Game", "MetricData": [{"MetricName": "Moves", "Value": 4.5, "Timestamp": NOW}]}
    get = {"Namespace": "Game", "MetricName": "Moves", "Period": 60, "Statistics": ["Sum"], **SPAN}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(url + "PutMetricData", data=cbor.encode(put)) as answer:
            assert (answer.status, await answer.read()) == (200, b"\xa0")
        async with http.post(url + "GetMetricStatistics", data=cbor.encode(get)) as answer:
            assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
            (point,) = cbor.decode(await answer.read())["Datapoints"]
        async with http.post(url + "GetMetricStatistics", data=cbor.encode({"Namespace": "Game"})) as answer:
            assert answer.headers["x-amzn-query-error"] == "MissingParameter;Sender"
            assert cbor.decode(await answer.read())["__type"] == "MissingParameter"
    assert (point["Sum"], point["Timestamp"]) == (4.5, NOW.timestamp())


async def test_other_operations_are_answered_elsewhere(laptop: Laptop) -> None:
    await laptop.call("describe_alarms")
    assert len(laptop.elsewhere.asked) == 1
