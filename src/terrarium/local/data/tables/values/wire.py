"""The names under which attribute values travel; they stay in wire form everywhere, so nothing is converted twice."""

from __future__ import annotations

from typing import Any

# One member, named by its type; what it holds depends on that name, and documents nest without end.
AttributeValue = dict[str, Any]
Item = dict[str, AttributeValue]
# The body of a request or response: JSON of any shape until its operation has looked at it.
Body = dict[str, Any]

SCALARS = frozenset({"S", "N", "B"})
SETS = frozenset({"SS", "NS", "BS"})
TYPES = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"})


def kind_of(value: AttributeValue) -> str:
    """The type of a value that has been checked: its only member's name."""
    return next(iter(value))
