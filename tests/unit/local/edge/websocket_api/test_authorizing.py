"""Lambda REQUEST authorizers: whom they let in, how they refuse, what of them functions see.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.edge.websocket_api import IntegrationReply
from terrarium.local.edge.websocket_api.authorizers import Authorizer, Denied, Principal, read
from terrarium.local.edge.websocket_api.policy import MalformedPolicyError, allows
from terrarium.local.edge.websocket_api.replies import Refusal
from terrarium.local.edge.websocket_api.settings import Integration, Route
from terrarium.testing.clock import ManualClock
from tests.unit.local.edge.websocket_api.gateway import Gateway, running, settings

ARN = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/production/$connect"


# A policy, an event and a function's result may hold any JSON.
def policy(effect: str = "Allow", resource: Any = ARN, action: Any = "execute-api:Invoke") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Action": action, "Resource": resource}],
    }


def answer(**changes: Any) -> dict[str, Any]:
    return {"principalId": "ada", "policyDocument": policy(), **changes}


def reply(value: Any, error: str | None = None) -> IntegrationReply:
    return IntegrationReply(json.dumps(value).encode(), error)


def asking(
    value: Any, asked: list[dict[str, Any]] | None = None
) -> Callable[[Authorizer, bytes], Awaitable[IntegrationReply]]:
    """An authorizer's function that returns a value."""

    async def authorize(authorizer: Authorizer, payload: bytes) -> IntegrationReply:
        if asked is not None:
            asked.append(json.loads(payload))
        return reply(value)

    return authorize


def guarded(*sources: str) -> Route:
    return Route("$connect", Integration("$connect"), authorizer=Authorizer("tokens", "check", sources))


async def refused(gateway: Gateway, path: str = "/production", **options: Any) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await gateway.connect(path, **options)
    return caught.value.status


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        (policy(), True),
        (policy("Deny"), False),
        (policy(resource="*"), True),
        (policy(resource="arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/*"), True),
        (policy(resource="arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/production/$connec?"), True),
        (policy(resource=["arn:aws:execute-api:*:*:other/*", ARN]), True),
        (policy(resource="arn:aws:execute-api:us-east-1:000000000000:other/*"), False),
        (policy(resource=ARN.upper()), False),
        (policy(action="EXECUTE-API:invoke"), True),
        (policy(action=["execute-api:*"]), True),
        (policy(action="execute-api:ManageConnections"), False),
        ({"Statement": []}, False),
        ({"Statement": policy()["Statement"][0]}, True),
        ({"Statement": [*policy(resource="*")["Statement"], *policy("Deny")["Statement"]]}, False),
        ({"Statement": [{"Effect": "Allow", "NotAction": "execute-api:ManageConnections", "Resource": "*"}]}, True),
        ({"Statement": [{"Effect": "Allow", "Action": "*", "NotResource": ARN}]}, False),
    ],
)
def test_a_policy_is_read_as_iam_reads_it(document: Any, allowed: bool) -> None:
    assert allows(document, ARN, {}) is allowed


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        "*",
        {"Statement": ["Allow"]},
        {"Statement": [{"Effect": "Allow", "Action": "*"}]},
        {"Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": 3, "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*" * 513}]},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Sounds": {"a": "b"}}}]},
    ],
)
def test_what_is_no_policy_is_none(document: Any) -> None:
    with pytest.raises(MalformedPolicyError):
        allows(document, ARN, {})


def test_context_values_arrive_as_texts() -> None:
    context = {"text": "value", "number": 1, "float": 1.5, "flag": True, "nothing": None}
    principal = read(reply(answer(context=context)), ARN, 12.3, {})
    assert isinstance(principal, Principal)
    assert principal.variables() == {
        "text": "value",
        "number": "1",
        "float": "1.5",
        "flag": "true",
        "nothing": None,
        "principalId": "ada",
        "integrationLatency": 12,
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (reply({"errorMessage": "Unauthorized", "errorType": "Exception"}, "Unhandled"), Refusal.UNAUTHORIZED),
        (reply({"errorMessage": "no such key"}, "Unhandled"), Refusal.AUTHORIZER_FAILURE),
        (reply(["?"], "Unhandled"), Refusal.AUTHORIZER_FAILURE),
        (reply(answer(policyDocument=policy("Deny"))), Refusal.FORBIDDEN),
        (reply(answer(policyDocument={})), Refusal.AUTHORIZER_CONFIGURATION),
        (reply(answer(principalId=None)), Refusal.AUTHORIZER_CONFIGURATION),
        (reply(answer(context={"roles": ["a"]})), Refusal.AUTHORIZER_CONFIGURATION),
        (reply(answer(context="admin")), Refusal.AUTHORIZER_CONFIGURATION),
        (reply(None), Refusal.AUTHORIZER_CONFIGURATION),
        (IntegrationReply(b"{"), Refusal.AUTHORIZER_CONFIGURATION),
    ],
)
def test_each_refusal_has_its_status(given: IntegrationReply, refusal: Refusal) -> None:
    denied = read(given, ARN, 1, {})
    assert isinstance(denied, Denied)
    assert denied.refusal is refusal
    assert denied.reason


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("route.request.header.Authorization", True),
        ("route.request.header.authorization", True),
        ("route.request.header.X-Empty", False),
        ("route.request.header.X-None", False),
        ("route.request.querystring.token", True),
        ("route.request.querystring.Token", False),
        ("stageVariables.color", True),
        ("stageVariables.size", False),
        ("context.identity.sourceIp", True),
        ("context.identity.accountId", False),
    ],
)
def test_an_identity_source_has_to_be_there(source: str, there: bool) -> None:
    event = {
        "headers": {"AUTHORIZATION": "t", "X-Empty": ""},
        "queryStringParameters": {"token": "t"},
        "stageVariables": {"color": "blue"},
        "requestContext": {"identity": {"sourceIp": "127.0.0.1"}},
    }
    assert (Authorizer("tokens", "check", (source,)).missing(event) is None) is there


def test_an_identity_source_of_another_kind_of_api_is_refused() -> None:
    with pytest.raises(UserError, match="identity source"):
        Authorizer("tokens", "check", ("method.request.header.Authorization",))


async def test_whom_the_authorizer_lets_in_is_in_every_context() -> None:
    asked: list[dict[str, Any]] = []
    api = settings(guarded(), "$default", "$disconnect", stage_variables={"color": "blue"})
    async with running(api, authorize=asking(answer(context={"level": 3}), asked), clock=ManualClock()) as gateway:
        client = await gateway.connect("/production?token=t")
        await client.send_str("hello")
        await gateway.until("MESSAGE")
        await client.close()
        await gateway.until("DISCONNECT")
    assert len(asked) == 1
    assert (asked[0]["type"], asked[0]["methodArn"]) == ("REQUEST", ARN)
    assert asked[0]["queryStringParameters"] == {"token": "t"}
    assert asked[0]["stageVariables"] == {"color": "blue"}
    assert asked[0]["headers"]["Upgrade"] == "websocket"
    assert asked[0]["requestContext"]["eventType"] == "CONNECT"
    assert "authorizer" not in asked[0]["requestContext"]
    for event in gateway.calls:
        assert event["requestContext"]["authorizer"] == {"level": "3", "principalId": "ada", "integrationLatency": 0}


async def test_without_an_identity_source_nobody_is_asked() -> None:
    asked: list[dict[str, Any]] = []
    api = settings(guarded("route.request.querystring.token"))
    async with running(api, authorize=asking(answer(), asked)) as gateway:
        assert await refused(gateway) == 401
        assert await refused(gateway, "/production?token=") == 401
        assert asked == []
        client = await gateway.connect("/production?token=t")
        await client.close()
    assert len(asked) == 1


async def test_whom_the_policy_denies_does_not_connect() -> None:
    async with running(
        settings(guarded(), "$disconnect"), authorize=asking(answer(policyDocument=policy("Deny")))
    ) as g:
        assert await refused(g) == 403
    assert g.calls == []


async def test_an_authorizer_that_lambda_refuses_to_run_lets_nobody_in() -> None:
    async def authorize(authorizer: Authorizer, payload: bytes) -> IntegrationReply:
        raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429)

    async with running(settings(guarded()), authorize=authorize) as gateway:
        assert await refused(gateway) == 500
    assert gateway.calls == []


async def test_a_condition_is_held_against_the_handshake() -> None:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}, "StringLike": {"aws:UserAgent": "friend/*"}}
    value = {"principalId": "ada", "policyDocument": {"Statement": [{**statement, "Condition": here}]}}
    async with running(settings(guarded()), authorize=asking(value)) as gateway:
        async with await gateway.connect(headers={"User-Agent": "friend/1"}):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await gateway.connect(headers={"User-Agent": "stranger/1"})
        assert refused.value.status == 403


async def test_a_denial_whose_condition_holds_wins_over_what_is_allowed() -> None:
    denial = {**policy("Deny")["Statement"][0], "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}}
    value = {"principalId": "ada", "policyDocument": {"Statement": [*policy()["Statement"], denial]}}
    async with running(settings(guarded()), authorize=asking(value)) as gateway:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await gateway.connect()
        assert refused.value.status == 403
