"""The long tail of AWS, answered by moto in its own process, through real clients."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError
from joserfc import jwt
from joserfc.jwk import KeySet
from yarl import URL

from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.identity import Credentials
from terrarium.local.api.moto import Moto
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.api.seeds import Seed
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import SystemClock
from terrarium.testing.clock import ManualClock
from tests.unit.local.api.doubles import ACCOUNT, client, command_line, serving, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Laptop:
    url: str
    process: MotoProcess
    reports: list[str]


@asynccontextmanager
async def starting() -> AsyncIterator[Laptop]:
    reports: list[str] = []
    clock = SystemClock()
    process = MotoProcess(account=ACCOUNT, region="us-east-1", clock=clock, report=reports.append)
    endpoint = AwsEndpoint({}, Moto(process), Credentials(ACCOUNT, clock), clock)
    async with serving(endpoint.handle) as url:
        yield Laptop(url, process, reports)
    await process.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laptop() -> AsyncIterator[Laptop]:
    """One moto for all tests that do not care what else is in it: starting it takes a second or more."""
    async with starting() as laptop:
        yield laptop


@pytest_asyncio.fixture(loop_scope="module")
async def fresh() -> AsyncIterator[Laptop]:
    """A moto of a test's own, which has not been started."""
    async with starting() as laptop:
        yield laptop


# botocore makes its clients' classes while it runs: there is no type to name.
async def content(s3: Any, bucket: str, key: str) -> bytes:
    """An object's content, read beside the loop that serves it."""
    stream = (await asyncio.to_thread(s3.get_object, Bucket=bucket, Key=key))["Body"]
    read: bytes = await asyncio.to_thread(stream.read)
    return read


async def test_moto_starts_with_the_first_call_that_needs_it(fresh: Laptop) -> None:
    assert fresh.process.pid is None
    queue = client("sqs", fresh.url)
    url = (await asyncio.to_thread(queue.create_queue, QueueName="moves"))["QueueUrl"]
    assert url == f"{fresh.url}/{ACCOUNT}/moves"
    await asyncio.to_thread(queue.send_message, QueueUrl=url, MessageBody="e4")
    got = await asyncio.to_thread(queue.receive_message, QueueUrl=url)
    assert got["Messages"][0]["Body"] == "e4"


async def test_objects_of_every_size_and_kind_come_back_as_they_went(laptop: Laptop) -> None:
    s3 = client("s3", laptop.url)
    await asyncio.to_thread(s3.create_bucket, Bucket="results")
    bodies = {"empty": b"", "a b/é": b"small", "large": os.urandom(3 * 1024 * 1024), "packed": b"\x1f\x8b not really"}
    for key, body in bodies.items():
        encoding = {"ContentEncoding": "gzip"} if key == "packed" else {}
        await asyncio.to_thread(s3.put_object, Bucket="results", Key=key, Body=body, **encoding)
    for key, body in bodies.items():
        assert await content(s3, "results", key) == body
        head = await asyncio.to_thread(s3.head_object, Bucket="results", Key=key)
        assert head["ContentLength"] == len(body)
    with pytest.raises(s3.exceptions.NoSuchKey):
        await asyncio.to_thread(s3.get_object, Bucket="results", Key="gone")


async def test_a_presigned_address_of_either_signature_works(laptop: Laptop) -> None:
    for version in ("s3", "s3v4"):
        s3 = client("s3", laptop.url, config={"signature_version": version})
        await asyncio.to_thread(s3.create_bucket, Bucket="results")
        put = s3.generate_presigned_url("put_object", Params={"Bucket": "results", "Key": "one"})
        got = s3.generate_presigned_url("get_object", Params={"Bucket": "results", "Key": "one"})
        async with aiohttp.ClientSession() as http:
            async with http.put(put, data=b"X wins", skip_auto_headers=["Content-Type"]) as answer:
                assert answer.status == 200
            async with http.get(got) as answer:
                assert await answer.read() == b"X wins"


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("kms", "connect_custom_key_store", {"CustomKeyStoreId": "cks-1"}),
        ("iam", "list_service_specific_credentials", {}),
        ("ec2", "monitor_instances", {"InstanceIds": ["i-1"]}),
        ("xray", "get_groups", {}),
    ],
)
async def test_what_moto_lacks_is_a_clear_refusal_that_no_client_retries(
    laptop: Laptop, service: str, operation: str, params: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="Terrarium does not support") as refused:
        await asyncio.to_thread(getattr(client(service, laptop.url), operation), **params)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_a_seed_is_there_before_the_first_call_and_keeps_its_id(fresh: Laptop, tmp_path: Path) -> None:
    key = "0f1e2d3c-4b5a-4678-9abc-def012345678"
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>")
    seeds = {
        "aws_kms_key.data": Seed("kms", "CreateKey", {"Description": "data"}, custom_id=key),
        "aws_secretsmanager_secret.db": Seed(
            "secretsmanager", "CreateSecret", {"Name": "db", "SecretString": "pw"}, custom_id="AbCdEf"
        ),
        "aws_vpc.main": Seed("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, custom_id="vpc-0123456789abcdef0"),
        "aws_s3_bucket.web": Seed("s3", "CreateBucket", {"Bucket": "web"}, ("DeleteBucket", {"Bucket": "web"})),
        "aws_s3_object.page": Seed(
            "s3",
            "PutObject",
            {"Bucket": "web", "Key": "page", "Body": page},
            ("DeleteObject", {"Bucket": "web", "Key": "page"}),
        ),
    }
    for name, seed in seeds.items():
        assert await fresh.process.seed(name, seed) is None
    keys = await asyncio.to_thread(client("kms", fresh.url).list_keys)
    assert [it["KeyId"] for it in keys["Keys"]] == [key]
    secret = await asyncio.to_thread(client("secretsmanager", fresh.url).get_secret_value, SecretId="db")
    assert (secret["ARN"][-7:], secret["SecretString"]) == ("-AbCdEf", "pw")
    vpcs = await asyncio.to_thread(client("ec2", fresh.url).describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
    assert vpcs["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    s3 = client("s3", fresh.url)
    assert await content(s3, "web", "page") == b"<p>"
    await fresh.process.unseed("aws_s3_object.page")
    await fresh.process.unseed("aws_s3_bucket.web")
    assert (await asyncio.to_thread(s3.list_buckets))["Buckets"] == []
    assert fresh.reports == []


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.mark.parametrize(
    ("service", "operation", "params", "wanted"),
    [
        ("kms", "CreateKey", {}, "5f0c5ac4-6f5b-4a56-8a0e-000000000001"),
        ("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "s"}, "QwErTy"),
        ("acm", "RequestCertificate", {"DomainName": "example.com"}, "5f0c5ac4-6f5b-4a56-8a0e-000000000002"),
        ("route53", "CreateHostedZone", {"Name": "example.com", "CallerReference": "1"}, "Z0123456789ABC"),
        ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}, "AROAABCDEFGHIJKLMNOPQ"),
        ("apigateway", "CreateRestApi", {"name": "a"}, "a1b2c3d4e5"),
        ("ec2", "CreateVpc", {"CidrBlock": "10.1.0.0/16"}, "vpc-0aaaaaaaaaaaaaaa1"),
        ("ec2", "CreateSecurityGroup", {"GroupName": "g", "Description": "d"}, "sg-0aaaaaaaaaaaaaaa1"),
        ("ec2", "CreateInternetGateway", {}, "igw-0aaaaaaaaaaaaaaa1"),
        ("ec2", "AllocateAddress", {"Domain": "vpc"}, "eipalloc-0aaaaaaaaaaaaaaa1"),
    ],
)
async def test_ids_that_a_seed_can_decide(
    laptop: Laptop, service: str, operation: str, params: dict[str, Any], wanted: str
) -> None:
    await laptop.process.warm()
    made = await laptop.process.seed(
        f"{service}.{operation}.{wanted}", Seed(service, operation, params, custom_id=wanted)
    )
    assert wanted in json.dumps(made)


async def test_a_seed_while_moto_runs_takes_effect_at_once_and_once(laptop: Laptop) -> None:
    await laptop.process.warm()
    seed = Seed("sns", "CreateTopic", {"Name": "alarms"})
    made = await laptop.process.seed("aws_sns_topic.alarms", seed)
    assert made == {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"}
    assert await laptop.process.seed("aws_sns_topic.alarms", seed) is None


async def test_a_seed_that_comes_while_moto_starts_takes_effect_once(fresh: Laptop) -> None:
    first = Seed("kms", "CreateKey", {"Description": "first"})
    await fresh.process.seed("aws_kms_key.first", first)
    starting = asyncio.create_task(fresh.process.warm())
    await asyncio.sleep(0)  # the start is under way
    await fresh.process.seed("aws_kms_key.second", Seed("kms", "CreateKey", {"Description": "second"}))
    await starting
    keys = await asyncio.to_thread(client("kms", fresh.url).list_keys)
    assert len(keys["Keys"]) == 2


async def test_a_changed_seed_takes_the_place_of_the_older_one(laptop: Laptop) -> None:
    await laptop.process.warm()

    def parameter(value: str) -> Seed:
        params = {"Name": "/mode", "Value": value, "Type": "String"}
        return Seed("ssm", "PutParameter", params, ("DeleteParameter", {"Name": "/mode"}))

    for value in ("words", "time"):
        await laptop.process.seed("aws_ssm_parameter.mode", parameter(value))
    got = await asyncio.to_thread(client("ssm", laptop.url).get_parameter, Name="/mode")
    assert got["Parameter"]["Value"] == "time"


async def test_a_seed_that_moto_refuses_raises_and_is_not_kept(fresh: Laptop) -> None:
    await fresh.process.warm()
    wrong = Seed("s3", "PutObject", {"Bucket": "nowhere", "Key": "k", "Body": b"x"})
    with pytest.raises(AwsError, match="NoSuchBucket"):
        await fresh.process.seed("aws_s3_object.k", wrong)
    await fresh.process.stop()
    await fresh.process.warm()
    assert fresh.reports == []


async def test_a_killed_moto_comes_back_with_its_seeds_and_their_ids(fresh: Laptop) -> None:
    await fresh.process.seed("aws_cognito_user_pool.players", Seed("cognito-idp", "CreateUserPool", {"PoolName": "p"}))
    pools = client("cognito-idp", fresh.url)
    before = (await asyncio.to_thread(pools.list_user_pools, MaxResults=5))["UserPools"][0]["Id"]
    first = fresh.process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: fresh.process.pid != first)
    after = (await asyncio.to_thread(pools.list_user_pools, MaxResults=5))["UserPools"][0]["Id"]
    assert after == before
    assert fresh.process.pid != first
    assert fresh.reports == ["moto ended with -9; the next call that needs it starts it again"]


async def test_a_user_pool_has_its_wanted_id_and_anybody_may_check_its_tokens(fresh: Laptop) -> None:
    pool, page = "us-east-1_abcdefghi", "k" * 26
    wanted = Seed("cognito-idp", "CreateUserPool", {"PoolName": "p"}, custom_id=pool.partition("_")[2])
    await fresh.process.seed("aws_cognito_user_pool.p", wanted)
    client_of = {"UserPoolId": pool, "ClientName": "page"}
    await fresh.process.seed("client", Seed("cognito-idp", "CreateUserPoolClient", client_of, custom_id=page))
    pools = client("cognito-idp", fresh.url)

    def signed_in() -> str:
        pools.admin_create_user(UserPoolId=pool, Username="ada")
        pools.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Long-enough-1", Permanent=True)
        known = {"USERNAME": "ada", "PASSWORD": "Long-enough-1"}
        flow = {"ClientId": page, "AuthFlow": "USER_PASSWORD_AUTH"}
        token: str = pools.initiate_auth(AuthParameters=known, **flow)["AuthenticationResult"]["AccessToken"]
        return token

    token = await asyncio.to_thread(signed_in)
    host = {"Host": "cognito-idp.us-east-1.amazonaws.com"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{fresh.url}/{pool}/.well-known/jwks.json", headers=host) as it,
    ):
        keys = KeySet.import_key_set(await it.json())
    claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["client_id"]) == (f"https://cognito-idp.us-east-1.amazonaws.com/{pool}", page)


async def test_nobody_without_the_key_is_answered(laptop: Laptop) -> None:
    address = await laptop.process.address()
    async with aiohttp.ClientSession() as http:
        for headers in ({}, {"X-Terrarium-Key": "guessed"}):
            async with http.get(f"http://127.0.0.1:{address.port}/moto-api/data.json", headers=headers) as answer:
                assert answer.status == 403


PARENT = """
import asyncio
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.clock import SystemClock
from terrarium.testing.clock import ManualClock

async def main():
    process = MotoProcess(account="000000000000", region="us-east-1", clock=SystemClock(), report=print)
    await process.warm()
    print(process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_nothing_stays_behind_when_the_parent_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.communicate()
    await until(lambda: not _lives(child))


def _lives(pid: int) -> bool:
    """Whether a process runs; a zombie that its new parent has not collected yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_the_command_line_copies_a_file(laptop: Laptop, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(os.urandom(9 * 1024 * 1024))
    await command_line(laptop.url, "s3", "mb", "s3://results")
    await command_line(laptop.url, "s3", "cp", str(there), "s3://results/one")
    await command_line(laptop.url, "s3", "cp", "s3://results/one", str(back))
    assert back.read_bytes() == there.read_bytes()


@pytest.mark.parametrize(
    ("service", "calls"),
    [
        ("ssm", [("put_parameter", {"Name": "/a", "Value": "v", "Type": "String"}), ("get_parameter", {"Name": "/a"})]),
        ("iam", [("create_user", {"UserName": "u"}), ("get_user", {"UserName": "u"})]),
        ("iam", [("get_policy", {"PolicyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"})]),
        ("sns", [("create_topic", {"Name": "t"}), ("list_topics", {})]),
        ("kms", [("create_key", {}), ("list_keys", {})]),
        ("secretsmanager", [("create_secret", {"Name": "s", "SecretString": "x"}), ("list_secrets", {})]),
        ("cloudwatch", [("describe_alarms", {})]),
        ("route53", [("list_hosted_zones", {})]),
        ("ec2", [("describe_vpcs", {})]),
        ("apigatewayv2", [("create_api", {"Name": "a", "ProtocolType": "WEBSOCKET"}), ("get_apis", {})]),
        ("elbv2", [("describe_load_balancers", {})]),
        ("ecs", [("list_clusters", {})]),
    ],
)
async def test_services_of_every_protocol_answer(
    laptop: Laptop, service: str, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    asking = client(service, laptop.url)
    for operation, params in calls:
        answer = await asyncio.to_thread(getattr(asking, operation), **params)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] in (200, 201)


async def test_a_refusal_of_a_service_reaches_the_client_as_its_own_exception(laptop: Laptop) -> None:
    secrets = client("secretsmanager", laptop.url)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        await asyncio.to_thread(secrets.get_secret_value, SecretId="gone")


@pytest.mark.parametrize("present", [True, False])
async def test_a_moto_that_cannot_start_is_said_once_and_is_no_traceback(tmp_path: Path, present: bool) -> None:
    reports: list[str] = []
    broken = tmp_path / "python"
    if present:
        broken.write_text("#!/bin/sh\necho no moto here >&2\nexit 3\n")
        broken.chmod(0o755)
    process = MotoProcess(
        account=ACCOUNT, region="us-east-1", clock=ManualClock(), report=reports.append, interpreter=str(broken)
    )
    for _ in range(2):
        with pytest.raises(AwsError, match="ServiceUnavailable: moto"):
            await process.warm()
    assert len(reports) == 1
    assert ("no moto here" if present else "No such file") in reports[0]
    await process.stop()


SLOW = """#!{python}
import os, select, sys
lifeline = int(sys.argv[-1])
with open({begun!r}, "a") as begun:
    begun.write(f"{{os.getpid()}}\\n")
while not os.path.exists({gate!r}):
    if select.select([lifeline], [], [], 0.01)[0]:
        sys.exit()
print("ready", flush=True)
os.read(lifeline, 1)
"""


@dataclass
class Slow:
    """A process in moto's place that is ready when it is told to be."""

    process: MotoProcess
    gate: Path
    begun: Path

    def pids(self) -> list[int]:
        return [int(pid) for pid in self.begun.read_text().split()] if self.begun.exists() else []


@pytest_asyncio.fixture(loop_scope="module")
async def slow(tmp_path: Path) -> AsyncIterator[Slow]:
    gate, begun, interpreter = tmp_path / "gate", tmp_path / "begun", tmp_path / "python"
    interpreter.write_text(SLOW.format(python=sys.executable, begun=str(begun), gate=str(gate)))
    interpreter.chmod(0o755)
    process = MotoProcess(
        account=ACCOUNT, region="us-east-1", clock=ManualClock(), report=print, interpreter=str(interpreter)
    )
    yield Slow(process, gate, begun)
    await process.stop()


async def test_a_start_outlives_a_caller_who_leaves(slow: Slow) -> None:
    leaving, staying = (asyncio.create_task(slow.process.warm()) for _ in range(2))
    await until(lambda: bool(slow.pids()))
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    slow.gate.touch()
    await staying
    assert slow.pids() == [slow.process.pid]


async def test_a_start_that_everybody_left_serves_the_next_caller(slow: Slow) -> None:
    leaving = asyncio.create_task(slow.process.warm())
    await until(lambda: bool(slow.pids()))
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    slow.gate.touch()
    await slow.process.warm()
    assert slow.pids() == [slow.process.pid]


async def test_a_moto_that_is_stopped_while_it_starts_leaves_nothing_and_tells_who_waits(slow: Slow) -> None:
    waiting = asyncio.create_task(slow.process.warm())
    await until(lambda: bool(slow.pids()))
    await slow.process.stop()
    with pytest.raises(AwsError, match="ServiceUnavailable: moto was stopped"):
        await waiting
    assert not _lives(slow.pids()[0])


async def test_a_moto_that_dies_under_a_call_is_a_503_that_clients_may_retry(fresh: Laptop) -> None:
    s3 = client("s3", fresh.url)
    await asyncio.to_thread(s3.create_bucket, Bucket="results")
    sent = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 1024 * 1024
        sent.set()
        while fresh.process.pid is not None:
            yield b"x"
            await asyncio.sleep(0.01)

    async def upload() -> tuple[int, str]:
        signed = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=key/20250101/us-east-1/s3/aws4_request",
            "Content-Length": str(10**9),
        }
        url = f"{fresh.url}/results/k"
        async with aiohttp.ClientSession(headers=signed) as http, http.put(url, data=endless()) as answer:
            return answer.status, await answer.text()

    uploading = asyncio.create_task(upload())
    await sent.wait()
    assert fresh.process.pid is not None
    os.kill(fresh.process.pid, signal.SIGKILL)
    status, text = await uploading
    assert status == 503
    assert "<Code>ServiceUnavailable</Code>" in text


async def test_a_client_that_leaves_in_the_middle_harms_nobody(laptop: Laptop) -> None:
    s3 = client("s3", laptop.url)
    await asyncio.to_thread(s3.create_bucket, Bucket="results")
    await asyncio.to_thread(s3.put_object, Bucket="results", Key="large", Body=b"x" * 8 * 1024 * 1024)
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20250101/us-east-1/s3/aws4_request"}
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    host, port = URL(laptop.url).host, URL(laptop.url).port
    for request in (
        "GET /results/large HTTP/1.1\r\n",
        "PUT /results/cut-short HTTP/1.1\r\nContent-Length: 100000000\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"{request}Host: x\r\n{head}\r\n".encode() + b"x" * 2_000_000 * request.startswith("PUT"))
        await writer.drain()
        if request.startswith("GET"):
            await reader.readexactly(1000)
        writer.transport.abort()
    keys = await asyncio.to_thread(s3.list_objects_v2, Bucket="results")
    assert "cut-short" not in {it["Key"] for it in keys["Contents"]}
