"""Requests that the laptop makes of itself arrive as those of the role in whose name they are made."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from terrarium.local.api.call import AwsCall
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.targets import Request
from terrarium.local.own_aws import OwnAws
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, ROLE, Refusing, serving

REQUEST = Request("sqs", "eu-west-1", "POST", "/a%20b", {"X-Amz-Target": "AmazonSQS.SendMessage"}, b'{"a": 1}')


@dataclass
class Listening:
    """Answers every call and remembers it."""

    calls: list[tuple[AwsCall, bytes]] = field(default_factory=list)

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        self.calls.append((call, await call.body()))
        return web.Response(status=202, body=b"taken")


@pytest.mark.parametrize(("service", "region"), [("sqs", "eu-west-1"), ("s3", "")])
async def test_a_request_arrives_signed_for_its_service_by_the_role(service: str, region: str) -> None:
    clock, listening = ManualClock(time.time()), Listening()  # botocore signs with the machine's own time
    credentials = Credentials(ACCOUNT, clock)
    endpoint = AwsEndpoint({service: listening}, Refusing(), credentials, clock)
    request = Request(service, region, REQUEST.method, REQUEST.path, REQUEST.headers, REQUEST.body)
    async with serving(endpoint.handle) as url:
        own = OwnAws(lambda: url, "us-east-1", credentials.issue)
        answer = await own.send(request, ROLE, "hello")
        await own.stop()
    assert (answer[0], answer[2]) == (202, b"taken")
    [(call, body)] = listening.calls
    assert (call.region, call.operation, call.path, body) == (
        region or "us-east-1",
        "SendMessage",
        "/a%20b",
        b'{"a": 1}',
    )
    assert (call.principal.role_arn, call.principal.user_id.rpartition(":")[2]) == (ROLE, "hello")


async def test_where_nothing_answers_the_service_is_unavailable() -> None:
    credentials = Credentials(ACCOUNT, ManualClock())
    own = OwnAws(lambda: "http://127.0.0.1:9", "us-east-1", credentials.issue)
    with pytest.raises(AwsError, match="ServiceUnavailable"):
        await own.send(REQUEST, ROLE, "hello")
    await own.stop()
