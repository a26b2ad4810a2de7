"""The small rules: throttles, log lines, replies, deadlines, contexts."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import context as contexts
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.deadlines import Deadlines
from terrarium.local.edge.websocket_api.ids import random_id
from terrarium.local.edge.websocket_api.integrations import Result
from terrarium.local.edge.websocket_api.management import iso_time
from terrarium.local.edge.websocket_api.records import outcome
from terrarium.local.edge.websocket_api.replies import IntegrationReply, ProxyReply, Refusal, read
from terrarium.local.edge.websocket_api.settings import Integration, Route, Throttle
from terrarium.local.edge.websocket_api.throttle import Throttles, TokenBucket
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.websocket_api.gateway import settings


async def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    clock = ManualClock()
    bucket = TokenBucket(Throttle(rate=2, burst=3), clock.monotonic)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    await clock.advance(0.5)
    assert [bucket.take() for _ in range(2)] == [True, False]
    await clock.advance(3600)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_rate_of_zero_lets_nothing_through() -> None:
    assert not TokenBucket(Throttle(rate=0, burst=5), ManualClock().monotonic).take()


def test_routes_do_not_share_the_stages_bucket_but_share_the_accounts() -> None:
    api = settings("a", "b", throttle=Throttle(0.001, 2), account_throttle=Throttle(0.001, 3))
    throttles = Throttles(api, ManualClock().monotonic)
    assert [throttles.admits(key) for key in "aaabb"] == [True, True, False, True, False]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("$context.requestId", "abc="),
        ('{"id":"$context.requestId","ip":"$context.identity.sourceIp"}', '{"id":"abc=","ip":"127.0.0.1"}'),
        ("$context.nothing $context.identity.nothing", "- -"),
        ("$context.requestId.", "abc=."),
        ("costs $5, $request.body", "costs $5, $request.body"),
        ("$context.authorizer.boolKey", "true"),
        ("two\nlines\n", "two\nlines"),
    ],
)
def test_a_log_line_shows_its_variables(text: str, line: str) -> None:
    context = {"requestId": "abc=", "identity": {"sourceIp": "127.0.0.1"}, "authorizer": {"boolKey": True}}
    assert LogFormat(text).render(contexts.log_variables(context, {})) == line


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (Result(ProxyReply(500), 12.4), "500 12 200 500 - -"),
        (Result(Refusal.FORBIDDEN), '403 - - - "Forbidden" -'),
        (
            Result(Refusal.INTEGRATION_TIMEOUT, 29000.0),
            '504 29000 - - "Endpoint request timed out" Endpoint request timed out',
        ),
        (Result(ProxyReply(200)), "200 - - - - -"),
    ],
)
def test_a_log_line_tells_what_came_of_a_request(result: Result, line: str) -> None:
    names = ("status", "integrationLatency", "integrationStatus", "integration.status", "error.messageString")
    text = " ".join(f"$context.{name}" for name in (*names, "integration.error"))
    assert LogFormat(text).render(outcome(result)) == line


@given(st.text().filter(lambda text: "$context." not in text and not text.endswith("\n")))
def test_a_log_format_without_variables_is_its_own_line(text: str) -> None:
    assert LogFormat(text).render({"requestId": "abc"}) == text


@given(st.dictionaries(st.sampled_from(["requestId", "status", "identity.sourceIp"]), st.text(min_size=1)))
def test_values_in_a_log_line_are_not_read_as_variables(values: dict[str, str]) -> None:
    line = LogFormat("$context.requestId|$context.status|$context.identity.sourceIp").render(values)
    assert line == "|".join(values.get(name, "-") for name in ("requestId", "status", "identity.sourceIp"))


def test_a_log_format_over_3_kb_is_refused() -> None:
    with pytest.raises(UserError, match="3072 bytes"):
        LogFormat("x" * (limits.ACCESS_LOG_FORMAT_BYTES + 1))


@pytest.mark.parametrize(
    ("payload", "reply"),
    [
        (b'{"statusCode": 200}', ProxyReply(200)),
        (b'{"statusCode": "201", "body": "text"}', ProxyReply(201, {}, "text")),
        (b'{"statusCode": 200, "headers": {"X-A": 1}, "body": {"a": 1}}', ProxyReply(200, {"x-a": "1"}, '{"a": 1}')),
        (b'{"statusCode": 99}', Refusal.INTEGRATION_FAILURE),
        (b'{"statusCode": 2e2}', Refusal.INTEGRATION_FAILURE),
        (b"null", Refusal.INTEGRATION_FAILURE),
        (b"\xff", Refusal.INTEGRATION_FAILURE),
        (b"[" * 100_000, Refusal.INTEGRATION_FAILURE),
        (b"", Refusal.INTEGRATION_FAILURE),
    ],
)
def test_a_reply_is_an_object_with_a_status(payload: bytes, reply: ProxyReply | Refusal) -> None:
    assert read(IntegrationReply(payload)) == reply


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_no_payload_upsets_the_reader(payload: bytes) -> None:
    assert isinstance(read(IntegrationReply(payload)), ProxyReply | Refusal)


async def test_a_deadline_expires_at_its_time_unless_it_was_met() -> None:
    clock, expired = ManualClock(), list[str]()
    deadlines = Deadlines(clock)
    first = deadlines.set(29, lambda: expired.append("first"))
    deadlines.set(5, lambda: expired.append("second"))
    await clock.advance(1)
    third = deadlines.set(29, lambda: expired.append("third"))
    await clock.advance(4)
    assert expired == ["second"]
    assert first.met()
    await clock.advance(24)
    assert not first.met()
    assert expired == ["second"]
    await clock.advance(1)
    assert expired == ["second", "third"]
    assert not third.met()
    await deadlines.close()


async def test_deadlines_can_be_set_again_after_all_have_passed() -> None:
    clock, expired = ManualClock(), list[int]()
    deadlines = Deadlines(clock)
    for turn in range(3):
        deadlines.set(1, lambda turn=turn: expired.append(turn))  # type: ignore[misc]  # binds the loop's variable
        await clock.advance(1)
    assert expired == [0, 1, 2]
    await deadlines.close()


OPENING = contexts.Opening("L0SM9cOFvHcCIhw=", 1707502303.419, "192.0.2.1")


def test_a_request_context_has_the_documented_keys_in_their_order() -> None:
    occasion = contexts.Occasion("CONNECT", "$connect", "ABCD1234=", 1707502303.42)
    context = contexts.request_context(settings("$connect"), OPENING, occasion)
    assert json.dumps(context) == json.dumps(
        {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "extendedRequestId": "ABCD1234=",
            "requestTime": "09/Feb/2024:18:11:43 +0000",
            "messageDirection": "IN",
            "stage": "production",
            "connectedAt": 1707502303419,
            "requestTimeEpoch": 1707502303420,
            "identity": {"sourceIp": "192.0.2.1"},
            "requestId": "ABCD1234=",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "connectionId": "L0SM9cOFvHcCIhw=",
            "apiId": "a1b2c3d4e5",
        }
    )


def test_stage_variables_are_in_every_event() -> None:
    api = settings("$default", stage_variables={"color": "blue"})
    assert contexts.message_event(api, {}, "hi")["stageVariables"] == {"color": "blue"}
    assert contexts.connect_event(api, OPENING, {})["stageVariables"] == {"color": "blue"}
    assert contexts.disconnect_event(api, {})["stageVariables"] == {"color": "blue"}
    assert "stageVariables" not in contexts.message_event(settings(), {}, "hi")


def test_text_that_is_no_unicode_still_makes_an_event() -> None:
    assert json.loads(contexts.encode({"headers": {"X": "\udcff"}})) == {"headers": {"X": "?"}}


def test_ids_look_like_api_gateways() -> None:
    ids = {random_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{15}=", made) for made in ids)


def test_times_of_connections_are_iso_with_milliseconds() -> None:
    assert iso_time(1707502303.419) == "2024-02-09T18:11:43.419Z"


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_is_the_same_in_contexts_and_callbacks(epoch: int) -> None:
    shown = dt.datetime.fromisoformat(iso_time(epoch / 1000))
    assert round(shown.timestamp() * 1000) == contexts.milliseconds(epoch / 1000) == epoch


# Changes to settings are of each field's own type.
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"routes": {"join": Route("leave", None)}}, "'leave' is listed as 'join'"),
        ({"routes": {"join": Route("join", None, authorizer=Authorizer("tokens", "check"))}}, "asks for authorization"),
        ({"routes": {str(n): Route(str(n), None) for n in range(301)}}, "has 301 routes"),
    ],
)
def test_settings_that_aws_would_refuse_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        settings(**changes)


@pytest.mark.parametrize("timeout", [0.049, 29.1])
def test_an_integration_has_from_50_ms_to_29_s(timeout: float) -> None:
    with pytest.raises(UserError, match="timeout"):
        Integration("f", timeout=timeout)
