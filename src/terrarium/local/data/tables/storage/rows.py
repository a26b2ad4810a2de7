"""Items and index entries as rows: each DynamoDB table and each index has an SQLite table of its own.

An index entry holds both keys and no copy of the item, so that a write touches an index only where its key changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import starmap

from msgspec import Struct

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.table import Index, Keys, Table
from terrarium.local.data.tables.storage.database import Database
from terrarium.local.data.tables.values.compare import scattered_content, sortable_content
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.stored_item import StoredItem, written
from terrarium.local.data.tables.values.wire import Item

Position = tuple[bytes, ...]
# A table's number and an item's position in it.
_Place = tuple[int, bytes, bytes]

#: Items that were lately read or written are held, since a write asks what was there before; larger ones are not, so
#: that all of them together stay at a few megabytes.
MOST_RECENT = 2048
LARGEST_RECENT = 2048  # characters


class Statistics(Struct):
    """How many items there are, and their bytes."""

    items: int
    size: int


class Rows:
    """All items of all tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statistics: dict[int, Statistics] = {}
        self._recent: dict[_Place, StoredItem] = {}
        self._changed: set[_Place] = set()  # what SQLite may not have yet
        database.after_rollback.append(self._statistics.clear)
        database.after_rollback.append(self._recent.clear)
        database.after_catching_up.append(self._changed.clear)

    def create(self, table: Table) -> None:
        """Makes room for a table and its indexes."""
        self._database.write(
            f"CREATE TABLE items_{table.number} (hash BLOB NOT NULL, range BLOB NOT NULL, item TEXT NOT NULL, "
            "size INTEGER NOT NULL, expires INTEGER, PRIMARY KEY (hash, range)) WITHOUT ROWID"
        )
        self._database.write(
            f"CREATE INDEX expiries_{table.number} ON items_{table.number} (expires) WHERE expires IS NOT NULL"
        )
        for index in table.indexes:
            self._create_index(index)

    def drop(self, table: Table) -> None:
        """Deletes all that belongs to a table."""
        self._database.write(f"DROP TABLE items_{table.number}")
        for index in table.indexes:
            self.drop_index(index)
        self._statistics.pop(table.number, None)

    def add_index(self, table: Table, index: Index) -> None:
        """Makes a new index and fills it from the items there are."""
        self._create_index(index)
        for (text,) in self._database.read(f"SELECT item FROM items_{table.number}").fetchall():
            item = json.loads(text)
            if index.keys.belong_to(item):
                self._insert_entry(table, index, item)

    def drop_index(self, index: Index) -> None:
        """Deletes an index."""
        self._database.write(f"DROP TABLE index_{index.number}")
        self._statistics.pop(index.number, None)

    def get(self, table: Table, key: Item) -> StoredItem | None:
        """The item with that key, or None."""
        at = (table.number, *position(table.keys, key))
        recent = self._recent.get(at)
        if recent is not None:
            return recent
        read = self._database.read if at in self._changed else self._database.peek
        row = read(f"SELECT item, size FROM items_{table.number} WHERE hash = ? AND range = ?", at[1:]).fetchone()
        if row is None:
            return None
        stored = StoredItem(*row)
        self._hold(at, stored)
        return stored

    def apply(self, change: Change, expires: int | None) -> None:
        """Writes an item and its index entries.

        Args:
            change: Before and after.
            expires: When the item expires, in seconds since the epoch; None for never.
        """
        table = change.table
        at = (table.number, *position(table.keys, change.key))
        self._changed.add(at)
        if change.new is None:
            self._database.note(f"DELETE FROM items_{table.number} WHERE hash = ? AND range = ?", at[1:])
            self._recent.pop(at, None)
        else:
            text = written(change.new)
            self._database.note(
                f"INSERT OR REPLACE INTO items_{table.number} VALUES (?, ?, ?, ?, ?)",
                (*at[1:], text, change.new_size, expires),
            )
            self._hold(at, StoredItem(text, change.new_size))
        if table.number in self._statistics:
            self._count(change)
        for index in table.indexes:
            self._statistics.pop(index.number, None)
            self._move_entry(change, index)

    def walk(
        self,
        table: Table,
        index: Index | None,
        where: tuple[str, tuple[bytes, ...]],
        after: Position | None,
        *,
        forward: bool,
    ) -> Iterator[StoredItem]:
        """Items in the order of a table's or index's keys.

        Args:
            table: The table.
            index: The index to follow, or None for the table itself.
            where: A condition on the columns ``hash`` and ``range``, and its values.
            after: The position of the item after which to begin.
            forward: Whether to go up.
        """
        source, columns = _source(table, index, "item, size")
        condition, values = where
        if after is not None:
            skip = 1 if condition.startswith("hash =") else 0  # the partition is fixed: only what follows decides
            marks = ", ".join("?" * (len(columns) - skip))
            condition += f" AND ({', '.join(columns[skip:])}) {'>' if forward else '<'} ({marks})"
            values += after[skip:]
        order = ", ".join(column if forward else f"{column} DESC" for column in columns)
        rows = self._database.read(f"SELECT item, size FROM {source} WHERE {condition} ORDER BY {order}", values)
        return starmap(StoredItem, rows)

    def statistics(self, table: Table) -> Statistics:
        """How many items a table has, and how many bytes: exact, where AWS's lag by some six hours."""
        known = self._statistics.get(table.number)
        if known is None:
            row = self._database.read(f"SELECT count(*), coalesce(sum(size), 0) FROM items_{table.number}").fetchone()
            known = self._statistics[table.number] = Statistics(*row)
        return known

    def index_statistics(self, table: Table, index: Index) -> Statistics:
        """The same for an index; one that carries only parts of its items is gone through anew after a write."""
        known = self._statistics.get(index.number)
        if known is None:
            known = self._statistics[index.number] = self._index_statistics(table, index)
        return known

    def _index_statistics(self, table: Table, index: Index) -> Statistics:
        if index.projection == "ALL":
            source, _ = _source(table, index, "size")
            row = self._database.read(f"SELECT count(*), coalesce(sum(size), 0) FROM {source}").fetchone()
            return Statistics(*row)
        sizes = [
            item_size(table.projected(index, stored.item))
            for stored in self.walk(table, index, ("hash >= ?", (b"",)), None, forward=True)
        ]
        return Statistics(len(sizes), sum(sizes))

    def collection_size(self, table: Table, key: Item) -> int:
        """Bytes of all items that share a partition key."""
        row = self._database.read(
            f"SELECT coalesce(sum(size), 0) FROM items_{table.number} WHERE hash = ?", position(table.keys, key)[:1]
        ).fetchone()
        size: int = row[0]
        return size

    def expired(self, table: Table, since: int, until: int, limit: int) -> list[StoredItem]:
        """Items whose time was between those two moments, the earliest first."""
        rows = self._database.read(
            f"SELECT item, size FROM items_{table.number} WHERE expires >= ? AND expires <= ? ORDER BY expires LIMIT ?",
            (since, until, limit),
        ).fetchall()
        return list(starmap(StoredItem, rows))

    def set_expiry(self, table: Table, item: Item, expires: int | None) -> None:
        """Notes when an item expires."""
        self._database.write(
            f"UPDATE items_{table.number} SET expires = ? WHERE hash = ? AND range = ?",
            (expires, *position(table.keys, item)),
        )

    def _create_index(self, index: Index) -> None:
        self._database.write(
            f"CREATE TABLE index_{index.number} (hash BLOB NOT NULL, range BLOB NOT NULL, item_hash BLOB NOT NULL, "
            "item_range BLOB NOT NULL, PRIMARY KEY (hash, range, item_hash, item_range)) WITHOUT ROWID"
        )

    def _move_entry(self, change: Change, index: Index) -> None:
        old = change.old if change.old is not None and index.keys.belong_to(change.old) else None
        new = change.new if change.new is not None and index.keys.belong_to(change.new) else None
        if old and new and index.keys.of(old) == index.keys.of(new):
            return
        if old:
            self._database.note(
                f"DELETE FROM index_{index.number} WHERE hash = ? AND range = ? AND item_hash = ? AND item_range = ?",
                index_position(change.table, index, old),
            )
        if new:
            self._insert_entry(change.table, index, new)

    def _insert_entry(self, table: Table, index: Index, item: Item) -> None:
        self._database.note(f"INSERT INTO index_{index.number} VALUES (?, ?, ?, ?)", index_position(table, index, item))

    def _hold(self, at: _Place, stored: StoredItem) -> None:
        if len(stored.text) > LARGEST_RECENT:
            self._recent.pop(at, None)
            return
        if len(self._recent) >= MOST_RECENT and at not in self._recent:
            del self._recent[next(iter(self._recent))]
        self._recent[at] = stored

    def _count(self, change: Change) -> None:
        known = self._statistics[change.table.number]
        known.items += (change.new is not None) - (change.before is not None)
        known.size += change.new_size - (0 if change.before is None else change.before.size)


def position(keys: Keys, item: Item) -> tuple[bytes, bytes]:
    """Where an item stands in the order of a key schema; without a sort key its part is empty."""
    ((kind, content),) = item[keys.hash].items()
    hash_ = scattered_content(kind, content)
    if keys.range is None:
        return hash_, b""
    ((kind, content),) = item[keys.range].items()
    return hash_, sortable_content(kind, content)


def index_position(table: Table, index: Index, item: Item) -> Position:
    """Where an item stands in an index: by the index's key, and among equals by its own."""
    return *position(index.keys, item), *position(table.keys, item)


def _source(table: Table, index: Index | None, wanted: str) -> tuple[str, tuple[str, ...]]:
    """What to select columns of the items from, and the columns that order it."""
    if index is None:
        return f"items_{table.number}", ("hash", "range")
    entries = f"(SELECT hash, range, item_hash, item_range FROM index_{index.number})"
    items = f"(SELECT hash AS own_hash, range AS own_range, {wanted} FROM items_{table.number})"
    # CROSS JOIN keeps SQLite to this order: along the index, item by item.
    joined = f"{entries} CROSS JOIN {items} ON own_hash = item_hash AND own_range = item_range"
    return joined, ("hash", "range", "item_hash", "item_range")
