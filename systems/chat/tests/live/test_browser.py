"""The page in a real browser: come in, talk, whisper, change rooms, come back; with mouse and with keys alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import websockets
from playwright.async_api import Browser, Page, expect

if TYPE_CHECKING:
    from tests.live.conftest import Alive

    Open = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}
# Lets a test end a page's connection, which a browser otherwise gives nobody to hold.
REMEMBER = """
window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(url) { super(url); window.sockets.push(this); } };
"""
EVIL = '<img src=x onerror="document.title=1">&amp;<b>bold</b>'


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(alive: Alive, browser: Browser) -> AsyncIterator[Open]:
    """Open the page as somebody new; every error that a page reports fails the test."""
    errors: list[str] = []

    async def visit(
        name: str, room: str, size: Any = DESKTOP, *, come_in: bool = True, before: str = "", **settings: Any
    ) -> Page:
        context = await browser.new_context(viewport=size, **settings)
        context.set_default_timeout(30_000)
        page = await context.new_page()
        await page.add_init_script(before)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        await page.goto(f"{alive.page}#{room}")
        await expect(page.get_by_role("button", name="Enter")).to_be_enabled(timeout=30_000)
        await page.get_by_label("Your name").fill(name)
        if come_in:
            await page.get_by_label("Your name").press("Enter")
            await expect(page.locator("#link")).to_have_text("Live", timeout=30_000)
        return page

    yield visit
    for context in browser.contexts:
        await context.close()
    assert errors == []


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).fill(text)
    await page.keyboard.press("Enter")


async def test_two_people_talk_and_see_each_other(open_page: Open) -> None:
    ada, grace = await open_page("Ada", "pair"), await open_page("Grace", "pair", PHONE)
    await expect(ada.locator("#count")).to_have_text("2 people here")
    await expect(ada.locator(".note")).to_contain_text("Grace came in")
    await grace.get_by_label("Message", exact=True).press_sequentially("He")
    await expect(ada.locator("#typing")).to_have_text("Grace is typing")
    await say(grace, "Hello Ada")
    await expect(ada.locator(".bubble")).to_have_text("Hello Ada")
    await expect(ada.locator("#typing")).to_have_text("")
    await say(ada, "Hello Grace")
    await expect(grace.locator(".said:not(.own) .bubble")).to_have_text("Hello Grace")
    await expect(ada.locator(".pending")).to_have_count(0)
    await grace.close()
    await expect(ada.locator(".note").last).to_contain_text("Grace left")


async def test_what_people_write_stays_text(open_page: Open) -> None:
    ada, eve = await open_page("Ada", "text"), await open_page(EVIL[:32], "text")
    await say(eve, EVIL)
    await expect(ada.locator(".bubble")).to_have_text(EVIL)
    await expect(ada.locator("#stream img, #stream .bubble b, #people img")).to_have_count(0)


async def test_a_whisper_is_seen_by_two(open_page: Open) -> None:
    pages = [await open_page(name, "whispers") for name in ("Ada", "Grace", "Linus")]
    ada, grace, linus = pages
    await ada.locator("#people").get_by_role("button", name="Grace").click()
    await say(ada, "Between us")
    await expect(grace.locator(".whisper .bubble")).to_have_text("Between us")
    await ada.keyboard.press("Escape")
    await say(ada, "Out loud")
    await expect(linus.locator(".bubble")).to_have_text("Out loud")
    await grace.get_by_role("button", name="Whisper back").click()
    await say(grace, "Indeed")
    await expect(ada.locator(".whisper:not(.own) .bubble")).to_have_text("Indeed")
    await expect(linus.locator(".whisper")).to_have_count(0)


async def test_rooms_are_opened_and_changed_with_keys_alone(open_page: Open) -> None:
    ada = await open_page("Ada", "first-room")
    await ada.get_by_label("Name of a room").focus()
    await ada.keyboard.type("Another Room")
    await ada.keyboard.press("Enter")
    await expect(ada.locator("#title")).to_have_text("# another-room")
    room = ada.locator("#rooms [aria-current]")
    await expect(room).to_contain_text("another-room")
    before = await ada.locator("#title").text_content()
    await expect(ada.locator("#rooms li").nth(1)).to_be_visible()
    await ada.keyboard.press("Alt+ArrowDown")
    await expect(ada.locator("#title")).not_to_have_text(before or "")


async def test_history_is_scrolled_back_to_the_beginning(open_page: Open, alive: Alive) -> None:
    async with websockets.connect(alive.url("writer", "archive")) as writer:
        for number in range(45):
            await writer.send(json.dumps({"type": "chat", "message": f"line {number}"}))
            while json.loads(await writer.recv())["type"] != "chat":
                pass
    ada = await open_page("Ada", "archive", PHONE)
    await expect(ada.locator(".bubble").last).to_have_text("line 44")
    await expect(ada.locator(".bubble").last).to_be_in_viewport()
    await ada.locator("#scroller").evaluate("element => element.scrollTop = 0")
    await expect(ada.locator(".bubble")).to_have_count(45)
    await ada.locator("#scroller").evaluate("element => element.scrollTop = 0")
    await expect(ada.locator("#beginning")).to_contain_text("begins")
    await expect(ada.locator(".bubble").first).to_have_text("line 0")


async def test_a_bad_token_and_a_long_message_are_told(open_page: Open) -> None:
    ada = await open_page("Ada", "refusals", come_in=False)
    await ada.get_by_label("Token").fill("wrong")
    await ada.get_by_role("button", name="Enter").click()
    await expect(ada.get_by_role("alert").first).to_contain_text("not let in")
    await ada.get_by_label("Token").fill("valid_test_token")
    await ada.get_by_role("button", name="Enter").click()
    await expect(ada.locator("#link")).to_have_text("Live")
    await ada.get_by_label("Message", exact=True).fill("x" * 2001)
    await expect(ada.locator("#left")).to_have_text("-1")
    await expect(ada.get_by_role("button", name="Send")).to_be_disabled()


async def test_a_lost_connection_comes_back_by_itself(open_page: Open) -> None:
    ada = await open_page("Ada", "lost")
    grace = await open_page("Grace", "lost", before=REMEMBER)
    await say(ada, "before")
    await expect(grace.locator(".bubble")).to_have_text("before")
    await grace.evaluate("window.sockets.at(-1).close()")
    await expect(grace.locator("#link")).not_to_have_text("Live")
    await expect(grace.locator("#link")).to_have_text("Live", timeout=30_000)
    await say(ada, "after")
    await expect(grace.locator(".bubble").last).to_have_text("after")
    await expect(grace.locator("#people")).to_contain_text("Ada")


async def test_on_a_phone_rooms_and_people_are_a_tap_away(open_page: Open) -> None:
    ada = await open_page("Ada", "pocket", PHONE, has_touch=True)
    await expect(ada.locator("#rooms-panel")).to_be_hidden()
    await ada.locator("#show-rooms").tap()
    await expect(ada.locator("#rooms [aria-current]")).to_contain_text("pocket")
    await ada.keyboard.press("Escape")
    await expect(ada.locator("#rooms-panel")).to_be_hidden()
    width = await ada.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
