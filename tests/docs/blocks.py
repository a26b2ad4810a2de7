"""Reads the fenced blocks of a page and what is to be done with each; it runs nothing.

A comment before a block says how it runs, where it cannot just run:

- ``<!-- run: until "text" -->``: goes on in the background once its output holds that text, to the end of the page.
- ``<!-- run: in checkout -->``: runs in a copy of the checkout instead of an empty folder. May follow ``until "…"``.
- ``<!-- run: not, because … -->``: is not run; the reason has to be given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w+)(?P<info>[^\n`]*)$")
MARKER = re.compile(r"^ *<!-- run: (?P<how>.*?) -->$")
UNTIL = re.compile(r'until "(?P<text>[^"]+)"')
TITLE = re.compile(r'title="(?P<title>[^"]+)"')


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block.

    Attributes:
        line: Where it starts in its page, from 1.
        language: ``console``, ``bash``, ``python``, …
        text: What stands between the fences, without their indentation.
        title: The file it shows, if it says so.
        until: Text of its output after which it goes on in the background.
        checkout: Whether it runs in a copy of the checkout.
        skipped: Why it is not run.
    """

    line: int
    language: str
    text: str
    title: str = ""
    until: str = ""
    checkout: bool = False
    skipped: str = ""


@dataclass(slots=True)
class Command:
    """One command of a console block and the output that the page shows for it."""

    text: str
    output: list[str] = field(default_factory=list)


def blocks(page: str) -> list[Block]:
    """Every fenced block of a page, in order.

    Raises:
        ValueError: A block has no end, or its marker says something unknown.
    """
    found: list[Block] = []
    lines = iter(enumerate(page.splitlines(), start=1))
    how = ""
    for number, line in lines:
        if marker := MARKER.match(line):
            how = marker["how"]
        elif fence := FENCE.match(line):
            text = []
            for _, inner in lines:
                if inner.strip() == "```":
                    break
                text.append(inner.removeprefix(fence["indent"]))
            else:
                raise ValueError(f"line {number}: the block has no end")
            found.append(_block(number, fence, "\n".join(text), how))
            how = ""
        elif line.strip():
            how = ""
    return found


def _block(line: int, fence: re.Match[str], text: str, how: str) -> Block:
    title = TITLE.search(fence["info"])
    until = UNTIL.search(how)
    skipped = how.removeprefix("not, because ") if how.startswith("not, because ") else ""
    checkout = not skipped and how.endswith("in checkout")
    if how and not (until or skipped or checkout):
        raise ValueError(f"line {line}: unknown way to run a block: {how}")
    return Block(
        line,
        fence["language"],
        text,
        title["title"] if title else "",
        until["text"] if until else "",
        checkout,
        skipped,
    )


def commands(block: Block) -> list[Command]:
    """What a console block types after its prompts. A command ending in a backslash goes on in the next line."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif found and found[-1].text.endswith("\\") and not found[-1].output:
            found[-1].text += "\n" + line
        elif found:
            found[-1].output.append(line)
    return found


def shows(expected: list[str], actual: str) -> bool:
    """Whether output is what a page shows of it; ``...`` stands for anything, spaces at line ends do not count."""
    if not expected:
        return True
    parts = [re.escape(part) for part in "\n".join(line.rstrip() for line in expected).strip().split("...")]
    text = "\n".join(line.rstrip() for line in actual.splitlines()).strip()
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None
