"""The statements as they are written: read, not imported, so that they can be counted and listed without any target."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "statements"
#: Areas by the beginning of their files' names, in the order in which they are shown.
AREAS = {
    "test_websocket": "WebSocket APIs",
    "test_connections": "@connections",
    "test_lambda": "Lambda",
    "test_dynamodb": "DynamoDB",
    "test_streams": "DynamoDB Streams",
    "test_alb": "Application Load Balancer",
}


@dataclass(frozen=True)
class Statement:
    """One documented behaviour.

    Attributes:
        name: Its test, ``file::function``.
        area: What it is about.
        text: The sentence.
        source: Where it is documented; empty where nobody said.
        untrue_here: Why Terrarium fails it; empty where it holds.
    """

    name: str
    area: str
    text: str
    source: str
    untrue_here: str


def statements() -> list[Statement]:
    """All of them, in the order of their files."""
    files = sorted(FOLDER.glob("test_*.py"), key=lambda file: (list(AREAS.values()).index(area_of(file.stem)), file))
    return [statement for file in files for statement in _of(file)]


def area_of(stem: str) -> str:
    """The area of a file.

    Raises:
        LookupError: It has none.
    """
    for beginning, area in AREAS.items():
        if stem.startswith(beginning):
            return area
    raise LookupError(f"{stem} belongs to no area")


def _of(file: Path) -> Iterator[Statement]:
    module = ast.parse(file.read_text(encoding="utf-8"))
    constants = {name: text for node in module.body for name, text in _constants(node)}
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            marks = {name: text for decorator in node.decorator_list for name, text in _mark(decorator, constants)}
            yield Statement(
                f"{file.stem}::{node.name}",
                area_of(file.stem),
                " ".join((ast.get_docstring(node) or "").split()),
                marks.get("source", ""),
                marks.get("untrue_here", ""),
            )


def _constants(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


def _mark(decorator: ast.expr, constants: dict[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.args:
        argument = decorator.args[0]
        if isinstance(argument, ast.Constant):
            yield decorator.func.id, str(argument.value)
        elif isinstance(argument, ast.Name):
            yield decorator.func.id, constants.get(argument.id, "")
