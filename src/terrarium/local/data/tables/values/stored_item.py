"""An item as it lies on disk: the text is what clients are sent, and is read only where somebody looks into it."""

from __future__ import annotations

import json

import msgspec

from terrarium.local.data.tables.values.wire import Item

_encode = msgspec.json.Encoder().encode


class StoredItem:
    """One item.

    Args:
        text: The item as JSON.
        size: Bytes that it counts for (`values.size`).
    """

    __slots__ = ("_item", "size", "text")

    def __init__(self, text: str, size: int) -> None:
        self.text = text
        self.size = size
        self._item: Item | None = None

    @property
    def item(self) -> Item:
        """The item itself."""
        if self._item is None:
            self._item = json.loads(self.text)
        return self._item


def written(item: Item) -> str:
    """An item as it is stored."""
    return _encode(item).decode()
