"""The page in a real browser: join, play, win, come back, with mouse and with keys alone."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

if TYPE_CHECKING:
    from tests.live.conftest import Alive

    Open = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(alive: Alive, browser: Browser, players: Any) -> AsyncIterator[Open]:
    """Open the page as somebody new; every error that a page reports fails the test."""
    errors: list[str] = []

    async def visit(name: str | None = None, size: dict[str, int] = DESKTOP, before: str = "", **settings: Any) -> Page:
        context = await browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **settings)
        context.set_default_timeout(20_000)
        page = await context.new_page()
        if before:
            await page.add_init_script(f"({before})()")
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        await page.goto(alive.page)
        await expect(page.locator("ttt-link")).to_have_text("Live", timeout=20_000)
        if name is not None:
            await page.get_by_label("What do they call you?").fill(name)
            await page.get_by_role("button", name="Join the line").click()
            await expect(page.locator(".standing")).to_contain_text(name, timeout=20_000)
        return page

    yield visit
    for context in browser.contexts:
        await context.close()
    assert errors == []


def headline(page: Page) -> Any:
    return expect(page.locator("ttt-status .title"))


async def put(page: Page, cell: int) -> None:
    """Wait for one's turn, and click a square."""
    await expect(page.locator("ttt-board")).to_have_class(re.compile("mine"), timeout=20_000)
    await page.get_by_role("gridcell").nth(cell).click()
    await expect(page.get_by_role("gridcell").nth(cell)).not_to_have_attribute("aria-label", re.compile("free"))


async def test_two_play_until_one_wins_and_the_next_takes_over(open_page: Open) -> None:
    ann, bob = await open_page("Ann"), await open_page("Bob", PHONE, has_touch=True, is_mobile=True)
    cat = await open_page("Cat")
    for page, cell in [(ann, 0), (bob, 3), (ann, 1), (bob, 4), (ann, 2)]:
        await put(page, cell)
    await headline(ann).to_have_text("You win!")
    await headline(bob).to_have_text("Ann wins")
    await expect(cat.locator(".strike")).to_be_attached()
    await expect(cat.locator(".where")).to_have_text("You play O")
    await headline(cat).to_have_text("Ann is thinking…")
    await expect(bob.locator(".where")).to_have_text("You are next!")
    await expect(ann.locator(".seat-x .note")).to_have_text("you · 1 win")


async def test_an_empty_board_invites_and_a_lonely_player_gets_a_link(open_page: Open) -> None:
    page = await open_page()
    await headline(page).to_have_text("The board is free")
    await expect(page.locator("ttt-line")).to_contain_text("Nobody is here yet")
    await page.get_by_label("What do they call you?").fill("Ann")
    await page.keyboard.press("Enter")
    await headline(page).to_have_text("You are first!")
    await expect(page.get_by_role("button", name="Copy the link")).to_be_visible()


async def test_the_game_can_be_played_with_keys_alone(open_page: Open) -> None:
    ann, bob = await open_page("Ann"), await open_page("Bob")
    await headline(ann).to_have_text("Your turn")
    await ann.keyboard.press("5")
    await expect(ann.get_by_role("gridcell").nth(4)).to_have_attribute("aria-label", "Row 2, column 2: X")
    await headline(bob).to_have_text("Your turn")
    await bob.locator("[role=gridcell][tabindex='0']").focus()
    await bob.keyboard.press("ArrowUp")
    await bob.keyboard.press("ArrowLeft")
    await bob.keyboard.press("Enter")
    await expect(ann.get_by_role("gridcell").nth(0)).to_have_attribute("aria-label", "Row 1, column 1: O")


async def test_onlookers_cannot_move(open_page: Open) -> None:
    ann, _, guest = await open_page("Ann"), await open_page("Bob"), await open_page()
    await headline(guest).to_have_text("Ann to move")
    await guest.get_by_role("gridcell").nth(0).click(force=True)
    await put(ann, 8)
    await expect(guest.get_by_role("gridcell").nth(8)).to_have_attribute("aria-label", re.compile("X$"))
    await expect(guest.get_by_role("gridcell").nth(0)).to_have_attribute("aria-label", re.compile("free$"))


async def test_a_name_is_text_whatever_it_says(open_page: Open) -> None:
    name = "<img src=x onerror=a()>"
    eve, ann = await open_page(name), await open_page("Ann")
    await expect(ann.locator("ttt-line")).to_contain_text(name)
    await expect(ann.locator(".seat-x .name")).to_have_text(name)
    assert await ann.locator("img").count() == await eve.locator("img").count() == 0


async def test_a_closed_tab_frees_the_seat_before_everybodys_eyes(open_page: Open) -> None:
    ann, bob = await open_page("Ann"), await open_page("Bob")
    await headline(bob).to_have_text("Ann is thinking…")
    await ann.close()
    await headline(bob).to_have_text("You are first!")


async def test_leaving_gives_the_place_to_the_next(open_page: Open) -> None:
    ann, _, cat = await open_page("Ann"), await open_page("Bob"), await open_page("Cat")
    await ann.get_by_role("button", name="Leave").click()
    await expect(cat.locator(".where")).to_have_text("You play X")
    await expect(ann.get_by_role("button", name="Join the line")).to_be_visible()


async def test_a_new_name_is_shown_everywhere(open_page: Open) -> None:
    ann, bob = await open_page("Ann"), await open_page("Bob")
    await ann.get_by_role("button", name="Rename").click()
    await ann.get_by_label("What do they call you?").fill("Annabel")
    await ann.keyboard.press("Enter")
    await headline(bob).to_have_text("Annabel is thinking…")
    await expect(bob.locator("ttt-line")).to_contain_text("Annabel")


async def test_a_lost_connection_comes_back_into_the_line(open_page: Open) -> None:
    cut = """() => { const real = window.WebSocket; window.open_sockets = [];
        window.WebSocket = class extends real { constructor(url) { super(url); window.open_sockets.push(this); } }; }"""
    page = await open_page("Ann", before=cut)
    await headline(page).to_have_text("You are first!")
    await page.evaluate("() => window.open_sockets.forEach((socket) => socket.close())")
    await expect(page.locator("ttt-link")).not_to_have_text("Live")
    await expect(page.locator("ttt-toasts")).to_contain_text("You are back")
    await headline(page).to_have_text("You are first!")
    await expect(page.locator(".standing")).to_contain_text("as Ann")


async def test_a_service_that_does_not_answer_is_said_and_waited_for(open_page: Open, alive: Alive) -> None:
    page = await open_page()
    await page.route("**/config.json", lambda route: route.fulfill(status=503))
    await page.reload()
    await headline(page).to_have_text("The board cannot be reached")
    await expect(page.locator("ttt-link")).to_have_text("Offline")
    await expect(page.get_by_role("button", name="Join the line")).to_be_disabled()
    await page.unroute("**/config.json")
    await headline(page).to_have_text("The board is free")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_sticks_out_at_any_width(open_page: Open, width: int, scheme: str) -> None:
    page = await open_page("W" * 24, {"width": width, "height": 800}, color_scheme=scheme)
    await headline(page).to_have_text("You are first!")
    overflow = await page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    board = json.loads(
        await page.evaluate("() => JSON.stringify(document.querySelector('ttt-board').getBoundingClientRect())")
    )
    assert abs(board["width"] - board["height"]) < 2
