"""All document paths that a condition mentions."""

from __future__ import annotations

from collections.abc import Iterator

from terrarium.local.data.tables.expressions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Path,
)


def paths_in(node: Condition | Operand | None) -> Iterator[Path]:
    """The paths in a condition or operand, each as often as it stands there."""
    if isinstance(node, Path):
        yield node
        return
    for below in _below(node):
        yield from paths_in(below)


def _below(node: Condition | Operand | None) -> tuple[Condition | Operand, ...]:
    if isinstance(node, And | Or):
        return node.conditions
    if isinstance(node, Not):
        return (node.condition,)
    if isinstance(node, Comparison | Arithmetic):
        return node.left, node.right
    if isinstance(node, Between):
        return node.operand, node.low, node.high
    if isinstance(node, In):
        return node.operand, *node.options
    return node.operands if isinstance(node, Call) else ()
