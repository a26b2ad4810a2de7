"""Custom domain names of WebSocket APIs: clients connect under them, handlers answer through them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, terrarium
from tests.unit.terraform.commands import initialised, terraform

# What many handlers do: the address of @connections is made of what the event says.
ECHO = """
import json

import boto3


def handler(event, context):
    context = event["requestContext"]
    if context["eventType"] != "MESSAGE":
        return {"statusCode": 200}
    path = {"plain.example.com": "", "chat.example.com": "/v1/talk"}.get(context["domainName"], "/" + context["stage"])
    connections = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{context['domainName']}{path}")
    said = [context["domainName"], context["stage"], event["body"]]
    connections.post_to_connection(ConnectionId=context["connectionId"], Data=json.dumps(said).encode())
    return {"statusCode": 200}
"""
DOMAINS = """
certificate = app.add("aws_acm_certificate", "chat", domain_name="*.example.com", validation_method="DNS")
regional = {"certificate_arn": certificate["arn"], "endpoint_type": "REGIONAL", "security_policy": "TLS_1_2"}
def domain(label, name, key):
    made = app.add("aws_apigatewayv2_domain_name", label, domain_name=name, domain_name_configuration=regional)
    app.add("aws_apigatewayv2_api_mapping", label, api_id=api.resource["id"], stage=api.stage["id"],
            domain_name=made["id"], api_mapping_key=key)
    return made
plain = domain("plain", "plain.example.com", None)
domain("echo", "chat.example.com", "v1/talk")
app.output("target", plain["domain_name_configuration"][0]["target_domain_name"], "What DNS points at")
"""


@pytest.fixture
def chat(up: Callable[..., Up], tmp_path: Path) -> Up:
    return up(write(tmp_path, more=DOMAINS, echo=ECHO))


def reached(system: Up) -> dict[str, str]:
    status = json.loads(system.terrarium("status", "--json").stdout)
    return {one["address"]: one["reached_at"] for one in status["resources"] if one["reached_at"]}


async def answer(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.ws_connect(url) as connection:
        await connection.send_str("hello")
        return json.loads(await asyncio.wait_for(connection.receive_str(), PATIENCE))


async def test_clients_connect_under_the_domain_name_and_handlers_answer_through_it(
    chat: Up, session: aiohttp.ClientSession
) -> None:
    port = chat.port
    where = reached(chat)
    assert where["aws_apigatewayv2_api_mapping.plain"] == f"ws://plain.mini.localhost:{port}/"
    # The API has that label too, and it was there first.
    assert where["aws_apigatewayv2_api_mapping.echo"] == f"ws://echo-domain.mini.localhost:{port}/v1/talk"
    plain = ["plain.example.com", "dev", "hello"]
    assert await answer(session, f"ws://localhost:{port}/mini/plain/") == plain
    assert await answer(session, f"http://localhost:{port}/mini/echo-domain/v1/talk") == [
        "chat.example.com", "dev", "hello"
    ]  # fmt: skip
    assert (await answer(session, chat.url))[0].endswith(".execute-api.us-east-1.amazonaws.com")
    async with session.ws_connect(f"http://127.0.0.1:{port}/", headers={"Host": "plain.example.com"}) as connection:
        await connection.send_str("hello")
        assert json.loads(await asyncio.wait_for(connection.receive_str(), PATIENCE)) == plain
    async with session.get(f"http://localhost:{port}/mini/echo-domain/elsewhere") as refused:
        assert (refused.status, await refused.json()) == (403, {"message": "Forbidden"})


async def test_an_api_whose_default_endpoint_is_disabled_is_reached_through_its_domain_name_alone(
    chat: Up, session: aiohttp.ClientSession
) -> None:
    gateway = client("apigatewayv2", chat.port)
    (api,) = await asyncio.to_thread(lambda: gateway.get_apis()["Items"])
    await asyncio.to_thread(gateway.update_api, ApiId=api["ApiId"], DisableExecuteApiEndpoint=True)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(chat.url)
    assert refused.value.status == 403
    assert (await answer(session, f"http://localhost:{chat.port}/mini/plain/"))[2] == "hello"


# boto3 makes its clients' classes while it runs: there is no type to name.
def client(service: str, port: int) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make(service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)


def run(folder: Path, command: str, *options: str) -> str:
    done = terraform(folder, command, *options, "-input=false", "-no-color", "-parallelism=30")
    assert done.returncode == 0, done.stderr + done.stdout[-4000:]
    return done.stdout


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_real_provider_applies_domain_names_without_drift_and_destroys_them(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = up("empty")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{empty.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    write(tmp_path, more=DOMAINS, echo=ECHO)
    built = terrarium(tmp_path, "build", "architecture.py", "--out", "out", "--no-packages")
    assert built.returncode == 0, built.stderr
    out = initialised(tmp_path / "out")
    await asyncio.to_thread(run, out, "apply", "-auto-approve")
    assert "No changes." in await asyncio.to_thread(run, out, "plan", "-detailed-exitcode")
    assert (await answer(session, f"http://localhost:{empty.port}/empty/plain-example-com/"))[0] == "plain.example.com"
    await asyncio.to_thread(run, out, "destroy", "-auto-approve")
    assert json.loads(empty.terrarium("status", "--json").stdout)["resources"] == []
