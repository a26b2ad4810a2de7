"""How many bytes an item counts for, as limits, pages and capacity count them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from typing import Any

from terrarium.local.data.tables.values import numbers
from terrarium.local.data.tables.values.wire import AttributeValue, Item

_DOCUMENT = 3  # bytes for being a list or map, whatever is in it
_MEMBER = 1  # bytes for each of its members


def item_size(item: Item) -> int:
    """Bytes of an item in its stored form: the names and the values, in UTF-8."""
    total = 0
    for name, value in item.items():
        # The commonest kinds are weighed in place, as `content_size` does: each write weighs all of an item.
        total += len(name) if name.isascii() else len(name.encode())
        ((kind, content),) = value.items()
        if kind == "S":
            total += len(content) if content.isascii() else len(content.encode())
        elif kind == "N":
            total += numbers.size(content)
        else:
            total += 1 if kind == "BOOL" else content_size(kind, content)
    return total


def value_size(value: AttributeValue) -> int:
    """Bytes of one value."""
    ((kind, content),) = value.items()
    return content_size(kind, content)


def content_size(kind: str, content: Any) -> int:
    """The same for its content, which is of that kind."""
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode())
    if kind == "N":
        return numbers.size(content)
    if kind == "B":
        return binary_length(content)
    if kind == "L":
        return _DOCUMENT + sum(_MEMBER + value_size(member) for member in content)
    if kind == "M":
        return _DOCUMENT + _MEMBER * len(content) + item_size(content)
    return 1 if kind in ("BOOL", "NULL") else _set_size(kind, content)


def binary_length(encoded: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(encoded) // 4 * 3 - encoded.count("=", -2)


def _set_size(kind: str, members: list[str]) -> int:
    return sum(content_size(kind[0], member) for member in members)
