"""WebSocket APIs: who may connect."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import aiohttp
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from yarl import URL

from tests.fidelity.cloud import STAGE
from tests.fidelity.statement import source
from tests.fidelity.statements.gateways import Made, Wanted, gateway
from tests.fidelity.statements.websocket import ask, note
from tests.fidelity.targets.target import Target

IAM = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html"
SIGNING = "https://repost.aws/knowledge-center/api-gateway-iam-sigv4-mismatch"
CONTEXT = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "apigateway-websocket-api-mapping-template-reference.html"
)


DISABLED = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-disable-default-endpoint.html"
MAPPED = "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html"
KEYS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"
KEY_EXPRESSION = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html"
)


async def made(target: Target, label: str, wanted: Wanted) -> Made:
    """An API, made beside the WebSockets."""
    return await asyncio.to_thread(gateway, target, label, wanted)


async def status(session: aiohttp.ClientSession, url: str | URL, **options: Any) -> int:
    """The status of a handshake that fails."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        await session.ws_connect(url, **options)
    return error.value.status


async def guarded(target: Target) -> Made:
    """An API whose clients have to sign."""
    return await made(target, "signed", Wanted(connect={"AuthorizationType": "AWS_IAM"}))


def signed(target: Target, url: str, *, presigned: bool = False) -> AWSRequest:
    """A handshake, signed with the target's own keys."""
    request = AWSRequest("GET", url.replace("ws", "http", 1))
    credentials = target.session().get_credentials()
    assert credentials
    if presigned:
        SigV4QueryAuth(credentials, "execute-api", target.region, expires=60).add_auth(request)
    else:
        SigV4Auth(credentials, "execute-api", target.region).add_auth(request)
    return request


@source(SIGNING)
async def test_iam_unsigned(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect has the authorization AWS_IAM, a handshake without a signature is refused with 403."""
    assert await status(session, (await guarded(target)).sockets.url) == 403


@source(IAM)
async def test_iam_signed(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """A handshake that is signed in its headers connects."""
    url = f"{(await guarded(target)).sockets.url}?note={fresh}"
    async with session.ws_connect(url, headers=dict(signed(target, url).headers.items())):
        assert (await note(target, fresh))["requestContext"]["eventType"] == "CONNECT"


@source(IAM)
async def test_iam_presigned(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """A handshake that is signed in its query string connects."""
    url = f"{(await guarded(target)).sockets.url}?note={fresh}"
    request = signed(target, url, presigned=True)
    async with session.ws_connect(URL(str(request.url).replace("http", "ws", 1), encoded=True)):
        assert (await note(target, fresh))["queryStringParameters"]["note"] == fresh


@source(CONTEXT)
async def test_iam_identity(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """requestContext.identity tells the account, the ARN, the caller and the access key of who signed the handshake."""
    url = f"{(await guarded(target)).sockets.url}?note={fresh}"
    who = await asyncio.to_thread(lambda: target.client("sts").get_caller_identity())
    async with session.ws_connect(url, headers=dict(signed(target, url).headers.items())):
        identity = (await note(target, fresh))["requestContext"]["identity"]
    credentials = target.session().get_credentials()
    assert credentials
    assert (identity["accountId"], identity["userArn"]) == (who["Account"], who["Arn"])
    assert identity["caller"] == identity["user"] == who["UserId"]
    assert identity["accessKey"] == credentials.access_key


@source(CONTEXT)
async def test_no_iam_no_identity(target: Target, session: aiohttp.ClientSession) -> None:
    """Without AWS_IAM nobody is told who signed."""
    open_api = await made(target, "open", Wanted())
    async with session.ws_connect(open_api.sockets.url) as client:
        assert "userArn" not in (await ask(client, hello="there"))["requestContext"]["identity"]


def _key(target: Target, api: Made) -> dict[str, str]:
    """A key, and a usage plan of one request a day for the API's stage."""
    gateway = target.client("apigateway")
    key: dict[str, str] = gateway.create_api_key(name=uuid.uuid4().hex, enabled=True)
    target.defer(lambda: gateway.delete_api_key(apiKey=key["id"]))
    stage = {"apiId": api.id, "stage": STAGE}
    plan = gateway.create_usage_plan(name=uuid.uuid4().hex, apiStages=[stage], quota={"limit": 1, "period": "DAY"})[
        "id"
    ]
    target.defer(lambda: gateway.delete_usage_plan(usagePlanId=plan))
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    return key


async def keyed(target: Target) -> tuple[Made, dict[str, str]]:
    """An API that asks for a key, and a key for it."""
    api = await made(target, "keyed", Wanted(connect={"ApiKeyRequired": True}))
    return api, await asyncio.to_thread(_key, target, api)


@source(KEYS)
async def test_no_api_key(target: Target, session: aiohttp.ClientSession) -> None:
    """Where $connect requires an API key, a handshake without one, or with another, is refused with 403."""
    api, _ = await keyed(target)
    assert await status(session, api.sockets.url) == 403
    assert await status(session, api.sockets.url, headers={"x-api-key": "x" * 20}) == 403


@source(KEY_EXPRESSION)
async def test_api_key(target: Target, session: aiohttp.ClientSession, fresh: str) -> None:
    """A handshake with a key of a plan of the stage in the header x-api-key connects; functions learn the key's id."""
    api, key = await keyed(target)
    headers = {"x-api-key": key["value"]}
    async with session.ws_connect(f"{api.sockets.url}?note={fresh}", headers=headers):
        assert (await note(target, fresh))["requestContext"]["identity"]["apiKeyId"] == key["id"]


@source(KEYS)
async def test_api_key_quota(target: Target, session: aiohttp.ClientSession) -> None:
    """Once the quota of its usage plan is used up, a key is refused with 429."""
    api, key = await keyed(target)
    headers = {"x-api-key": key["value"]}
    async with session.ws_connect(api.sockets.url, headers=headers):
        assert await status(session, api.sockets.url, headers=headers) == 429


@source("https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html")
async def test_required_parameter(target: Target, session: aiohttp.ClientSession) -> None:
    """A handshake without a query parameter that $connect requires is refused with 400."""
    required = {"route.request.querystring.room": {"Required": True}}
    api = await made(target, "required", Wanted(connect={"RequestParameters": required}))
    assert await status(session, api.sockets.url) == 400
    async with session.ws_connect(f"{api.sockets.url}?room=a"):
        pass


@source(DISABLED)
async def test_disabled_endpoint(target: Target, session: aiohttp.ClientSession) -> None:
    """An API whose default endpoint is disabled answers 403 there."""
    api = await made(target, "disabled", Wanted(api={"DisableExecuteApiEndpoint": True}))
    assert await status(session, api.sockets.url) == 403


@source(MAPPED)
async def test_mapping_needs_a_domain(target: Target) -> None:
    """An API mapping of a domain name that is not there is refused with NotFoundException."""
    api = await made(target, "unmapped", Wanted())
    gateway = target.client("apigatewayv2")
    with pytest.raises(gateway.exceptions.NotFoundException):
        await asyncio.to_thread(
            gateway.create_api_mapping, DomainName="chat.example.com", ApiId=api.id, Stage=STAGE, ApiMappingKey="v1"
        )
