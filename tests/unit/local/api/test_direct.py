"""Calls are answered the same whether the web server is between or not: same status, headers and bytes."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import re
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace
from multidict import CIMultiDict

from terrarium.local.api import sigv4
from terrarium.local.api.call import AwsCall
from terrarium.local.api.dynamodb import DynamoDb
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials, Issued
from terrarium.local.api.request import is_aws_call
from terrarium.local.data.tables import Streams, Tables
from terrarium.local.direct import Answerer, Head
from terrarium.local.edge.server import Edge, bind
from terrarium.local.edge.tls import Authority
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, ROLE, Refusing

TABLE = (
    '{"TableName":"Games","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],'
    '"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}'
)
PUT = '{"TableName":"Games","Item":{"id":{"S":"é"},"n":{"N":"1.50"}}}'
GET = '{"TableName":"Games","Key":{"id":{"S":"é"}}}'
QUERY = (
    '{"TableName":"Games","KeyConditionExpression":"id = :id","ExpressionAttributeValues":{":id":{"S":"é"}},'
    '"ReturnConsumedCapacity":"TOTAL"}'
)
ONLY_NEW = '{"TableName":"Games","Item":{"id":{"S":"é"}},"ConditionExpression":"attribute_not_exists(id)"}'
EARLIER = Credentials(ACCOUNT, ManualClock()).issue(ROLE, "of an earlier run")["AWS_ACCESS_KEY_ID"]


@dataclass
class Port:
    """The one port, with the AWS endpoint behind it."""

    number: int
    taken: list[Head]  # the heads that were answered without the web server
    observed: list[tuple[str, int]]
    credentials: Credentials
    clock: ManualClock
    trusting: ssl.SSLContext | None

    async def said(self, *requests: bytes) -> bytes:
        """All that is answered to requests that one connection sends, one after another."""
        reader, writer = await asyncio.open_connection("localhost", self.number, ssl=self.trusting)
        said = b""
        for one in requests:
            writer.write(one)
            said += await answer(reader)
        writer.close()
        return said


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert found is not None
    return head + await reader.readexactly(int(found[1]))


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Port]:
    async with serving(tmp_path) as one:
        yield one


class serving:  # noqa: N801  # reads as the function it stands for
    """A port in front of an empty table."""

    def __init__(self, folder: Path, tls: ssl.SSLContext | None = None, trusting: ssl.SSLContext | None = None) -> None:
        self._folder, self._tls, self._trusting = folder, tls, trusting

    async def __aenter__(self) -> Port:
        clock = ManualClock()
        credentials = Credentials(ACCOUNT, clock)
        self._tables = Tables(self._folder, clock=clock, account=ACCOUNT, region="us-east-1")
        await self._tables.start()
        observed: list[tuple[str, int]] = []

        def observe(call: AwsCall, status: int) -> None:
            observed.append((f"{call.service} {call.operation} {call.principal.arn}", status))

        services = {"dynamodb": DynamoDb(self._tables, Streams(self._tables))}
        endpoint = AwsEndpoint(services, Refusing(), credentials, clock, new_id=lambda: "THE-ID", observe=observe)
        taken: list[Head] = []

        def direct(head: Head) -> Answerer | None:
            answerer = endpoint.direct(head)
            if answerer is not None:
                taken.append(head)
            return answerer

        self._edge = Edge(
            aws=endpoint.handle, is_aws_call=lambda one: is_aws_call(one.headers, one.query), front=front, direct=direct
        )
        sockets = bind(0)
        await self._edge.listen(sockets, self._tls)
        one = Port(sockets[0].getsockname()[1], taken, observed, credentials, clock, self._trusting)
        await one.said(call("CreateTable", TABLE))
        taken.clear()
        observed.clear()
        return one

    async def __aexit__(self, *_: object) -> None:
        await self._edge.close()
        await self._tables.stop()


async def front(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="the front page")


def call(
    operation: str, body: str | bytes, key: str = "anyone", target: str = "DynamoDB_20120810", **headers: str
) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    lines = {
        "Host": "localhost",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20250101/us-east-1/dynamodb/aws4_request, Signature=00",
        "X-Amz-Target": f"{target}.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": str(len(data)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return "\r\n".join(["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]).encode() + (
        data
    )


def comparable(said: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Status line, headers in the order of their names, body: without the moment."""
    head, _, body = said.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    return status, sorted(one.lower() for one in headers if not one.lower().startswith(b"date:")), body


CALLS = {
    "a write": call("PutItem", PUT),
    "a read": call("GetItem", GET),
    "a query": call("Query", QUERY),
    "a list of streams": call("ListStreams", "{}", target="DynamoDBStreams_20120810"),
    "an empty body": call("ListTables", ""),
    "JSON 1.1": call("GetItem", GET, Content_Type="application/x-amz-json-1.1"),
    "AWS's own name": call("GetItem", GET, Host="dynamodb.us-east-1.amazonaws.com"),
    "a refused condition": call("PutItem", ONLY_NEW),
    "a condition that holds": call("PutItem", ONLY_NEW.replace("é", "new")),
    "no such table": call("GetItem", GET.replace("Games", "Others")),
    "no such operation": call("Frobnicate", "{}"),
    "no operation": call("", "{}"),
    "no JSON": call("GetItem", "{"),
    "no object": call("GetItem", "[]"),
    "no UTF-8": call("GetItem", b"\xff"),
    "a number without end": call("PutItem", PUT.replace("1.50", "9" * 40)),
    "half a surrogate": call("PutItem", PUT.replace("é", "\\ud800")),
    "keys of an earlier run": call("GetItem", GET, key=EARLIER),
    "more headers": call("GetItem", GET, User_Agent="boto3", amz_sdk_request="attempt=1", Connection="Keep-Alive"),
}
#: Before one of these, the same connection has carried another request, so that the web server has it.
UNUSUAL = {
    "a compressed body": call("GetItem", gzip.compress(GET.encode()), Content_Encoding="gzip"),
    "another's name": call("GetItem", GET, Host="evil.example"),
    "no signature": call("GetItem", GET, Authorization="Basic eDp5"),
    "a body past a megabyte": call("PutItem", PUT.replace("1.50", "1" * 1_100_000)),
    "a body past the limit": call("PutItem", "", Content_Length=str(17 * 1024 * 1024)),
    "another's target": call("GetItem", GET, target="Other"),
    "another path": call("GetItem", GET).replace(b"POST / ", b"POST /x ", 1),
    "the end of the connection": call("GetItem", GET, Connection="close"),
    "a head without end": call("GetItem", GET, X="x" * 70_000),
    "another method": call("GetItem", GET).replace(b"POST", b"PATCH", 1),
}
VISIT = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("request_", CALLS.values(), ids=CALLS)
async def test_a_call_is_answered_the_same_with_and_without_the_web_server(tmp_path: Path, request_: bytes) -> None:
    async with serving(tmp_path / "one") as one, serving(tmp_path / "two") as two:
        for each in (one, two):
            await each.said(VISIT, call("PutItem", PUT))
        direct = await one.said(request_)
        visited = await two.said(VISIT, request_)
        assert len(one.taken) == 1
        assert two.taken == []
        assert comparable(direct) == comparable(visited[visited.index(b"HTTP/1.1", 1) :])
        assert one.observed == two.observed


@pytest.mark.parametrize("request_", UNUSUAL.values(), ids=UNUSUAL)
async def test_an_unusual_request_is_the_web_servers(port: Port, request_: bytes) -> None:
    assert (await port.said(request_)).startswith(b"HTTP/1.")
    assert port.taken == []


async def test_an_unusual_body_is_answered_as_a_plain_one(port: Port) -> None:
    await port.said(call("PutItem", PUT))
    plain = await port.said(call("GetItem", GET))
    assert comparable(await port.said(UNUSUAL["a compressed body"])) == comparable(plain)


async def test_temporary_keys_are_known_and_expire(port: Port) -> None:
    keys = port.credentials.assume(ROLE, "me", 900)
    assert b" 200 " in await port.said(signed(keys, port.clock))
    assert port.taken
    assert port.observed[-1][0] == f"dynamodb ListTables {keys.principal.arn}"
    await port.clock.advance(901)
    refused = await port.said(signed(keys, port.clock))
    assert refused.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"#ExpiredTokenException" in refused


async def test_a_wrong_signature_is_refused_here_too(port: Port) -> None:
    keys = port.credentials.assume(ROLE, "me", 900)
    refused = await port.said(signed(replace(keys, secret_key="wrong"), port.clock))
    assert port.taken
    assert refused.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"#InvalidSignatureException" in refused


def signed(keys: Issued, clock: ManualClock) -> bytes:
    """ListTables, signed at the clock's time."""
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.now()))
    scope = f"{at[:8]}/us-east-1/dynamodb/aws4_request"
    claim = sigv4.Claim(scope, "host;x-amz-date;x-amz-security-token", "", at)
    headers = {"Host": "localhost", "X-Amz-Date": at, "X-Amz-Security-Token": keys.session_token}
    body = hashlib.sha256(b"{}").hexdigest()
    text = sigv4.string_to_sign(claim, sigv4.canonical_request(claim, "POST", "/", "", CIMultiDict(headers), body))
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={claim.signed_headers}, "
        f"Signature={sigv4.signature(keys.secret_key, claim, text)}"
    )
    return call("ListTables", "{}", **headers, Authorization=authorization)


async def test_many_calls_of_one_connection_are_answered_in_order(port: Port) -> None:
    reads = [GET.replace("é", str(number)) for number in range(50)]
    await port.said(*(call("PutItem", PUT.replace("é", str(number))) for number in range(50)))
    reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
    writer.write(b"".join(call("GetItem", read) for read in reads) + VISIT)
    for number in range(50):
        assert f'{{"S":"{number}"}}'.encode() in await answer(reader)
    assert b"the front page" in await answer(reader)
    writer.close()
    assert len(port.taken) == 100


async def test_a_call_over_tls_is_answered_without_the_web_server_too(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls", dt.datetime.now(dt.UTC))
    trusting = ssl.create_default_context(cafile=str(authority.certificate_file))
    async with serving(tmp_path / "tables", authority.server_context(), trusting) as one:
        assert b" 200 " in await one.said(call("PutItem", PUT), VISIT, call("GetItem", GET))
        assert len(one.taken) == 1
