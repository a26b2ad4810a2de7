"""An item cut down to the paths that a reader asked for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from terrarium.local.data.tables.expressions.tree import ExpressionError, Path
from terrarium.local.data.tables.values.wire import AttributeValue, Item


def check_projection(paths: Sequence[Path]) -> None:
    """Refuses paths of which one contains the other.

    Raises:
        ExpressionError: As DynamoDB words it.
    """
    for first, second in itertools.combinations(paths, 2):
        if all(ours == theirs for ours, theirs in zip(first.elements, second.elements, strict=False)):
            raise ExpressionError(
                "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                f"path one: {first}, path two: {second}"
            )


def project(item: Item, paths: Iterable[Path]) -> Item:
    """The parts of an item at the paths; of a list, the chosen members in their order, without gaps."""
    wanted: dict[str | int, Any] = {}  # a tree of path elements; None where a path ends
    for path in paths:
        _plant(wanted, path)
    return _cut_map(item, wanted)


# Any: a tree whose leaves are None.
def _plant(tree: dict[str | int, Any], path: Path) -> None:
    for part in path.elements[:-1]:
        tree = tree.setdefault(part, {})
    tree[path.elements[-1]] = None


def _cut_map(members: Item, wanted: dict[str | int, Any]) -> Item:
    cut = {}
    for name, below in wanted.items():
        if isinstance(name, str) and name in members:
            part = members[name] if below is None else _cut(members[name], below)
            if part is not None:
                cut[name] = part
    return cut


def _cut(value: AttributeValue, wanted: dict[str | int, Any]) -> AttributeValue | None:
    """The wanted parts of a document, or None where it has none of them."""
    if "M" in value:
        members = _cut_map(value["M"], wanted)
        return {"M": members} if members else None
    positions = sorted(at for at in wanted if isinstance(at, int) and at < len(value.get("L", ())))
    parts = [value["L"][at] if wanted[at] is None else _cut(value["L"][at], wanted[at]) for at in positions]
    found = [part for part in parts if part is not None]
    return {"L": found} if found else None
