"""A function URL over HTTP: who gets in, what the function sees, what comes back."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.edge.function_url import Caller, Cors, FunctionUrl, Invoked
from terrarium.local.edge.function_url.endpoint import LARGEST_REQUEST
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import serving

CALLER = Caller("ASIA1", "000000000000", "AROA1:me", "arn:aws:sts::000000000000:assumed-role/r/me")
Opened = Callable[..., AbstractAsyncContextManager[aiohttp.ClientSession]]


class Function:
    """Returns what a test says, and remembers its events."""

    # What a function receives and returns is any JSON.
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.traces: list[str] = []
        self.returns: Any = {"statusCode": 200, "body": "hello"}
        self.refusal: AwsError | None = None
        self.failed = False

    async def invoke(self, payload: bytes, trace: str) -> Invoked:
        self.events.append(json.loads(payload))
        self.traces.append(trace)
        if self.refusal is not None:
            raise self.refusal
        return Invoked(json.dumps(self.returns).encode(), self.failed)


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def opened(function: Function) -> Opened:
    @asynccontextmanager
    async def opening(caller: Caller | None = None, **settings: Any) -> AsyncIterator[aiohttp.ClientSession]:
        basis = FunctionUrl(
            url_id="abc",
            domain="abc.lambda-url.us-east-1.on.aws",
            account="000000000000",
            auth="NONE",
            cors=None,
            invoke=function.invoke,
            is_public=lambda: True,
            clock=ManualClock(),
            new_id=lambda: "r",
        )
        url = replace(basis, **settings)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await url.handle(request, caller)

        async with serving(handle) as address, aiohttp.ClientSession(address) as session:
            yield session

    return opening


async def test_a_request_is_an_invocation_and_its_result_the_answer(opened: Opened, function: Function) -> None:
    async with opened() as client, client.post("/a?b=c", json={"d": 1}) as answer:
        assert (answer.status, await answer.text()) == (200, "hello")
        assert answer.headers["x-amzn-requestid"] == "r"
    (event,) = function.events
    assert (event["rawPath"], event["queryStringParameters"], event["body"]) == ("/a", {"b": "c"}, '{"d": 1}')
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["requestContext"]["http"]["method"] == "POST"


@pytest.mark.parametrize("sent", ["", "nonsense", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"])
async def test_an_invocation_is_of_the_trace_that_the_client_sends_or_of_a_new_one(
    opened: Opened, function: Function, sent: str
) -> None:
    async with opened() as client, client.get("/", headers={"X-Amzn-Trace-Id": sent} if sent else {}) as answer:
        assert answer.status == 200
    (trace,) = function.traces
    assert trace == sent or ("Root" not in sent and re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", trace))
    assert function.events[0]["headers"]["x-amzn-trace-id"] == trace


async def test_cookies_are_set_one_by_one(opened: Opened, function: Function) -> None:
    function.returns = {"statusCode": 200, "cookies": ["a=1", "b=2"]}
    async with opened() as client, client.get("/") as answer:
        assert answer.headers.getall("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("returned", [{"statusCode": "no"}, None])
async def test_what_fails_is_a_bad_gateway(opened: Opened, function: Function, returned: Any) -> None:
    function.failed, function.returns = returned is None, returned
    async with opened() as client, client.get("/") as answer:
        assert (answer.status, await answer.text()) == (502, "Internal Server Error")


async def test_a_throttled_function_says_so(opened: Opened, function: Function) -> None:
    function.refusal = AwsError("TooManyRequestsException", "Rate Exceeded.", 429)
    async with opened() as client, client.get("/") as answer:
        assert answer.status == 429


async def test_without_a_public_policy_nobody_gets_in(opened: Opened, function: Function) -> None:
    async with opened(is_public=lambda: False) as client, client.get("/") as answer:
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
        assert (await answer.json())["Message"].startswith("Forbidden.")
    assert function.events == []


async def test_iam_lets_in_who_signed_and_tells_the_function(opened: Opened, function: Function) -> None:
    async with opened(auth="AWS_IAM") as client, client.get("/") as answer:
        assert answer.status == 403
    async with opened(CALLER, auth="AWS_IAM", is_public=lambda: False) as client, client.get("/") as answer:
        assert answer.status == 200
    assert function.events[0]["requestContext"]["authorizer"]["iam"]["userArn"] == CALLER.arn


async def test_a_body_of_six_megabytes_is_the_largest(opened: Opened, function: Function) -> None:
    async with opened() as client, client.post("/", data=io.BytesIO(bytes(LARGEST_REQUEST + 1))) as answer:
        assert answer.status == 413
    assert function.events == []


async def test_browsers_ask_ahead_without_running_the_function(opened: Opened, function: Function) -> None:
    asks = {"Origin": "https://page.example", "Access-Control-Request-Method": "PUT"}
    cors = Cors(("https://page.example",), ("PUT",))
    async with opened(cors=cors, auth="AWS_IAM") as client, client.options("/", headers=asks) as answer:
        assert (answer.status, answer.headers["access-control-allow-methods"]) == (200, "PUT")
    assert function.events == []


async def test_what_the_url_says_of_origins_goes_before_what_the_function_says(
    opened: Opened, function: Function
) -> None:
    function.returns = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://elsewhere.example"}}
    page = {"Origin": "https://page.example"}
    async with opened(cors=Cors(("*",))) as client, client.get("/", headers=page) as answer:
        assert answer.headers.getall("access-control-allow-origin") == ["*"]
    async with opened() as client, client.get("/", headers=page) as answer:
        assert answer.headers["access-control-allow-origin"] == "https://elsewhere.example"
