"""The page of a system that has no server for it: its folder, read-only, with what the system reports beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from terrarium.local.edge.web_client import WebClient, policy, reached

OUTPUTS = {"endpoint": "ws://localhost:4500/chat/api/dev", "site": "https://x.example/y", "count": 3, "name": "a; b"}
AWS = "http://chat.localhost:4500"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[str]:
    folder = tmp_path / "web"
    (folder / "parts").mkdir(parents=True)
    (folder / "index.html").write_text("<p>hello")
    (folder / "parts" / "a.js").write_text("1")
    (folder / ".secret.js").write_text("2")
    (folder / "notes.py").write_text("3")
    (tmp_path / "outside.js").write_text("4")
    (folder / "link.js").symlink_to(tmp_path / "outside.js")
    runner = web.ServerRunner(web.Server(WebClient(folder, lambda: OUTPUTS, AWS).handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def got(page: str, path: str, method: str = "GET") -> tuple[int, str, str]:
    async with ClientSession() as session, session.request(method, URL(page + path, encoded=True)) as answer:
        return answer.status, answer.headers.get("Content-Type", ""), await answer.text()


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [("/", "text/html; charset=utf-8", "<p>hello"), ("/parts/a.js", "text/javascript; charset=utf-8", "1")],
)
async def test_files_of_the_folder_are_served(page: str, path: str, kind: str, text: str) -> None:
    assert await got(page, path) == (200, kind, text)


@pytest.mark.parametrize(
    "path",
    [
        "/absent.js",
        "/.secret.js",
        "/notes.py",
        "/link.js",
        "/../outside.js",
        "/%2e%2e/outside.js",
        "/parts",
        "/a%00.js",
    ],
)
async def test_nothing_else_is(page: str, path: str) -> None:
    assert (await got(page, path))[0] == 404


async def test_what_the_system_reports_stands_beside_them(page: str) -> None:
    assert json.loads((await got(page, "/config.json"))[2]) == {"outputs": OUTPUTS, "aws": AWS}


async def test_nothing_can_be_written(page: str) -> None:
    assert (await got(page, "/", "POST"))[0] == 405


def test_the_page_may_talk_to_what_the_system_reports_and_to_nobody_else() -> None:
    assert reached(OUTPUTS) == ["ws://localhost:4500", "https://x.example"]
    assert "connect-src 'self' ws://localhost:4500 https://x.example;" in policy(OUTPUTS)
