"""The shape of the package: who may import whom, and how files are kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import terrarium

PACKAGE = Path(terrarium.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# A package imports only from those named before it. What is built on all of them, `terrarium` itself, stands outside.
ORDER = (
    "errors", "events", "model", "catalog", "analysis", "aws", "terraform", "cloudformation", "check", "price", "draw",
    "simulate", "local", "console", "load", "testing", "cli",
)  # fmt: skip
# Front-ends and back-ends are strangers to one another: each knows the graph and the facts, none knows the others.
STRANGERS = ("aws", "terraform", "cloudformation", "check", "price", "draw", "simulate", "local", "console")
# Rooms of the laptop cloud that meet only where they are wired.
ROOMS = ("edge", "compute", "data", "api", "watch")
LONGEST = 400
DRAWERS = {"utils", "util", "helpers", "misc", "common"}


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> Iterator[str]:
    """Every module of the package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "terrarium")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "terrarium":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def crossings(importer: str, imported: str) -> str | None:
    """What is wrong with one import, if anything."""
    mine, theirs = (name.split(".")[1:] for name in (importer, imported))
    if not mine or not theirs or mine[0] not in ORDER or theirs[0] not in ORDER or mine[0] == theirs[0] != "local":
        return None
    if mine[0] == theirs[0]:
        rooms = [path[1] if len(path) > 1 else "" for path in (mine, theirs)]
        meeting = rooms[0] in ROOMS and rooms[1] in (*ROOMS, "run") and rooms[0] != rooms[1]
        return "rooms meet only in local/run.py" if meeting else None
    if ORDER.index(mine[0]) < ORDER.index(theirs[0]):
        return f"{mine[0]} stands before {theirs[0]}"
    if mine[0] in STRANGERS and theirs[0] in STRANGERS:
        return f"{mine[0]} knows nothing of {theirs[0]}"
    return None


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_imports_only_what_stands_before_it(file: Path) -> None:
    wrong = {target: reason for target in imports(file) if (reason := crossings(name_of(file), target))}
    assert not wrong


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_says_why_it_exists(file: Path) -> None:
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_no_module_is_a_drawer_for_anything() -> None:
    assert not [name_of(file) for file in MODULES if DRAWERS & set(name_of(file).split("."))]


def test_no_file_is_too_long_to_have_one_purpose() -> None:
    lengths = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_every_package_has_its_place_in_the_order() -> None:
    packages = {file.stem for file in (*PACKAGE.glob("*.py"), *(init.parent for init in PACKAGE.glob("*/__init__.py")))}
    assert packages <= {*ORDER, "__init__", "__main__"}


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("terrarium.model.graph", "terrarium.aws.table"),
        ("terrarium.terraform.write", "terrarium.local.run"),
        ("terrarium.local.run", "terrarium.terraform.write"),
        ("terrarium.local.edge.load_balancer", "terrarium.local.data.tables"),
        ("terrarium.local.data.tables", "terrarium.local.run"),
        ("terrarium.console.page", "terrarium.local.run"),
    ],
)
def test_the_order_refuses(importer: str, imported: str) -> None:
    assert crossings(importer, imported)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("terrarium.aws.table", "terrarium.model.Resource"),
        ("terrarium.local.run", "terrarium.local.data.tables.Tables"),
        ("terrarium.local.edge.load_balancer", "terrarium.local.clock.Clock"),
        ("terrarium.local.edge.load_balancer.rim", "terrarium.local.edge.names"),
        ("terrarium.cli.up", "terrarium.local.run"),
    ],
)
def test_the_order_allows(importer: str, imported: str) -> None:
    assert not crossings(importer, imported)
