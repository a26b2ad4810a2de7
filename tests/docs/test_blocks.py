"""The reader of pages: what it finds in them and what it takes for the same output."""

from __future__ import annotations

import pytest

from tests.docs.blocks import Block, Command, blocks, commands, shows

PAGE = """
Text before.

```python title="architecture.py"
print(1)
```

<!-- run: until "ready" in checkout -->
```console
$ make up
```

1. In a list:

    <!-- run: not, because it asks a question -->
    ```bash
    read answer
      indented
    ```
"""


def test_every_block_is_found_with_its_place_and_marker() -> None:
    assert blocks(PAGE) == [
        Block(4, "python", "print(1)", title="architecture.py"),
        Block(9, "console", "$ make up", until="ready", checkout=True),
        Block(16, "bash", "read answer\n  indented", skipped="it asks a question"),
    ]


def test_a_marker_counts_only_for_the_block_right_after_it() -> None:
    assert not blocks("<!-- run: in checkout -->\ntext\n```bash\ntrue\n```")[0].checkout


@pytest.mark.parametrize(
    "page", ["```bash\ntrue", "<!-- run: soon -->\n```bash\ntrue\n```", "<!-- run: not -->\n```bash\ntrue\n```"]
)
def test_a_page_that_cannot_be_understood_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="line"):
        blocks(page)


def test_commands_are_told_from_their_output() -> None:
    block = Block(1, "console", "$ one \\\n    --more\nfirst\nsecond\n$ two")
    assert commands(block) == [Command("one \\\n    --more", ["first", "second"]), Command("two")]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ([], "anything", True),
        (["a", "b"], "a  \nb\n", True),
        (["a", "b"], "a\nc", False),
        (["a", "...", "z"], "a\nb\nc\nz", True),
        (["took ... s"], "took 0.3 s", True),
        (["took ... s"], "took 0.3 minutes", False),
        (["a"], "a\nb", False),
    ],
)
def test_output_is_compared_as_a_reader_would(expected: list[str], actual: str, same: bool) -> None:
    assert shows(expected, actual) is same
