"""The page's files, and what browsers may do with them."""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable

import pytest

from terrarium.local.edge.front_page import FrontPage
from terrarium.local.edge.front_page.page import policy
from tests.unit.local.edge.front_page.conftest import Serve

WEB = resources.files("terrarium.local.edge.front_page").joinpath("web")
SCRIPTS = sorted([*WEB.iterdir(), *WEB.joinpath("elements").iterdir()], key=lambda file: file.name)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/app.js", "text/javascript"),
        ("/elements/log.js", "text/javascript"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
async def test_files_are_served_as_what_they_are(serve: Serve, path: str, kind: str) -> None:
    client = await serve(FrontPage().handle)

    answer = await client.get(path)

    assert (answer.status, answer.content_type) == (200, kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/nothing", "/../page.py", "/elements", "/%2e%2e/page.py", "/__init__.py"])
async def test_nothing_else_is_served(serve: Serve, path: str) -> None:
    client = await serve(FrontPage().handle)

    assert (await client.get(path)).status == 404


async def test_the_page_takes_nothing(serve: Serve) -> None:
    client = await serve(FrontPage().handle)

    answer = await client.post("/")

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_policy_lets_the_page_reach_its_own_host_only() -> None:
    rules = dict(rule.split(" ", 1) for rule in policy("localhost:4500").split("; "))

    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self' ws://localhost:4500 wss://localhost:4500"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("file", [file for file in SCRIPTS if file.is_file()], ids=lambda file: file.name)
def test_no_file_loads_from_elsewhere_or_writes_markup(file: Traversable) -> None:
    text = file.read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|style=", text)
    assert not re.search(r"""(src|href|from|url)\s*[=(]?\s*["']?https?://""", text)
