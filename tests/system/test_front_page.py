"""The page at the port's root in a real browser: what is alive, what happens, what is stored; it ends and returns."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.system.architectures import write
from tests.system.conftest import Up, living

if TYPE_CHECKING:
    Open = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 30_000  # ms; a limit for what should take a fraction of a second
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TALKER = """
def handler(event, context):
    print(event["requestContext"]["eventType"], event.get("body"))
    if "break" in (event.get("body") or ""):
        raise ValueError("broken on purpose")
    return {"statusCode": 200}
"""
MORE = """
api.route("talk", function("talker"))
app.output("secret", things.name, "Not for everybody", sensitive=True)
ranks = aws.Table(app, "ranks", key="id", indexes={"byTeam": ("team", "name")})
"""


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[Open]:
    """Opens the page; whatever a page reports as an error fails the test."""
    errors: list[str] = []

    async def visit(one: Up, *, width: int = 1280, scheme: str = "http", **settings: Any) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": 800}, **settings)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
        await page.goto(f"{scheme}://localhost:{one.port}/")
        return page

    yield visit
    for context in browser.contexts:
        await context.close()
    assert errors == []


def see(locator: Locator) -> Any:
    """What is expected of it, with patience."""
    expect.set_options(timeout=PATIENCE)
    return expect(locator)


def system(page: Page, name: str = "mini") -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def log(page: Page) -> Locator:
    return page.get_by_role("log", name="Log lines")


async def talk(one: Up, *texts: str) -> None:
    """Says something to the function that prints what it hears."""
    async with aiohttp.ClientSession() as session, session.ws_connect(one.url) as socket:
        for text in texts:
            await socket.send_json({"action": "talk", "text": text})
        await socket.send_str("done")
        while (await socket.receive(timeout=30)).data != "done":
            pass


def store(one: Up, table: str, *items: dict[str, Any]) -> None:
    """Puts items into a table, as an SDK does."""
    aws = boto3.resource("dynamodb", endpoint_url=f"http://127.0.0.1:{one.port}", region_name="us-east-1")
    found = next(it for it in aws.tables.all() if it.name.endswith(table))
    with found.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)


@pytest.fixture
def mini(up: Callable[..., Up], tmp_path: Path) -> Up:
    return up(write(tmp_path, more=MORE, talker=TALKER))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A system for tests that neither end it, nor count what happened, nor store anything."""
    folder = tmp_path_factory.mktemp("shared")
    with living(folder, str(write(folder, more=MORE, talker=TALKER))) as one:
        yield one


async def test_the_page_says_what_is_alive_and_where_it_is_reached(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)

    await see(system(page).locator(".state")).to_have_text("Alive")
    await see(system(page).locator(".socket code")).to_have_text(f"ws://echo.mini.localhost:{shared.port}/dev")
    await see(system(page).locator("t-resources")).to_contain_text("talker")
    await see(system(page).locator(".outputs")).to_contain_text(shared.url)
    await see(system(page).locator(".endpoint pre")).to_contain_text(f"AWS_ENDPOINT_URL=http://localhost:{shared.port}")
    await see(system(page).locator(".endpoint pre")).not_to_contain_text("AWS_CA_BUNDLE")
    await page.get_by_text(re.compile(r"\d+ resources only modelled")).click()
    await see(system(page).locator(".modelled")).to_contain_text("permissions")


async def test_a_sensitive_output_is_copied_unseen(shared: Up, open_page: Open) -> None:
    page = await open_page(shared, permissions=["clipboard-read", "clipboard-write"])

    await page.get_by_role("button", name="Copy secret").click()

    await see(page.locator("#said")).to_have_text("Copied secret")
    assert await page.evaluate("navigator.clipboard.readText()") == "mini-things"
    await see(page.locator(".outputs")).to_contain_text("sensitive")
    await see(page.locator(".outputs")).not_to_contain_text("mini-things")


async def test_over_tls_the_page_is_alive_and_says_what_to_trust(
    up: Callable[..., Up], open_page: Open, tmp_path: Path
) -> None:
    one = up(write(tmp_path), "--tls")
    page = await open_page(one, scheme="https", ignore_https_errors=True)

    await see(system(page).locator(".state")).to_have_text("Alive")
    await see(system(page).locator(".socket code")).to_have_text(f"wss://echo.mini.localhost:{one.port}/dev")
    await see(system(page).locator(".endpoint pre")).to_contain_text("AWS_CA_BUNDLE=")


async def test_what_is_copied_is_what_is_shown(shared: Up, open_page: Open) -> None:
    page = await open_page(shared, permissions=["clipboard-read", "clipboard-write"])

    await page.get_by_role("button", name="Copy the WebSocket address").click()

    await see(page.locator("#said")).to_have_text("Copied the WebSocket address")
    assert await page.evaluate("navigator.clipboard.readText()") == f"ws://echo.mini.localhost:{shared.port}/dev"


async def test_what_happens_is_seen_as_it_happens(mini: Up, open_page: Open) -> None:
    page = await open_page(mini)
    await see(system(page).locator(".state")).to_have_text("Alive")

    await talk(mini, "hello", "again")

    await see(log(page)).to_contain_text("again")
    await see(page.get_by_role("listitem").filter(has_text="talkerFunction")).to_contain_text("2 invocations")
    await see(page.get_by_role("listitem").filter(has_text="echoWebSocket API")).to_contain_text("3 messages")
    await see(page.get_by_role("listitem").filter(has_text="thingsTable")).to_contain_text("1 write")


async def test_what_went_wrong_is_marked(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await see(system(page).locator(".state")).to_have_text("Alive")

    async with aiohttp.ClientSession() as session, session.ws_connect(shared.url) as socket:
        await socket.send_json({"action": "talk", "text": "break"})
        assert "Internal server error" in (await socket.receive(timeout=30)).data

    await see(page.get_by_role("listitem").filter(has_text="talkerFunction")).to_contain_text("ValueError")
    await see(log(page).locator(".bad").first).to_contain_text("broken on purpose")


async def test_lines_that_came_before_the_page_are_there(shared: Up, open_page: Open) -> None:
    await talk(shared, "early")

    page = await open_page(shared)

    await see(log(page)).to_contain_text("early")


async def test_what_systems_say_is_text_whatever_it_is(mini: Up, open_page: Open) -> None:
    page = await open_page(mini)
    await talk(mini, EVIL)
    await asyncio.to_thread(store, mini, "things", {"id": EVIL, EVIL: {EVIL}})

    await see(log(page)).to_contain_text("onerror")
    await page.get_by_label("Table", exact=True).select_option(label=await option(page, "things"))
    await see(page.get_by_role("cell").filter(has_text="onerror").first).to_be_visible()
    await page.get_by_role("button", name="The whole item").first.click()
    assert await page.locator("main img, main script").count() == 0


async def option(page: Page, ending: str) -> str:
    """A table's name, which ends as it is called in the architecture."""
    await see(page.locator(f"t-tables .bar option:text-matches('{ending}$')")).to_be_attached()
    return await page.locator(f"t-tables .bar option:text-matches('{ending}$')").inner_text()


async def test_one_resources_log_is_shown_alone(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await talk(shared, "to one")
    await see(log(page)).to_contain_text("to one")

    await page.get_by_role("button", name="talker", exact=True).click()

    await see(page.get_by_label("Whose log")).to_have_value("aws_lambda_function.talker")
    await see(log(page)).to_contain_text("to one")
    assert set(await log(page).locator(".who").all_inner_texts()) == {"talker"}


async def test_the_log_stands_still_until_it_may_go_on(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await see(system(page).locator(".state")).to_have_text("Alive")
    await page.get_by_role("button", name="Pause").click()

    await talk(shared, "meanwhile")

    await see(page.get_by_role("button", name=re.compile(r"Go on \(\d+ new\)"))).to_be_visible()
    await see(log(page)).not_to_contain_text("meanwhile")
    await page.get_by_role("button", name="Go on").click()
    await see(log(page)).to_contain_text("meanwhile")


async def test_lines_of_the_platform_appear_on_request(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await talk(shared, "hello")
    await see(log(page)).to_contain_text("took")
    await see(log(page)).not_to_contain_text("START RequestId")

    await page.get_by_label("as written").check()

    await see(log(page)).to_contain_text("START RequestId")
    await see(log(page)).to_contain_text("Billed Duration")


async def test_a_table_is_read_page_by_page_and_by_an_index(mini: Up, open_page: Open) -> None:
    items = [{"id": f"{n:02}", "team": "red" if n % 2 else "blue", "name": f"name-{n:02}"} for n in range(60)]
    await asyncio.to_thread(store, mini, "ranks", *items)
    page = await open_page(mini)
    await page.get_by_label("Table", exact=True).select_option(label=await option(page, "ranks"))
    tables = page.locator("t-tables")

    await see(tables.locator(".said")).to_have_text("25 items, page 1")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Next").click()
    await see(tables.locator(".said")).to_have_text("10 items, page 3")
    await see(page.get_by_role("button", name="Next")).to_be_disabled()
    await page.get_by_role("button", name="Back").click()
    await see(tables.locator(".said")).to_have_text("25 items, page 2")

    await page.get_by_label("Read", exact=True).select_option("byTeam")
    await page.get_by_label("team", exact=True).fill("red")
    await page.get_by_label("How name compares").select_option("from")
    await page.get_by_label("name", exact=True).fill("name-50")
    await page.get_by_label("last first").check()
    await page.get_by_label("name", exact=True).press("Enter")
    await see(tables.locator(".said")).to_have_text("5 items")
    assert await tables.locator("tbody tr:not(.whole) td:nth-child(2)").all_inner_texts() == ["red"] * 5
    await see(tables.locator("tbody")).to_contain_text(re.compile("name-59.*name-57.*name-51", re.DOTALL))


async def test_a_written_item_appears_by_itself(mini: Up, open_page: Open) -> None:
    page = await open_page(mini)
    await page.get_by_label("Table", exact=True).select_option(label=await option(page, "ranks"))
    await see(page.locator("t-tables .said")).to_have_text("0 items")

    await asyncio.to_thread(store, mini, "ranks", {"id": "newcomer", "score": 12, "tags": {"a", "b"}})

    await see(page.get_by_role("cell", name="newcomer")).to_be_visible()
    await page.get_by_role("button", name="The whole item").click()
    await see(page.locator(".whole pre")).to_contain_text('"score": 12')


async def test_a_system_that_ended_says_so_and_comes_back(
    up: Callable[..., Up], open_page: Open, tmp_path: Path
) -> None:
    # Another system keeps the port meanwhile: a free one is anybody's.
    keeper = up(write(tmp_path / "keeper", name="keeper"))
    one = up(write(tmp_path, more=MORE, talker=TALKER), port=keeper.port)
    page = await open_page(keeper)
    await see(system(page).locator(".state")).to_have_text("Alive")
    await talk(one, "before")
    await see(system(page).get_by_role("log")).to_contain_text("before")
    await system(page).get_by_label("Whose log").select_option("aws_lambda_function.talker")

    assert await asyncio.to_thread(one.end) == 0

    await see(system(page).locator(".state")).to_contain_text("Ended")
    await see(system(page).get_by_role("log")).to_contain_text("before")
    await see(page.locator("#here")).to_contain_text("1 system up")

    again = await asyncio.to_thread(up, tmp_path / "architecture.py", port=keeper.port)

    await see(system(page).locator(".state")).to_have_text("Alive")
    await talk(again, "after")
    await see(system(page).get_by_role("log")).to_contain_text("after")
    assert set(await system(page).locator(".who").all_inner_texts()) == {"talker"}


async def test_a_port_without_any_system_is_looked_at_again(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await see(system(page).locator(".state")).to_have_text("Alive")

    await page.route("**/_terrarium/edge", lambda route: route.abort())
    await see(page.locator("#here")).to_contain_text("Nothing answers")
    await see(system(page).locator(".state")).to_contain_text("Ended")

    await page.unroute("**/_terrarium/edge")
    await see(system(page).locator(".state")).to_have_text("Alive")


async def test_several_systems_share_the_page(up: Callable[..., Up], open_page: Open, tmp_path: Path) -> None:
    one = up(write(tmp_path / "one", name="one", more=MORE, talker=TALKER))
    page = await open_page(one)
    await see(system(page, "one").locator(".state")).to_have_text("Alive")

    two = await asyncio.to_thread(up, write(tmp_path / "two", name="two", more=MORE, talker=TALKER), port=one.port)

    await see(system(page, "two").locator(".state")).to_have_text("Alive")
    await see(page.locator("#here")).to_contain_text("2 systems up")
    await talk(two, "only to two")
    await see(system(page, "two").get_by_role("log")).to_contain_text("only to two")
    assert "only to two" not in await system(page, "one").inner_text()
    await asyncio.to_thread(two.end)
    await see(system(page, "two").locator(".state")).to_contain_text("Ended")
    await see(system(page, "one").locator(".state")).to_have_text("Alive")


async def test_a_system_ends_at_once_though_its_page_is_open(mini: Up, open_page: Open) -> None:
    page = await open_page(mini)
    await see(system(page).locator(".state")).to_have_text("Alive")

    assert await asyncio.to_thread(mini.end) == 0

    await see(system(page).locator(".state")).to_contain_text("Ended")
    await see(page.locator("#here")).to_contain_text("Nothing answers")


async def test_the_page_is_used_with_keys_alone(shared: Up, open_page: Open) -> None:
    page = await open_page(shared)
    await see(system(page).locator(".state")).to_have_text("Alive")
    await page.keyboard.press("Tab")
    await see(page.get_by_role("link", name="To the systems")).to_be_focused()
    await page.keyboard.press("Enter")
    await see(page.get_by_role("main")).to_be_focused()
    await page.get_by_role("button", name="talker", exact=True).focus()
    await page.keyboard.press("Enter")
    await see(page.get_by_label("Whose log")).to_have_value("aws_lambda_function.talker")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_told_from_its_ground(shared: Up, open_page: Open, scheme: str) -> None:
    page = await open_page(shared, color_scheme=scheme)
    await talk(shared, "break", "hello")
    await see(log(page)).to_contain_text("hello")

    weak = await page.evaluate(WEAK)

    assert weak == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
async def test_nothing_sticks_out_at_any_width(shared: Up, open_page: Open, width: int) -> None:
    page = await open_page(shared, width=width)
    await talk(shared, "W" * 500)
    await see(log(page)).to_contain_text("WWW")
    await see(page.locator("t-tables .said")).to_contain_text("item")

    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overflow <= 0


# Texts whose contrast is below what WCAG asks for at level AA: https://www.w3.org/TR/WCAG22/#contrast-minimum
WEAK = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || element.closest(":disabled, .unseen, .skip")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(rgba(style.color)), light(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) weak.push(`${node.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return weak;
}"""
