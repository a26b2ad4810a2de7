"""What the documents say holds: commands run and print what is shown, snippets run, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.runner import follow
from tests.environment import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("systems/*/README.md")])
RUN = ("bash", "console", "python")
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\((?P<target>[^)\s#]+)[^)]*\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def runs(page: Path) -> bool:
    return any(block.language in RUN and not block.skipped for block in blocks(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [page for page in PAGES if runs(page)], ids=name_of)
def test_what_a_page_shows_happens(page: Path, tmp_path: Path) -> None:
    follow(page, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = [match["target"] or match["image"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    missing = [target for target in targets if ":" not in target and not (page.parent / target).exists()]
    assert not missing
