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
from playwright.async_api import Browser, Page, expect

if TYPE_CHECKING:
    from tests.live.conftest import Alive

pytestmark = pytest.mark.slow
PATIENCE = 80.0  # seconds; a limit for what should take a fraction of one
PASSWORD, FIRST = "correct horse battery", "for the first time"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
GROWN = [
    *("--var", "enable_cognito_authorizer=true", "--var", "keep_private_messages=true"),
    *("--var", "message_provisioned_concurrency=1"),
]  # fmt: skip
CHOICES = ["--var", "dynamodb_billing_mode=PAY_PER_REQUEST", "--var", "environment=prod"]


@pytest.fixture(scope="module")
def grown(
    tmp_path_factory: pytest.TempPathFactory, living: Callable[..., AbstractContextManager[Alive]]
) -> Iterator[Alive]:
    """A production where people sign in: Ada, who moderates it, Bob, and Linus, who has not been there yet."""
    with living(
        tmp_path_factory.mktemp("grown"),
        [*CHOICES, *GROWN],
    ) as system:
        pools = cognito(system)
        pool = system.outputs["user_pool_id"]
        for name in ("ada", "bob"):
            pools.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=FIRST)
            pools.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
        pools.admin_create_user(UserPoolId=pool, Username="linus", TemporaryPassword=FIRST)
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
    """The next message of that type; if there is none, the failure shows what came instead."""
    came: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                came.append(str(await socket.recv()))
                message: dict[str, Any] = json.loads(came[-1])
                if message.get("type") == type:
                    return message
    except TimeoutError:
        raise AssertionError(f"no {type} in {PATIENCE} s, but {came[-5:]}") from None


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


async def test_a_whisper_waits_encrypted_for_who_is_away(grown: Alive) -> None:
    ada, bob = await asyncio.gather(
        *(asyncio.to_thread(signed_in, grown, name) for name in ("ada", "bob")),
    )
    async with websockets.connect(address(grown, bob["AccessToken"], "whispering")) as away:
        await away.send('{"type": "join_room", "roomId": "whispering"}')
        to = (await heard(away, "room_joined"))["you"]["userId"]
    async with websockets.connect(address(grown, ada["AccessToken"], "elsewhere")) as socket:
        await socket.send(json.dumps({"type": "private_message", "targetUserId": to, "message": "for later"}))
        assert (await heard(socket, "private_message"))["message"] == "for later"
    async with websockets.connect(address(grown, bob["AccessToken"], "whispering")) as back:
        await back.send('{"type": "private_history"}')
        assert (await heard(back, "private_history"))["messages"][-1]["message"] == "for later"
    tables: Any = boto3.resource("dynamodb", endpoint_url=grown.aws)
    found = (await asyncio.to_thread(tables.Table("websocket-api-prod-whispers").scan))["Items"]
    assert found
    assert "for later" not in repr(found)


async def test_messages_run_in_instances_of_a_version_which_were_initialised_before(grown: Alive) -> None:
    bob = await asyncio.to_thread(signed_in, grown, "bob")
    async with websockets.connect(address(grown, bob["AccessToken"], "warm")) as socket:
        await socket.send('{"type": "room_list"}')
        await heard(socket, "room_list")
    make: Any = boto3.client
    logs = make("logs", endpoint_url=grown.aws)
    group = f"/aws/lambda/{grown.outputs['message_function_name']}"
    told = (await asyncio.to_thread(logs.filter_log_events, logGroupName=group))["events"]
    begun = [one["message"] for one in told if one["message"].startswith("START")]
    assert begun
    assert all("Version: 1" in line for line in begun)


async def at_the_door(system: Alive, browser: Browser, name: str, room: str, size: Any = DESKTOP) -> Page:
    """The page, with a name and a room in it."""
    context = await browser.new_context(viewport=size)
    context.set_default_timeout(30_000)
    page = await context.new_page()
    await page.goto(f"{system.page}#{room}")
    await expect(page.get_by_role("button", name="Sign in")).to_be_enabled(timeout=30_000)
    await page.get_by_label("Your name").fill(name)
    return page


async def inside(system: Alive, browser: Browser, name: str, room: str, size: Any = DESKTOP) -> Page:
    page = await at_the_door(system, browser, name, room, size)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#link")).to_have_text("Live", timeout=30_000)
    return page


@pytest.mark.browser
async def test_somebody_chooses_a_password_stays_signed_in_and_signs_out(grown: Alive, browser: Browser) -> None:
    linus = await at_the_door(grown, browser, "linus", "first-day", PHONE)
    await linus.get_by_label("Password", exact=True).fill("wrong")
    await linus.keyboard.press("Enter")
    await expect(linus.get_by_role("alert").first).to_contain_text("not right")
    await linus.get_by_label("Password", exact=True).fill(FIRST)
    await linus.keyboard.press("Enter")
    await linus.get_by_label("New password").fill("a longer one of my own")
    await linus.keyboard.press("Enter")
    await expect(linus.locator("#link")).to_have_text("Live", timeout=30_000)
    assert await linus.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await linus.reload()
    await expect(linus.locator("#title")).to_have_text("# first-day", timeout=30_000)
    await linus.locator("#show-rooms").click()
    await linus.get_by_role("button", name="Leave").click()
    await expect(linus.get_by_role("button", name="Sign in")).to_be_enabled(timeout=30_000)
    await linus.reload()
    await expect(linus.get_by_label("Password", exact=True)).to_be_visible()


@pytest.mark.browser
async def test_a_closed_room_is_dark_and_lights_up_again(grown: Alive, browser: Browser) -> None:
    ada = await inside(grown, browser, "ada", "evening")
    bob = await inside(grown, browser, "bob", "evening", PHONE)
    await expect(bob.get_by_label("Close this room")).to_be_hidden()
    await ada.get_by_label("Close this room").click()
    await ada.get_by_role("button", name="Leave it open").click()
    await expect(ada.locator("#count")).to_have_text("2 people here")
    await ada.get_by_label("Close this room").click()
    await ada.get_by_role("button", name="Close the room").click()
    await expect(bob.locator("#closed")).to_contain_text("ada closed this room")
    await expect(bob.get_by_label("Message", exact=True)).to_be_hidden()
    await expect(ada.locator("#rooms [aria-current]")).to_contain_text("closed")
    await ada.get_by_role("button", name="Open it again").click()
    await expect(ada.get_by_label("Message", exact=True)).to_be_visible()
    await expect(bob.get_by_label("Message", exact=True)).to_be_visible(timeout=30_000)
    await expect(ada.locator("#count")).to_have_text("2 people here")
