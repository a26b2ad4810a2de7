"""The follower of pages notices when a page is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import runner

GOOD = """
```python title="greet.py"
import sys
print("hello", sys.argv[1])
```

```console
$ python greet.py you
hello you
$ ls
greet.py
```

```bash
test -f greet.py
```

```python
assert 1 + 1 == 2
```
"""

BACKGROUND = """
<!-- run: until "listening" -->
```console
$ python -c 'import time; open("alive", "w").close(); print("listening", flush=True); time.sleep(600)'
```

```console
$ ls
alive
```
"""


@pytest.fixture(autouse=True)
def pages_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(runner, "ROOT", tmp_path)


def follow(page: str, folder: Path) -> None:
    file = folder / "page.md"
    file.write_text(page)
    desk = folder / "work"
    desk.mkdir()
    runner.follow(file, desk)


def test_a_true_page_passes(tmp_path: Path) -> None:
    follow(GOOD, tmp_path)


def test_what_goes_on_in_the_background_is_there_for_the_rest_of_the_page(tmp_path: Path) -> None:
    follow(BACKGROUND, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ echo one\ntwo\n```",
        "```console\n$ false\n```",
        "```bash\nfalse\ntrue\n```",
        "```python\nraise SystemExit(3)\n```",
        '<!-- run: until "ready" -->\n```console\n$ echo other\n```',
    ],
)
def test_a_page_that_is_wrong_fails_and_names_its_line(page: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:[12]: "):
        follow(page, tmp_path)


def test_ports_become_those_of_this_run(tmp_path: Path) -> None:
    page = "```python\nfrom pathlib import Path\nassert Path('port').read_text().strip() == '4500' != '4' '500'\n```"
    follow("```console\n$ echo 4500 > port\n```\n" + page, tmp_path)
