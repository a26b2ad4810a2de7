"""People sign in on the laptop as they would with Cognito: accounts, tokens, the authorizer, moderators."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import botocore
import pytest
import websockets
from botocore.config import Config

if TYPE_CHECKING:
    from tests.live.conftest import Alive

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"
CHOICES = ["--var", "dynamodb_billing_mode=PAY_PER_REQUEST", "--var", "environment=prod"]


@pytest.fixture(scope="module")
def grown(
    tmp_path_factory: pytest.TempPathFactory, living: Callable[..., AbstractContextManager[Alive]]
) -> Iterator[Alive]:
    """A production where people sign in; Ada moderates it, and Bob does not."""
    with living(tmp_path_factory.mktemp("grown"), [*CHOICES, "--var", "enable_cognito_authorizer=true"]) as system:
        pools = cognito(system)
        pool = system.outputs["user_pool_id"]
        for name in ("ada", "bob"):
            pools.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword="for the first time")
            pools.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        pools.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="moderators")
        yield system


# boto3 makes its clients' classes while it runs: there is no type to name.
def cognito(system: Alive, **config: Any) -> Any:
    make: Any = boto3.client
    return make("cognito-idp", endpoint_url=system.aws, config=Config(**config))


def signed_in(system: Alive, name: str) -> dict[str, str]:
    """What signing in gives: tokens. The call needs no signature, as a page has none."""
    found: dict[str, str] = cognito(system, signature_version=botocore.UNSIGNED).initiate_auth(
        ClientId=system.outputs["user_pool_client_id"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    return found


def address(system: Alive, token: str | None, room: str = "general") -> str:
    asked = {"roomId": room} | ({"token": token} if token is not None else {})
    return f"{system.outputs['websocket_api_endpoint']}?{urlencode(asked)}"


async def heard(socket: Any, type: str) -> dict[str, Any]:
    async with asyncio.timeout(40):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == type:
                return message


@pytest.mark.parametrize(
    ("which", "status"), [(None, 401), ("valid_test_token", 403), ("IdToken", 403), ("other", 403)]
)
async def test_only_an_access_token_lets_in(grown: Alive, which: str | None, status: int) -> None:
    tokens = await asyncio.to_thread(signed_in, grown, "bob")
    token = tokens["AccessToken"] + "x" if which == "other" else tokens.get(which or "", which)
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(address(grown, token))
    assert refused.value.response.status_code == status


async def test_people_are_who_their_tokens_say_and_a_moderator_closes_a_room(grown: Alive) -> None:
    ada, bob = await asyncio.gather(
        *(asyncio.to_thread(signed_in, grown, name) for name in ("ada", "bob")),
    )
    async with (
        websockets.connect(address(grown, ada["AccessToken"])) as first,
        websockets.connect(address(grown, bob["AccessToken"]) + "&userId=ada&username=Ada") as second,
    ):
        assert (await heard(first, "user_joined"))["username"] == "bob"
        await second.send('{"type": "close_room"}')
        assert (await heard(second, "error"))["code"] == "not_allowed"
        await first.send('{"type": "close_room"}')
        assert (await heard(second, "room_closed"))["username"] == "ada"
        await second.send('{"type": "join_room", "roomId": "general"}')
        assert (await heard(second, "error"))["code"] == "room_closed"
        await first.send('{"type": "open_room", "roomId": "general"}')
        await heard(first, "room_opened")
        await second.send('{"type": "join_room", "roomId": "general"}')
        assert (await heard(second, "room_joined"))["members"] == 1
