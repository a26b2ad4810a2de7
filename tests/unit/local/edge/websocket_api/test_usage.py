"""API keys and usage plans: who is let in, how fast, how often.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import IntegrationReply
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.replies import Refusal
from terrarium.local.edge.websocket_api.settings import AUTHORIZER_KEY, Integration, Route, Throttle
from terrarium.local.edge.websocket_api.usage import ApiKey, Quota, UsagePlan, UsagePlans
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.websocket_api.gateway import running, settings

ADA = ApiKey("ada", "a" * 20)
STAGE = ("a1b2c3d4e5", "production")
DAY = 86_400.0


def plans(clock: ManualClock, **changes: Any) -> UsagePlans:
    made = UsagePlans(clock)
    made.update([UsagePlan(**{"id": "plan", "stages": frozenset([STAGE]), "keys": (ADA,), **changes})])
    return made


def test_only_an_enabled_key_of_a_plan_of_the_stage_is_let_in() -> None:
    clock = ManualClock()
    assert plans(clock).admit(*STAGE, ADA.value) == ADA
    assert plans(clock).admit(*STAGE, "") is Refusal.INVALID_API_KEY
    assert plans(clock).admit(*STAGE, "b" * 20) is Refusal.INVALID_API_KEY
    assert plans(clock).admit("a1b2c3d4e5", "dev", ADA.value) is Refusal.INVALID_API_KEY
    disabled = plans(clock, keys=(ApiKey("ada", ADA.value, enabled=False),))
    assert disabled.admit(*STAGE, ADA.value) is Refusal.INVALID_API_KEY


async def test_each_key_has_a_throttle_of_its_own() -> None:
    clock = ManualClock()
    bea = ApiKey("bea", "b" * 20)
    known = plans(clock, keys=(ADA, bea), throttle=Throttle(1, 1))
    assert known.admit(*STAGE, ADA.value) == ADA
    assert known.admit(*STAGE, ADA.value) is Refusal.THROTTLED
    assert known.admit(*STAGE, bea.value) == bea
    await clock.advance(1)
    assert known.admit(*STAGE, ADA.value) == ADA


@pytest.mark.parametrize(("period", "days"), [("DAY", 1), ("WEEK", 7), ("MONTH", 31)])
async def test_a_quota_begins_anew_with_its_period(period: str, days: int) -> None:
    clock = ManualClock()
    known = plans(clock, quota=Quota(2, period))
    assert [known.admit(*STAGE, ADA.value) for _ in range(3)] == [ADA, ADA, Refusal.QUOTA_EXCEEDED]
    await clock.advance(days * DAY)
    assert known.admit(*STAGE, ADA.value) == ADA


async def test_an_offset_counts_in_the_first_period_only() -> None:
    clock = ManualClock()
    known = plans(clock, quota=Quota(2, "DAY", offset=1))
    assert [known.admit(*STAGE, ADA.value) for _ in range(2)] == [ADA, Refusal.QUOTA_EXCEEDED]
    await clock.advance(DAY)
    assert [known.admit(*STAGE, ADA.value) for _ in range(3)] == [ADA, ADA, Refusal.QUOTA_EXCEEDED]


def test_what_a_key_used_stays_used_while_its_plan_changes() -> None:
    clock = ManualClock()
    known = plans(clock, quota=Quota(1, "DAY"))
    assert known.admit(*STAGE, ADA.value) == ADA
    known.update([UsagePlan("plan", frozenset([STAGE]), (ADA,), Throttle(10, 10), Quota(1, "DAY"))])
    assert known.admit(*STAGE, ADA.value) is Refusal.QUOTA_EXCEEDED


CONNECT = Route("$connect", Integration("$connect"), api_key=True)


async def test_connect_without_a_valid_key_is_refused_before_any_function_runs() -> None:
    async with running(settings(CONNECT), admit=plans(ManualClock()).admit) as gateway:
        for headers in ({}, {"x-api-key": "b" * 20}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await gateway.connect(headers=headers)
            assert refused.value.status == 403
        assert gateway.calls == []


async def test_functions_learn_which_key_connected() -> None:
    admit = plans(ManualClock()).admit
    async with (
        running(settings(CONNECT), admit=admit) as gateway,
        await gateway.connect(headers={"X-Api-Key": ADA.value}),
    ):
        identity = (await gateway.until("CONNECT"))["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (ADA.value, "ada")


async def test_messages_of_a_route_with_a_key_are_counted_by_the_key_that_connected() -> None:
    say = Route("say", Integration("say"), api_key=True)
    admit = plans(ManualClock(), quota=Quota(1, "DAY")).admit
    async with running(settings("$connect", say), admit=admit) as gateway:
        async with await gateway.connect(headers={"x-api-key": ADA.value}) as client:
            await client.send_json({"action": "say"})
            await gateway.until("MESSAGE")
            await client.send_json({"action": "say"})
            assert json.loads(await client.receive_str())["message"] == "Limit Exceeded"
        async with await gateway.connect() as client:
            await client.send_json({"action": "say"})
            assert json.loads(await client.receive_str())["message"] == "Forbidden"


async def test_an_authorizer_may_say_which_key_it_is() -> None:
    async def authorize(authorizer: Authorizer, payload: bytes) -> IntegrationReply:
        event = json.loads(payload)
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
        key = event["queryStringParameters"]["key"]
        answer = {"principalId": "ada", "policyDocument": {"Statement": statement}, "usageIdentifierKey": key}
        return IntegrationReply(json.dumps(answer).encode())

    connect = Route("$connect", Integration("$connect"), authorizer=Authorizer("tokens", "check"), api_key=True)
    api = settings(connect, api_key_selection=AUTHORIZER_KEY)
    async with running(api, authorize=authorize, admit=plans(ManualClock()).admit) as gateway:
        async with await gateway.connect(f"/production?key={ADA.value}"):
            assert (await gateway.until("CONNECT"))["requestContext"]["identity"]["apiKeyId"] == "ada"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await gateway.connect("/production?key=another", headers={"x-api-key": ADA.value})


def test_a_key_can_be_in_two_places_only() -> None:
    with pytest.raises(UserError, match="API key selection expression"):
        settings("$connect", api_key_selection="$request.querystring.key")
