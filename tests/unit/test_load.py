"""Finding an architecture by name or path."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.load import load, systems


def test_a_system_that_comes_along_is_found_by_name() -> None:
    assert "tictactoe" in systems()
    assert load("tictactoe").name == "tictactoe"


def test_a_file_or_its_folder_is_found_by_path(tmp_path: Path) -> None:
    file = tmp_path / "architecture.py"
    file.write_text("from terrarium import Architecture\napp = Architecture('own')\n")
    assert load(str(file)).name == "own"
    assert load(str(tmp_path)).name == "own"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("app = (\n", 1, "not valid Python"),
        ("import nothing_of_that_name\n", 1, "ModuleNotFoundError"),
        (
            "from terrarium import Architecture\napp = Architecture('own')\napp.add('aws_sqs_queu', 'q')\n",
            3,
            "has no resource",
        ),
        ("x = 1\ny = x / 0\n", 2, "ZeroDivisionError"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    file = tmp_path / "architecture.py"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        load(str(file))
    assert message in caught.value.what
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_a_file_without_an_architecture_is_told_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "architecture.py").write_text("shop = 1\n")
    with pytest.raises(UserError, match="has no architecture named app"):
        load(str(tmp_path))


def test_a_name_that_is_nearly_right_is_recognised() -> None:
    with pytest.raises(UserError) as caught:
        load("tictactow")
    assert "tictactoe" in caught.value.hint
    assert caught.value.exit_code == 2
