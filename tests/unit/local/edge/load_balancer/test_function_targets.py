"""Functions behind a balancer, and targets that nothing here can reach."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.edge.load_balancer.functions import LARGEST, Invoke, Invoked
from terrarium.local.edge.load_balancer.health import Failure
from terrarium.local.edge.load_balancer.settings import HealthCheck, LoadBalancerSettings, Target

Settings = Callable[..., LoadBalancerSettings]
# The place that the fixture makes; its class lives in conftest.py, which tests cannot import.
Place = Any

FUNCTION = Target("arn:aws:lambda:us-east-1:000000000000:function:one", 0)
OFF = HealthCheck(enabled=False)


def running(function: Callable[[Any], object], told: list[tuple[str, str]] | None = None) -> Invoke:
    async def invoke(arn: str, event: bytes, trace: str) -> Invoked:
        if told is not None:
            told.append((arn, trace))
        return Invoked(json.dumps(function(json.loads(event))).encode(), failed=False)

    return invoke


def ok(event: Any) -> object:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}


async def test_a_function_answers_with_the_request_as_its_event(place: Place, one_group: Settings) -> None:
    told: list[tuple[str, str]] = []
    await place.balancer(one_group(FUNCTION, type="lambda", health_check=OFF), invoke=running(ok, told))
    async with place.client.post(f"{place.url}/a?b=c", json={"d": 1}) as got:
        assert (got.status, got.headers["Server"]) == (200, "awselb/2.0")
        event = await got.json()
    assert (event["path"], event["queryStringParameters"], event["body"]) == ("/a", {"b": "c"}, '{"d": 1}')
    assert (event["headers"]["x-forwarded-for"], event["headers"]["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert told == [(FUNCTION.id, event["headers"]["x-amzn-trace-id"])]


async def test_a_websocket_to_a_function_is_refused(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(FUNCTION, type="lambda", health_check=OFF), invoke=running(ok))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await place.client.ws_connect(place.url)
    assert refused.value.status == 400


async def test_a_body_past_a_megabyte_is_refused(place: Place, one_group: Settings) -> None:
    await place.balancer(
        one_group(FUNCTION, type="lambda", health_check=OFF), invoke=running(lambda _: {"statusCode": 204})
    )
    statuses = []
    for size in (LARGEST, LARGEST + 1):
        async with place.client.post(place.url, data=io.BytesIO(b"x" * size)) as got:
            statuses.append(got.status)
    assert statuses == [204, 413]


async def failing(*_: object) -> Invoked:
    return Invoked(b'{"errorMessage": "boom"}', failed=True)


async def refusing(*_: object) -> Invoked:
    raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)


@pytest.mark.parametrize(
    ("invoke", "reason"),
    [
        (failing, "LambdaUnhandled"),
        (refusing, "LambdaThrottling"),
        (running(lambda _: "text"), "LambdaInvalidResponse"),
        (running(lambda _: {"statusCode": 200, "body": "x" * LARGEST}), "LambdaResponseTooLarge"),
    ],
)
async def test_a_function_that_gives_no_answer_is_502_with_its_reason_in_the_log(
    place: Place, one_group: Settings, invoke: Invoke, reason: str
) -> None:
    await place.balancer(one_group(FUNCTION, type="lambda", health_check=OFF, log_group="lb"), invoke=invoke)
    async with place.client.get(place.url) as got:
        assert got.status == 502
    assert f'"{reason}"' in place.log.lines[0]


async def test_a_function_is_asked_for_its_health_only_where_that_is_wanted(place: Place, one_group: Settings) -> None:
    agents: list[str] = []

    def noting(event: Any) -> object:
        agents.append(event["headers"]["user-agent"])
        return {"statusCode": 500}

    unchecked = one_group(FUNCTION, type="lambda", health_check=OFF)
    balancer = await place.balancer(unchecked, invoke=running(noting))
    await balancer.check_now()
    (found,) = balancer.describe_target_health()["arn:tg"]
    assert (found["Target"], found["TargetHealth"]["State"]) == ({"Id": FUNCTION.id}, "unavailable")
    assert (found["TargetHealth"]["Reason"], agents) == ("Target.HealthCheckDisabled", [])

    balancer.update(one_group(FUNCTION, type="lambda", health_check=HealthCheck(unhealthy_threshold=2)))
    for _ in range(2):
        await balancer.check_now()
    (found,) = balancer.describe_target_health()["arn:tg"]
    assert found["TargetHealth"] == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [500]",
    }
    assert set(agents) == {"ELB-HealthChecker/2.0"}


async def test_a_target_that_nothing_can_reach_is_unhealthy_and_gets_nothing(place: Place, one_group: Settings) -> None:
    far = Failure("Target.Timeout", "Request timed out")
    balancer = await place.balancer(one_group(Target("10.0.0.1", 80)), resolve=lambda *_: far)
    await balancer.check_now()
    (found,) = balancer.describe_target_health()["arn:tg"]
    assert found["TargetHealth"] == {"State": "unhealthy", "Reason": far.reason, "Description": far.description}
    async with place.client.get(place.url) as got:
        assert got.status == 504
