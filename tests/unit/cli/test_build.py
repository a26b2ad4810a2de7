"""``terrarium build`` as a user calls it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from terrarium import UserError
from terrarium.cli.build import build

ARCHITECTURE = """
from terrarium import Architecture, aws

app = Architecture("small")
aws.Table(app, "notes", name="Notes", key="id")
aws.Function(app, "hello", code="handlers")
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "hello.py").write_text("def handler(event, context): ...\n")
    file = tmp_path / "architecture.py"
    file.write_text(ARCHITECTURE)
    return file


def run(*arguments: str | Path) -> str:
    """The command's standard output."""
    done = CliRunner().invoke(build, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_terraform_and_zips_are_written(small: Path, tmp_path: Path) -> None:
    shown = run(small, "--out", tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").glob("*.tf")} == {
        "versions.tf", "providers.tf", "data.tf", "functions.tf",
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "out" / "bundles" / "handlers.zip") as archive:
        assert archive.namelist() == ["hello.py"]
    assert "+ data.tf" in shown
    assert "terraform init" in shown


def test_another_format_takes_the_place_of_the_first(small: Path, tmp_path: Path) -> None:
    run(small, "--out", tmp_path / "out")
    run(small, "--out", tmp_path / "out", "--format", "json")
    assert not list((tmp_path / "out").glob("*.tf"))
    table = json.loads((tmp_path / "out" / "data.tf.json").read_text())["resource"]["aws_dynamodb_table"]["notes"]
    assert table["name"] == "Notes"


def test_tables_become_a_template_and_the_rest_is_named(small: Path, tmp_path: Path) -> None:
    report = json.loads(run(small, "--out", tmp_path / "out", "--format", "cloudformation", "--json"))
    assert report["written"] == ["template.yaml"]
    assert report["left_out"]["aws_lambda_function.hello"] == "not a table"
    assert "NotesTable:" in (tmp_path / "out" / "template.yaml").read_text()


def test_an_architecture_without_tables_has_no_template(tmp_path: Path) -> None:
    file = tmp_path / "architecture.py"
    file.write_text('from terrarium import Architecture\napp = Architecture("empty")\n')
    with pytest.raises(UserError, match="empty has no table"):
        run(file, "--out", tmp_path / "out", "--format", "cloudformation")


def test_two_builds_are_the_same_byte_for_byte(small: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(small, "--out", tmp_path / name)
    contents = [
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (tmp_path / "one", tmp_path / "two")
    ]
    assert contents[0] == contents[1]
