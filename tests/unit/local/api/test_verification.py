"""Calls with keys that the laptop handed out have to be signed with their secret; keys that somebody chose need not."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Keys
from yarl import URL

from terrarium.local.api.call import AwsCall
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, ROLE, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}


class Echo:
    """Answers with who called, and with the body as it reads it."""

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        return web.json_response([call.principal.arn, (await call.body()).decode()])


@dataclass
class Laptop:
    url: str
    keys: Keys
    clock: ManualClock
    session: aiohttp.ClientSession

    async def send(self, request: AWSRequest, data: bytes | None = None) -> tuple[int, str, dict[str, str]]:
        """The answer to a signed request: its status, its body, its headers."""
        async with self.session.request(
            str(request.method),
            URL(str(request.url), encoded=True),
            data=request.data if data is None else data,
            headers=dict(request.headers.items()),
        ) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    def signed(self, service: str, *, keys: Keys | None = None, path: str = "/", form: bool = False) -> AWSRequest:
        """A request, signed for a service."""
        headers = FORM if form else {"dynamodb": TARGET, "sts": FORM, "ec2": FORM}.get(service, {})
        request = AWSRequest("POST", f"{self.url}{path}", data=b"hello", headers=headers)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(keys or self.keys, service, "us-east-1").add_auth(request)
        return request


@pytest.fixture
async def laptop(request: pytest.FixtureRequest) -> AsyncIterator[Laptop]:
    clock = ManualClock(time.time() + getattr(request, "param", 0.0))  # botocore signs with the machine's own time
    credentials = Credentials(ACCOUNT, clock)
    issued = credentials.issue(ROLE, "session")
    keys = Keys(issued["AWS_ACCESS_KEY_ID"], issued["AWS_SECRET_ACCESS_KEY"], issued["AWS_SESSION_TOKEN"])
    endpoint = AwsEndpoint({}, Echo(), credentials, clock)
    async with serving(endpoint.handle) as url, aiohttp.ClientSession() as session:
        yield Laptop(url, keys, clock, session)


@pytest.mark.parametrize("service", ["dynamodb", "sts", "ec2", "lambda", "s3", "execute-api"])
async def test_a_call_with_the_right_signature_is_its_roles(laptop: Laptop, service: str) -> None:
    status, body, _ = await laptop.send(laptop.signed(service, path="/a%20b/c%3D?x=1&y=%2F"))
    assert status == 200
    assert json.loads(body) == [f"arn:aws:sts::{ACCOUNT}:assumed-role/tictactoe-joinQueue/session", "hello"]


WRONG = {
    "dynamodb": (400, "com.amazon.coral.service#InvalidSignatureException"),
    "sts": (403, "<Code>SignatureDoesNotMatch</Code>"),
    "ec2": (403, "<Code>AuthFailure</Code>"),
    "s3": (403, "<Code>SignatureDoesNotMatch</Code>"),
}


@pytest.mark.parametrize("service", WRONG)
async def test_a_wrong_secret_is_refused_in_the_services_own_words(laptop: Laptop, service: str) -> None:
    wrong = Keys(laptop.keys.access_key, "wrong", laptop.keys.token)
    status, body, _ = await laptop.send(laptop.signed(service, keys=wrong))
    assert status == WRONG[service][0]
    assert WRONG[service][1] in body
    assert "The request signature we calculated does not match" in body


async def test_an_apis_own_address_names_the_error_and_shows_what_was_to_be_signed(laptop: Laptop) -> None:
    wrong = Keys(laptop.keys.access_key, "wrong", laptop.keys.token)
    status, body, headers = await laptop.send(laptop.signed("execute-api", keys=wrong, form=True))
    assert (status, headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")
    told = json.loads(body)
    assert set(told) == {"message"}
    assert "The Canonical String for this request should have been\n'POST\n/\n\n" in told["message"]
    assert "wrong" not in body


async def test_another_body_than_the_signed_one_is_refused(laptop: Laptop) -> None:
    assert (await laptop.send(laptop.signed("lambda"), b"other"))[0] == 403


async def test_another_path_than_the_signed_one_is_refused(laptop: Laptop) -> None:
    request = laptop.signed("lambda")
    request.url = f"{laptop.url}/other"
    assert (await laptop.send(request))[0] == 403


@pytest.mark.parametrize("token", [None, "another"])
async def test_another_session_token_than_the_keys_is_invalid(laptop: Laptop, token: str | None) -> None:
    keys = Keys(laptop.keys.access_key, laptop.keys.secret_key, token)
    status, body, _ = await laptop.send(laptop.signed("dynamodb", keys=keys))
    assert status == 400
    assert "UnrecognizedClientException" in body


async def test_a_key_of_an_earlier_run_is_invalid_in_the_services_own_words(laptop: Laptop) -> None:
    earlier = Keys(Credentials(ACCOUNT, laptop.clock).issue(ROLE, "session")["AWS_ACCESS_KEY_ID"], "secret", "token")
    for service, code in {
        "dynamodb": "UnrecognizedClientException",
        "sts": "InvalidClientTokenId",
        "s3": "InvalidAccessKeyId",
    }.items():
        assert code in (await laptop.send(laptop.signed(service, keys=earlier)))[1]


@pytest.mark.parametrize(
    ("laptop", "message"),
    [(310.0, "Signature expired: "), (-310.0, "Signature not yet current: ")],
    indirect=["laptop"],
)
async def test_a_signature_holds_for_five_minutes_both_ways(laptop: Laptop, message: str) -> None:
    status, body, _ = await laptop.send(laptop.signed("execute-api"))
    assert status == 403
    assert json.loads(body)["message"].startswith(message)


async def test_amazon_s3_gives_fifteen_minutes(laptop: Laptop) -> None:
    request = laptop.signed("s3")
    await laptop.clock.advance(800)
    assert (await laptop.send(request))[0] == 200
    await laptop.clock.advance(101)
    assert "<Code>RequestTimeTooSkewed</Code>" in (await laptop.send(request))[1]


async def test_a_presigned_url_holds_as_long_as_it_says(laptop: Laptop) -> None:
    request = AWSRequest("GET", f"{laptop.url}/production?room=b%20c")
    SigV4QueryAuth(laptop.keys, "execute-api", "us-east-1", expires=1000).add_auth(request)
    await laptop.clock.advance(990)
    assert (await laptop.send(request))[0] == 200
    await laptop.clock.advance(11)
    assert "Signature expired" in (await laptop.send(request))[1]


async def test_an_incomplete_signature_is_refused(laptop: Laptop) -> None:
    request = laptop.signed("lambda")
    del request.headers["X-Amz-Date"]
    status, body, headers = await laptop.send(request)
    assert (status, headers["x-amzn-ErrorType"]) == (403, "IncompleteSignatureException")
    assert "'X-Amz-Date' or a 'Date' header" in body


async def test_a_key_that_somebody_chose_may_be_signed_with_anything(laptop: Laptop) -> None:
    for name in ("me", "test", "AKIAIOSFODNN7EXAMPLE"):
        status, body, _ = await laptop.send(laptop.signed("dynamodb", keys=Keys(name, "anything")))
        assert (status, json.loads(body)[0]) == (200, f"arn:aws:iam::{ACCOUNT}:root")


async def test_a_browsers_question_before_a_presigned_upload_is_not_signed(laptop: Laptop) -> None:
    request = AWSRequest("PUT", f"{laptop.url}/bucket/key")
    SigV4QueryAuth(laptop.keys, "s3", "us-east-1", expires=60).add_auth(request)
    async with laptop.session.options(URL(str(request.url), encoded=True)) as answer:
        assert answer.status == 200
