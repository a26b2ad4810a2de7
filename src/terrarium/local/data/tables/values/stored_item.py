"""An item as it lies on disk: the text is what clients are sent, and is read only where somebody looks into it."""

from __future__ import annotations

import json

import msgspec

from terrarium.local.data.tables.values.wire import Item

_encode = msgspec.json.Encoder().encode


class StoredItem(msgspec.Struct):
    """One item.

    Attributes:
        text: The item as JSON.
        size: Bytes that it counts for (`values.size`).
    """

    text: str
    size: int
    _item: Item | None = None

    @property
    def item(self) -> Item:
        """The item itself."""
        if self._item is None:
            self._item = json.loads(self.text)
        return self._item


def written(item: Item) -> str:
    """An item as it is stored."""
    return _encode(item).decode()
