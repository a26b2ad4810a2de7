"""A living stage's settings: its execution log, its routes' own limits, its variables, its metrics."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import boto3
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up, until

MORE = """
strict = aws.WebSocketApi(
    app, "strict", stage="dev", log_level="INFO", data_trace=True, stage_variables={"color": "blue"},
    route_settings={"rare": {"throttling_rate_limit": 0.001, "throttling_burst_limit": 1}},
)
tell = function("tell")
strict.route("rare", tell)
strict.route("often", tell)
app.output("strict", strict.url, "Where clients connect")
"""

TELL = """
def handler(event, context):
    print("color", event["stageVariables"]["color"])
    return {"statusCode": 200}
"""


@pytest.fixture
def strict(up: Callable[..., Up], tmp_path: Path) -> Up:
    return up(write(tmp_path, more=MORE, tell=TELL))


# boto3's stubs know each service's client by its literal name.
def client(system: Up, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{system.port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


async def test_a_route_has_limits_of_its_own(strict: Up, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(strict.status["outputs"]["strict"]) as socket:
        for _ in range(2):
            await socket.send_json({"action": "often"})
            await socket.send_json({"action": "rare"})
        frame = json.loads((await socket.receive(timeout=30)).data)
    assert frame["message"] == "Too Many Requests"


async def test_the_execution_log_and_the_routes_metrics_can_be_read(strict: Up, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(strict.status["outputs"]["strict"]) as socket:
        await socket.send_json({"action": "often", "text": "hello"})
        until(lambda: "color blue" in strict.terrarium("logs", "tell").stdout)
    logs = client(strict, "logs")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/apigateway/")["logGroups"]
    name = next(group["logGroupName"] for group in groups if group["logGroupName"].endswith("/dev"))
    events = logs.filter_log_events(logGroupName=name)["events"]
    assert any("WebSocket Request Route: [often]" in event["message"] for event in events)
    assert any("hello" in event["message"] for event in events)
    api_id = name.split("/")[3]
    dimensions = [{"Name": name, "Value": value} for name, value in (("ApiId", api_id), ("Stage", "dev"))]
    now = dt.datetime.now(dt.UTC)

    def counted() -> list[Any]:  # datapoints, as boto3 gives them
        found: list[Any] = client(strict, "cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName="MessageCount",
            Dimensions=[*dimensions, {"Name": "Route", "Value": "often"}],
            StartTime=now - dt.timedelta(minutes=10),
            EndTime=now + dt.timedelta(minutes=10),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return found

    until(counted)
    assert sum(point["Sum"] for point in counted()) == 1


class Caller:
    """One connection to the port, and what is answered to each request that it sends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, base: str) -> None:
        self._reader, self._writer, self._base = reader, writer, base

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        """The status, the type of the error, the body."""
        self._writer.write(
            f"{method} {self._base}{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            "Authorization: AWS4-HMAC-SHA256 Credential=somebody/20260101/us-east-1/execute-api/aws4_request, "
            "SignedHeaders=host, Signature=0\r\n\r\n".encode()
            + body
        )
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        answer = await self._reader.readexactly(int(headers.get("content-length", "0")))
        assert headers.get("x-amzn-requestid")
        return int(first.split()[1]), headers.get("x-amzn-errortype", ""), answer


async def test_a_post_is_answered_the_same_alone_and_beside_other_requests(
    strict: Up, session: aiohttp.ClientSession
) -> None:
    url = strict.status["outputs"]["strict"]
    base = urlsplit(url).path
    async with session.ws_connect(url) as socket:
        await socket.send_json({"action": "nobody"})
        id = quote(json.loads((await socket.receive(timeout=30)).data)["connectionId"])
        streams = [await asyncio.open_connection("127.0.0.1", strict.port) for _ in range(2)]
        alone, beside = (Caller(*one, base) for one in streams)
        for body, path in (
            (b"hello", f"/@connections/{id}"),
            (b"x" * (128 * 1024 + 1), f"/@connections/{id}"),
            (b"hello", "/@connections/nobody"),
            (b"hello", f"/other/@connections/{id}"),
        ):
            described = await beside.call("GET", f"/@connections/{id}")  # the web server has this connection from here
            assert (described[0], json.loads(described[2])["identity"]["sourceIp"]) == (200, "127.0.0.1")
            answers = [await caller.call("POST", path, body) for caller in (alone, beside)]
            assert answers[0] == answers[1]
            if answers[0][0] == 200:
                assert [(await socket.receive(timeout=30)).data for _ in answers] == ["hello"] * 2
        assert (await alone.call("POST", "/@connections/nobody", b""))[:2] == (410, "GoneException")
        assert (await alone.call("POST", f"/@connections/{id}", b"x" * (128 * 1024 + 1)))[0] == 413
        for _, writer in streams:
            writer.close()
