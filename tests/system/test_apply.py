"""What Terraform and SDKs create through the AWS endpoint: it is there, as it was asked for, and alive at once."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest

from terrarium.load import systems
from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, moto_of, terrarium, until
from tests.unit.terraform.commands import initialised, terraform

ROLE = "arn:aws:iam::000000000000:role/anything"
ECHO = """
import os

import boto3

connections = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS"])
things = boto3.resource("dynamodb").Table("Things")


def handler(event, context):
    if "Records" not in event:
        things.put_item(Item={"id": event["requestContext"]["connectionId"], "body": event["body"]})
    for record in event.get("Records", ()):
        image = record["dynamodb"]["NewImage"]
        connections.post_to_connection(ConnectionId=image["id"]["S"], Data=f"kept {image['body']['S']}".encode())
    return {"statusCode": 200}
"""


@pytest.fixture
def empty(up: Callable[..., Up]) -> Up:
    """An AWS endpoint with nothing in it."""
    return up("empty")


# boto3 makes its clients' classes while it runs: there is no type to name.
def _client(service: str, port: int) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make(service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)


def _zip(**modules: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return packed.getvalue()


def _make_table(port: int) -> str:
    """A table whose stream shows new images; the stream's ARN."""
    _client("dynamodb", port).create_table(
        TableName="Things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    arn: str = _client("dynamodb", port).describe_table(TableName="Things")["Table"]["LatestStreamArn"]
    return arn


def _make_everything(port: int) -> str:
    """A table, a function on its stream, and a WebSocket API in front of that function; the API's address."""
    stream = _make_table(port)
    functions, gateway = _client("lambda", port), _client("apigatewayv2", port)
    api = gateway.create_api(Name="echo", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    endpoint: str = api["ApiEndpoint"]
    function = functions.create_function(
        FunctionName="echo",
        Runtime="python3.12",
        Handler="echo.handler",
        Role=ROLE,
        Code={"ZipFile": _zip(echo=ECHO)},
        Environment={"Variables": {"CONNECTIONS": f"{endpoint.replace('ws', 'http', 1)}/dev"}},
    )
    functions.create_event_source_mapping(EventSourceArn=stream, FunctionName="echo", StartingPosition="TRIM_HORIZON")
    invoke = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    uri = f"{invoke}/{function['FunctionArn']}/invocations"
    integration = gateway.create_integration(ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=uri)
    target = f"integrations/{integration['IntegrationId']}"
    gateway.create_route(ApiId=api["ApiId"], RouteKey="$default", Target=target)
    gateway.create_stage(ApiId=api["ApiId"], StageName="dev", AutoDeploy=True)
    return f"{endpoint}/dev"


async def _answer(session: aiohttp.ClientSession, url: str, text: str) -> str:
    async with session.ws_connect(url) as connection:
        await connection.send_str(text)
        return await asyncio.wait_for(connection.receive_str(), PATIENCE)


async def test_a_table_a_function_and_an_api_that_calls_make_work_together_at_once(
    empty: Up, session: aiohttp.ClientSession
) -> None:
    url = await asyncio.to_thread(_make_everything, empty.port)
    assert await _answer(session, url, "hello") == "kept hello"


async def test_what_calls_made_is_there_after_a_restart(up: Callable[..., Up], session: aiohttp.ClientSession) -> None:
    system = up("empty")
    url = await asyncio.to_thread(_make_everything, system.port)
    system.process.kill()
    system.process.communicate(timeout=PATIENCE)

    up("empty", port=system.port)  # the same, which the function's environment names

    assert await _answer(session, url, "still here") == "kept still here"


async def test_an_api_that_is_deleted_sends_its_clients_away_and_is_gone(
    empty: Up, session: aiohttp.ClientSession
) -> None:
    url = await asyncio.to_thread(_make_everything, empty.port)
    gateway = _client("apigatewayv2", empty.port)
    (api,) = await asyncio.to_thread(lambda: gateway.get_apis()["Items"])
    async with session.ws_connect(url) as connection:
        await asyncio.to_thread(gateway.delete_api, ApiId=api["ApiId"])
        message = await asyncio.wait_for(connection.receive(), PATIENCE)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    assert await asyncio.to_thread(lambda: gateway.get_apis()["Items"]) == []


async def test_changed_code_answers_the_next_call(empty: Up) -> None:
    functions = _client("lambda", empty.port)

    def invoked() -> Any:
        return json.loads(functions.invoke(FunctionName="one")["Payload"].read())

    def changed() -> tuple[Any, Any]:
        code = "def handler(event, context):\n    return {}\n"
        uploaded = {"ZipFile": _zip(one=code.format(1))}
        functions.create_function(
            FunctionName="one", Runtime="python3.12", Handler="one.handler", Role=ROLE, Code=uploaded
        )
        first = invoked()
        functions.update_function_code(FunctionName="one", ZipFile=_zip(one=code.format(2)))
        return first, invoked()

    assert await asyncio.to_thread(changed) == (1, 2)


def _apply(system: Up, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, values: Path | None = None) -> Path:
    """Builds a system and applies it to an endpoint, with values for its variables where they are not the defaults.

    The address is a number: names of buckets under ``localhost`` resolve on some machines only.
    """
    built = terrarium(folder, "build", name, "--out", "out", "--no-packages")
    assert built.returncode == 0, built.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{system.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    out = initialised(folder / "out")
    if values is not None:
        shutil.copy(values, out / "terraform.tfvars")
    _run(out, "apply", "-auto-approve")
    return out


def _run(folder: Path, command: str, *options: str) -> str:
    done = terraform(folder, command, *options, "-input=false", "-no-color", "-parallelism=30")
    assert done.returncode == 0, done.stderr + done.stdout[-4000:]
    return done.stdout


def _plan_is_empty_and_destroy_leaves_nothing(system: Up, out: Path) -> None:
    """Whatever happened to the system since, and to moto: the plan finds everything, and it can all be destroyed."""
    applied = [name for name in terraform(out, "state", "list").stdout.split() if ".data." not in f".{name}"]
    _kill_moto(system)
    assert "No changes." in _run(out, "plan", "-detailed-exitcode")
    # What is there was looked at a moment ago.
    assert f"Resources: {len(applied)} destroyed" in _run(out, "destroy", "-auto-approve", "-refresh=false")
    assert terraform(out, "state", "list").stdout == ""
    left = json.loads(system.terrarium("status", "--json").stdout)
    # A log line that comes late makes its group again, and nothing but who looks notices.
    assert [one for one in left["resources"] if one["type"] != "aws_cloudwatch_log_group"] == []
    assert _client("dynamodb", system.port).list_tables()["TableNames"] == []
    assert _client("s3", system.port).list_buckets()["Buckets"] == []
    assert _client("iam", system.port).list_roles()["Roles"] == []


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_chat_is_applied_with_everything_that_it_can_have_lasts_talks_and_is_destroyed(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = up("empty")
    out = _apply(first, tmp_path, "chat", monkeypatch, systems()["chat"].parent / "environments" / "grown.tfvars")
    assert first.terrarium("down").returncode == 0
    first.process.communicate(timeout=PATIENCE)
    again = up("empty", port=first.port)
    outputs = {name: one["value"] for name, one in json.loads(_run_output(out)).items()}
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        asyncio.run(_first_of(outputs["test_connection_url"], '{"type": "room_list"}'))
    token = _signed_in(again.port, outputs["user_pool_id"], outputs["user_pool_client_id"])
    url = f"{outputs['websocket_api_endpoint']}?roomId=general&token={token}"
    assert asyncio.run(_first_of(url, '{"type": "room_list"}'))["type"]
    _plan_is_empty_and_destroy_leaves_nothing(again, out)


def _signed_in(port: int, pool: str, page: str) -> str:
    """An access token of somebody who has an account."""
    people, password = _client("cognito-idp", port), "Only-for-a-test-1"
    people.admin_create_user(UserPoolId=pool, Username="ada")
    people.admin_set_user_password(UserPoolId=pool, Username="ada", Password=password, Permanent=True)
    given = {"USERNAME": "ada", "PASSWORD": password}
    answer = people.initiate_auth(ClientId=page, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return str(answer["AuthenticationResult"]["AccessToken"])


def _kill_moto(system: Up) -> None:
    """Ends the process that answers for most services, which the next call starts again."""
    for pid in moto_of(system):
        os.kill(pid, signal.SIGKILL)
        until(lambda: pid not in moto_of(system))  # noqa: B023  # it is called within this round


def _run_output(out: Path) -> str:
    return terraform(out, "output", "-json").stdout


async def _first_of(url: str, text: str) -> Any:  # whatever JSON a system sends
    async with aiohttp.ClientSession() as session:
        return json.loads(await _answer(session, url, text))


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(900)  # the provider's own waits: a load balancer's are a minute, a bucket's lifecycle nearly one
def test_tictactoe_is_applied_without_drift_survives_a_kill_answers_and_is_destroyed(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = up("empty")
    out = _apply(first, tmp_path, "tictactoe", monkeypatch)
    first.process.kill()
    first.process.communicate(timeout=PATIENCE)
    again = up("empty", port=first.port)
    url = json.loads(_run_output(out))["queue_url"]["value"]
    assert asyncio.run(_first_of(url, '{"action": "sendInfo"}'))["action"] == "info"
    _plan_is_empty_and_destroy_leaves_nothing(again, out)


ENTER = """
def handler(event, context):
    return {"statusCode": 200}
"""
GUARDED = """
# What API Gateway logs itself of refusals stays when the API is destroyed, here as on AWS.
api.stage.attributes["default_route_settings"][0]["logging_level"] = "OFF"
connect = api.route("$connect", function("enter"), api_key=True)
connect.attributes["request_parameter"] = [
    {"request_parameter_key": "route.request.querystring.room", "required": False}
]
kept = app.add(
    "aws_apigatewayv2_integration", "kept", api_id=api.resource["id"], integration_type="AWS",
    integration_method="POST", integration_uri="arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
    credentials_arn=aws.Role(app, "gateway", name="mini-gateway", service="apigateway").arn,
    request_templates={"application/json": '{"TableName": "mini-things"}'},
    content_handling_strategy="CONVERT_TO_TEXT",
)
api.integration_response("kept", kept)
app.add(
    "aws_apigatewayv2_route", "kept", api_id=api.resource["id"], route_key="kept",
    target=f"integrations/{kept['id']}",
)
key = aws.UsagePlan(app, "basic", apis=[api], rate=5, burst=10, quota=100, period="DAY").key("ada")
app.output("key", key["value"], "Ada's key", sensitive=True)
"""


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_keys_and_plans_are_applied_without_drift_let_in_and_are_destroyed(
    empty: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _apply(empty, tmp_path, str(write(tmp_path, more=GUARDED, enter=ENTER)), monkeypatch)
    outputs = json.loads(_run_output(out))
    assert asyncio.run(_statuses(outputs["url"]["value"], outputs["key"]["value"])) == [403, 101]
    _plan_is_empty_and_destroy_leaves_nothing(empty, out)


async def _statuses(url: str, key: str) -> list[int]:
    """What handshakes get: without a key, and with this one."""
    statuses = []
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"x-api-key": key}):
            try:
                async with session.ws_connect(url, headers=headers):
                    statuses.append(101)
            except aiohttp.WSServerHandshakeError as refused:
                statuses.append(refused.status)
    return statuses
