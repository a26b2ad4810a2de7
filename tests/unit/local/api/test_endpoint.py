"""What an SDK sees of the endpoint, through real clients."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web
from botocore.exceptions import ClientError

from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.dynamodb import DynamoDb
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.execute_api import Address, ExecuteApi
from terrarium.local.api.identity import Credentials
from terrarium.local.api.lambda_ import Lambda
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.sts import Sts
from terrarium.local.direct import Reply
from terrarium.local.mapped import Mapped
from terrarium.model.bundles import zipped
from terrarium.model.expressions import Bundle
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import (
    ACCOUNT,
    ROLE,
    Items,
    OneStream,
    Refusing,
    Runner,
    Settings,
    client,
    command_line,
    serving,
)

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20250101/us-east-1/{}/aws4_request, Signature=00"}


@dataclass
class Laptop:
    url: str
    runner: Runner
    credentials: Credentials
    clock: ManualClock
    calls: list[tuple[AwsCall, int]]
    posted: list[tuple[Address, bytes]]

    def headers(self, service: str) -> dict[str, str]:
        return {"Authorization": SIGNED["Authorization"].format(service)}


def double(event: Any) -> Any:
    if event == "bad":
        raise ValueError("no good")
    return {"twice": [event, event]}


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    (tmp_path / "index.py").write_text("def handler(event, context): return event\n")
    clock = ManualClock(int(time.time()))  # clients sign with the machine's own
    credentials = Credentials(ACCOUNT, clock)
    settings = {name: Settings(name, tmp_path, {"TABLE": "Items"}) for name in ("double", "another")}
    runner = Runner(settings, double)
    calls: list[tuple[AwsCall, int]] = []
    posted: list[tuple[Address, bytes]] = []

    class Apis:
        sites: ClassVar = {"/chat/talk": "a1b2", "talk.chat.localhost": "a1b2"}

        async def serve(self, address: Address, call: AwsCall) -> web.StreamResponse:
            posted.append((address, await call.body()))
            return web.Response()

        def post(self, address: Address, data: bytes) -> Reply:
            posted.append((address, data))
            return Reply(200, b"", {})

    class Domains:
        def find(self, host: str, path: str) -> Address | None:
            mapped = Mapped("talk.example.com", "live")
            return Address("a1b2", "prod", path.rpartition("/")[2], mapped) if path.startswith("/live/") else None

    deployed = DeployedCode(tmp_path.with_name(f"{tmp_path.name}-packed"), lambda: "", clock)
    services: dict[str, Service] = {
        "dynamodb": DynamoDb(Items(), OneStream()),
        "lambda": Lambda(runner, settings.values, deployed),
        "sts": Sts(credentials, lambda arn: arn == ROLE),
        "execute-api": ExecuteApi(Apis(), Domains()),
    }
    endpoint = AwsEndpoint(
        services, Refusing(), credentials, clock, observe=lambda call, status: calls.append((call, status))
    )
    async with serving(endpoint.handle) as url:
        yield Laptop(url, runner, credentials, clock, calls, posted)


async def test_an_item_that_was_put_is_got_back(laptop: Laptop) -> None:
    tables = client("dynamodb", laptop.url)
    await asyncio.to_thread(tables.put_item, TableName="Items", Item={"id": {"S": "é"}, "n": {"N": "1"}})
    got = await asyncio.to_thread(tables.get_item, TableName="Items", Key={"id": {"S": "é"}})
    assert got["Item"] == {"id": {"S": "é"}, "n": {"N": "1"}}
    assert got["ResponseMetadata"]["RequestId"] == laptop.calls[-1][0].request_id


async def test_a_refused_condition_raises_the_clients_own_exception_with_the_item(laptop: Laptop) -> None:
    tables = client("dynamodb", laptop.url)
    put = {"TableName": "Items", "Item": {"id": {"S": "a"}}}
    await asyncio.to_thread(tables.put_item, **put)
    with pytest.raises(tables.exceptions.ConditionalCheckFailedException) as refused:
        await asyncio.to_thread(tables.put_item, ConditionExpression="attribute_not_exists(id)", **put)
    assert refused.value.response["Item"] == {"id": {"S": "a"}}
    assert refused.value.response["Error"]["Message"] == "The conditional request failed"


async def test_streams_share_the_signing_name_and_have_an_engine_of_their_own(laptop: Laptop) -> None:
    listed = await asyncio.to_thread(client("dynamodbstreams", laptop.url).list_streams)
    assert listed["Streams"][0]["StreamArn"] == "arn:stream"


async def test_a_dynamodb_answer_carries_its_checksum(laptop: Laptop) -> None:
    headers = laptop.headers("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.Scan"}
    async with aiohttp.ClientSession() as http, http.post(laptop.url, data=b"{}", headers=headers) as answer:
        body = await answer.read()
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(body))


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(laptop: Laptop, body: bytes) -> None:
    headers = laptop.headers("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.Scan"}
    async with aiohttp.ClientSession() as http, http.post(laptop.url, data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json(content_type=None))["__type"].endswith("#SerializationException")


async def test_a_body_past_the_limit_is_refused_without_being_read(laptop: Laptop) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 1024 * 1024

    headers = laptop.headers("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.Scan"}
    async with aiohttp.ClientSession() as http, http.post(laptop.url, data=endless(), headers=headers) as answer:
        assert answer.status == 413


async def test_any_keys_are_the_accounts_root(laptop: Laptop) -> None:
    who = await asyncio.to_thread(client("sts", laptop.url).get_caller_identity)
    assert (who["Account"], who["Arn"], who["UserId"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)


async def test_issued_keys_are_their_roles_session(laptop: Laptop) -> None:
    env = laptop.credentials.issue(ROLE, "joinQueue")
    keys = {
        "aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": env["AWS_SESSION_TOKEN"],
    }
    who = await asyncio.to_thread(client("sts", laptop.url, **keys).get_caller_identity)
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/tictactoe-joinQueue/joinQueue"
    assert who["UserId"].startswith("AROA")
    assert who["UserId"].endswith(":joinQueue")
    assert laptop.calls[-1][0].principal.role_arn == ROLE


async def test_an_assumed_role_expires(laptop: Laptop) -> None:
    sts = client("sts", laptop.url)
    given = await asyncio.to_thread(sts.assume_role, RoleArn=ROLE, RoleSessionName="me", DurationSeconds=900)
    assert given["Credentials"]["Expiration"].timestamp() == laptop.clock.now() + 900
    keys = {
        "aws_access_key_id": given["Credentials"]["AccessKeyId"],
        "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
        "aws_session_token": given["Credentials"]["SessionToken"],
    }
    mine = client("sts", laptop.url, **keys)
    assert (await asyncio.to_thread(mine.get_caller_identity))["Arn"] == given["AssumedRoleUser"]["Arn"]
    await laptop.clock.advance(901)
    with pytest.raises(ClientError, match="ExpiredToken"):
        await asyncio.to_thread(mine.get_caller_identity)


async def test_a_role_that_is_not_there_cannot_be_assumed(laptop: Laptop) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    with pytest.raises(ClientError, match=r"AccessDenied.*sts:AssumeRole on resource"):
        await asyncio.to_thread(client("sts", laptop.url).assume_role, RoleArn=other, RoleSessionName="me")


@pytest.mark.parametrize(
    "wrong",
    [{"RoleSessionName": "a b"}, {"DurationSeconds": 50_000}, {"RoleArn": "arn:aws:iam::1:role/not-an-account"}],
)
async def test_assuming_checks_its_parameters(laptop: Laptop, wrong: dict[str, Any]) -> None:
    asked = {"RoleArn": ROLE, "RoleSessionName": "me"} | wrong
    with pytest.raises(ClientError, match="ValidationError"):
        await asyncio.to_thread(client("sts", laptop.url).assume_role, **asked)


async def test_a_function_answers_its_caller(laptop: Laptop) -> None:
    invoke = client("lambda", laptop.url).invoke
    answer = await asyncio.to_thread(invoke, FunctionName="double", Payload=b'"x"', LogType="Tail")
    assert json.load(answer["Payload"]) == {"twice": ["x", "x"]}
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert answer["LogResult"] == "U1RBUlQKRU5ECg=="
    assert answer["ResponseMetadata"]["RequestId"] == "8f5d7c50-0000-4000-8000-000000000000"


async def test_a_functions_failure_is_an_answer_with_its_error(laptop: Laptop) -> None:
    answer = await asyncio.to_thread(client("lambda", laptop.url).invoke, FunctionName="double", Payload=b'"bad"')
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.load(answer["Payload"])["errorMessage"] == "no good"


async def test_an_event_invocation_is_accepted_at_once(laptop: Laptop) -> None:
    answer = await asyncio.to_thread(
        client("lambda", laptop.url).invoke, FunctionName="double", Payload=b"1", InvocationType="Event"
    )
    assert (answer["StatusCode"], laptop.runner.queued) == (202, [b"1"])


async def test_a_dry_run_runs_nothing(laptop: Laptop) -> None:
    answer = await asyncio.to_thread(
        client("lambda", laptop.url).invoke, FunctionName="double", InvocationType="DryRun"
    )
    assert (answer["StatusCode"], laptop.runner.contexts) == (204, [])


@pytest.mark.parametrize(
    "name",
    [
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:double",
        f"{ACCOUNT}:function:double",
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:double:$LATEST",
    ],
)
async def test_a_function_is_known_by_name_and_arn(laptop: Laptop, name: str) -> None:
    answer = await asyncio.to_thread(
        client("lambda", laptop.url).invoke, FunctionName=name, ClientContext="eyJhIjoxfQ=="
    )
    assert json.load(answer["Payload"]) == {"twice": [{}, {}]}
    assert laptop.runner.contexts == [b'{"a":1}']


@pytest.mark.parametrize(("name", "qualifier"), [("missing", "$LATEST"), ("double", "7")])
async def test_a_function_or_version_that_is_not_there_is_not_found(laptop: Laptop, name: str, qualifier: str) -> None:
    functions = client("lambda", laptop.url)
    message = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:"
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match=message):
        await asyncio.to_thread(functions.invoke, FunctionName=name, Qualifier=qualifier)


async def test_a_payload_that_is_no_json_is_refused(laptop: Laptop) -> None:
    functions = client("lambda", laptop.url)
    with pytest.raises(functions.exceptions.InvalidRequestContentException):
        await asyncio.to_thread(functions.invoke, FunctionName="double", Payload=b"{")


async def test_a_payload_over_six_megabytes_is_refused(laptop: Laptop) -> None:
    functions = client("lambda", laptop.url)
    payload = b'"' + b"x" * 6 * 1024 * 1024 + b'"'
    with pytest.raises(functions.exceptions.RequestTooLargeException, match="6291456"):
        await asyncio.to_thread(functions.invoke, FunctionName="double", Payload=payload)


async def test_functions_are_described_and_listed(laptop: Laptop) -> None:
    functions = client("lambda", laptop.url)
    one = await asyncio.to_thread(functions.get_function, FunctionName="double")
    assert one["Configuration"]["Environment"] == {"Variables": {"TABLE": "Items"}}
    package = zipped(Bundle((("", laptop.runner.get("double").code),), "double"))
    assert one["Configuration"]["CodeSize"] == len(package)
    assert one["Configuration"]["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    listed = await asyncio.to_thread(lambda: [it["FunctionName"] for page in pages for it in page["Functions"]])
    assert listed == ["another", "double"]


async def test_a_lambda_operation_that_is_not_ours_says_so(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="Terrarium does not support"):
        await asyncio.to_thread(client("lambda", laptop.url).list_layers)


async def test_a_message_for_a_connection_reaches_its_api_by_path(laptop: Laptop) -> None:
    posting = client("apigatewaymanagementapi", f"{laptop.url}/chat/talk/production")
    await asyncio.to_thread(posting.post_to_connection, ConnectionId="L0SM9cOFvHcCIhw=", Data=b"hello")
    assert laptop.posted == [(Address("a1b2", "production", "L0SM9cOFvHcCIhw%3D"), b"hello")]


@pytest.mark.parametrize("host", ["a1b2.execute-api.us-east-1.amazonaws.com", "talk.chat.localhost:4500"])
async def test_a_message_for_a_connection_reaches_its_api_by_host(laptop: Laptop, host: str) -> None:
    headers = laptop.headers("execute-api") | {"Host": host}
    url = f"{laptop.url}/production/@connections/L0SM9cOFvHcCIhw="
    async with aiohttp.ClientSession() as http, http.post(url, data=b"hi", headers=headers) as answer:
        assert answer.status == 200
    assert laptop.posted == [(Address("a1b2", "production", "L0SM9cOFvHcCIhw="), b"hi")]


async def test_a_connection_is_reached_through_a_custom_domain_name_too(laptop: Laptop) -> None:
    connections = client("apigatewaymanagementapi", f"{laptop.url}/live")
    await asyncio.to_thread(connections.post_to_connection, ConnectionId="L0SM9cOFvHcCIhw=", Data=b"hi")
    address = Address("a1b2", "prod", "L0SM9cOFvHcCIhw%3D", Mapped("talk.example.com", "live"))
    assert laptop.posted == [(address, b"hi")]


async def test_a_management_call_without_an_api_is_forbidden(laptop: Laptop) -> None:
    posting = client("apigatewaymanagementapi", laptop.url)
    with pytest.raises(posting.exceptions.ForbiddenException):
        await asyncio.to_thread(posting.post_to_connection, ConnectionId="x", Data=b"hello")


async def test_a_management_call_in_nobodys_name_is_refused(laptop: Laptop) -> None:
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=/20250101/us-east-1/execute-api/aws4_request, Signature=00"
    }
    url = f"{laptop.url}/chat/talk/production/@connections/L0SM9cOFvHcCIhw="
    async with aiohttp.ClientSession() as http, http.post(url, data=b"hi", headers=headers) as answer:
        assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (403, "IncompleteSignatureException")
    assert laptop.posted == []


async def test_an_unsigned_request_is_refused(laptop: Laptop) -> None:
    async with aiohttp.ClientSession() as http, http.get(laptop.url) as answer:
        assert answer.status == 403
        assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationToken"


async def test_a_bug_is_a_500_in_the_calls_protocol_and_is_logged(
    laptop: Laptop, caplog: pytest.LogCaptureFixture
) -> None:
    headers = laptop.headers("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
    async with aiohttp.ClientSession() as http, http.post(laptop.url, data=b"{}", headers=headers) as answer:
        assert answer.status == 500
        assert (await answer.json(content_type=None))["__type"].endswith("InternalFailure")
    assert "KeyError" in caplog.text


async def test_the_command_line_scans_a_table(laptop: Laptop) -> None:
    tables = client("dynamodb", laptop.url)
    await asyncio.to_thread(tables.put_item, TableName="Items", Item={"id": {"S": "a"}})
    scan = ("dynamodb", "scan", "--table-name", "Items", "--query", "Items[].id.S", "--output", "text")
    assert await command_line(laptop.url, *scan) == "a\n"
