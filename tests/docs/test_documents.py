"""What the documents say holds: commands run and print what is shown, snippets run, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from terrarium.cli import COMMANDS
from tests.docs.blocks import blocks
from tests.docs.runner import follow
from tests.environment import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("systems/*/README.md")])
RUN = ("bash", "console", "python")
# A row of a table that begins with a file or folder, below a heading that says where.
TABLE = re.compile(r"^\| (?:File in|In) `(?P<folder>[^`]+)` \|.*\n\|[ -|]+\n(?P<rows>(?:\|.*\n)+)", re.MULTILINE)
ROW = re.compile(r"^\| `(?P<name>[^`]+)`", re.MULTILINE)
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\((?P<target>[^)\s#]+)[^)]*\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def runs(page: Path) -> bool:
    return any(block.language in RUN and not block.skipped for block in blocks(page.read_text(encoding="utf-8")))


def needs(page: Path) -> list[pytest.MarkDecorator]:
    """The optional parts without which a page cannot be followed."""
    languages = {block.language for block in blocks(page.read_text(encoding="utf-8"))}
    return [pytest.mark.node] if "javascript" in languages else []


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=needs(page), id=name_of(page)) for page in PAGES if runs(page)]
)
def test_what_a_page_shows_happens(page: Path, tmp_path: Path) -> None:
    follow(page, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = [match["target"] or match["image"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    missing = [target for target in targets if ":" not in target and not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_that_a_table_describes_are_there(page: Path) -> None:
    tables = list(TABLE.finditer(page.read_text(encoding="utf-8")))
    missing = [
        f"{table['folder']}{row['name']}"
        for table in tables
        for row in ROW.finditer(table["rows"])
        if not (ROOT / table["folder"] / row["name"]).exists()
    ]
    assert not missing


def test_every_file_of_the_terraform_writer_is_described() -> None:
    page = (ROOT / "docs" / "developers" / "terraform.md").read_text(encoding="utf-8")
    described = {row["name"] for table in TABLE.finditer(page) for row in ROW.finditer(table["rows"])}
    assert described == {file.name for file in (ROOT / "src/terrarium/terraform").glob("[!_]*.py")}


def test_every_command_is_described() -> None:
    page = (ROOT / "docs" / "laptop.md").read_text(encoding="utf-8")
    assert not [name for name in COMMANDS if f"`terrarium {name}" not in page]
