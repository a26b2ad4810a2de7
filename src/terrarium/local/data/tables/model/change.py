"""One write to one item, as a value: what indexes, capacity and the stream are reckoned from."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from terrarium.local.data.tables.model.table import Index, Table
from terrarium.local.data.tables.values.compare import equal
from terrarium.local.data.tables.values.stored_item import StoredItem
from terrarium.local.data.tables.values.wire import Item


class Change(Struct, frozen=True, dict=True):
    """One item of one table before and after a write; None stands for no item.

    Attributes:
        before: The item before, as it was stored.
        new_size: Bytes of the item after; 0 for none.
        by_service: Whether DynamoDB's own expiry made it, and no user.
    """

    table: Table
    key: Item
    before: StoredItem | None
    new: Item | None
    new_size: int = 0
    by_service: bool = False

    @property
    def old(self) -> Item | None:
        """The item before."""
        return None if self.before is None else self.before.item

    @cached_property
    def alters(self) -> bool:
        """Whether anything is different afterwards; a write that changes nothing reaches neither indexes nor stream."""
        if self.old is None or self.new is None:
            return self.old is not self.new
        return not equal({"M": self.old}, {"M": self.new})

    @property
    def old_size(self) -> int:
        """Bytes of the item before; 0 for none."""
        return self.before.size if self.before is not None else 0

    def image(self, index: Index, *, old: bool) -> Item | None:
        """What an index holds of this item before or after, or None."""
        item = self.old if old else self.new
        if item is None or not index.keys.belong_to(item):
            return None
        return self.table.projected(index, item)
