"""A living API whose clients sign: with a role's keys, in headers or in the query string, and rightly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from tests.system.architectures import write
from tests.system.conftest import Up

WHO = """
import json


def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["identity"])}
"""
MORE = """
who = function("who")
api.route("$connect", who, signed=True)
api.route("who", who, two_way=True)
"""


@pytest.fixture
def guarded(up: Callable[..., Up], tmp_path: Path) -> Up:
    return up(write(tmp_path, more=MORE, who=WHO))


async def assumed(system: Up) -> Credentials:
    """The keys of a role, as a client gets them."""

    def assume() -> Credentials:
        sts = boto3.client(
            "sts",
            endpoint_url=f"http://127.0.0.1:{system.port}",
            region_name="us-east-1",
            aws_access_key_id="me",
            aws_secret_access_key="me",
        )
        given = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/mini-who", RoleSessionName="ada")["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    return await asyncio.to_thread(assume)


def presigned(url: str, keys: Credentials) -> URL:
    request = AWSRequest("GET", url.replace("ws", "http", 1))
    SigV4QueryAuth(keys, "execute-api", "us-east-1", expires=60).add_auth(request)
    return URL(str(request.url).replace("http", "ws", 1), encoded=True)


async def test_functions_learn_whose_keys_signed(guarded: Up, session: aiohttp.ClientSession) -> None:
    keys = await assumed(guarded)
    request = AWSRequest("GET", guarded.url.replace("ws", "http", 1))
    SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
    for url, headers in ((URL(guarded.url), dict(request.headers.items())), (presigned(guarded.url, keys), {})):
        async with session.ws_connect(url, headers=headers) as client:
            await client.send_json({"action": "who"})
            told = json.loads((await client.receive(timeout=30)).data)
        assert told["userArn"] == "arn:aws:sts::000000000000:assumed-role/mini-who/ada"
        assert told["accessKey"] == keys.access_key


async def test_no_signature_and_a_wrong_one_are_refused(guarded: Up, session: aiohttp.ClientSession) -> None:
    keys = await assumed(guarded)
    wrong = presigned(guarded.url, Credentials(keys.access_key, "wrong", keys.token))
    for url in (URL(guarded.url), wrong):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url)
        assert refused.value.status == 403
