"""Backups: a table's definition and rows as they were when somebody asked, which outlive the table.

Beside their rows lie, under numbers of their own, those of tables as they were at a moment: for as long as somebody
works with them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup.Tutorial.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from terrarium.local.data.tables.model.stored import table_from_json, table_to_json
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.storage.database import Database

#: Where an item stands among those of a number.
Place = tuple[bytes, bytes]
START: Place = (b"", b"")


class Backup(Struct, frozen=True):
    """A backup; moments in seconds since the epoch.

    Attributes:
        number: Names its rows in storage.
        kind: BackupType: ``USER``, or ``SYSTEM`` for one that DynamoDB makes of a deleted table.
        taken: When it was made.
        expires: When it goes by itself; None for never.
        table: The table as it was defined then.
        items: How many items it holds.
        size: Their bytes.
    """

    number: int
    arn: str
    name: str
    kind: str
    taken: float
    expires: float | None
    table: Table
    items: int
    size: int


class Backups:
    """All backups, on disk; they are asked for too rarely to be held in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_number(self) -> int:
        """A number under which no rows are kept."""
        found = self._database.read(
            "SELECT max(coalesce((SELECT max(number) FROM backups), 0), "
            "coalesce((SELECT max(backup) FROM backup_items), 0)) + 1"
        ).fetchone()
        number: int = found[0]
        return number

    def take(self, backup: Backup) -> None:
        """Keeps a copy of the rows that the backup's table has now."""
        details = {"name": backup.name, "kind": backup.kind, "items": backup.items, "size": backup.size}
        definition = json.dumps(table_to_json(backup.table))
        values = (backup.number, backup.arn, backup.taken, backup.expires, json.dumps(details), definition)
        self._database.write("INSERT INTO backups VALUES (?, ?, ?, ?, ?, ?)", values)
        self._database.write(
            "INSERT INTO backup_items SELECT ?, hash, range, item, size "
            f"FROM items_{backup.table.number}", (backup.number,)
        )  # fmt: skip

    def restore(self, number: int, target: Table) -> None:
        """Fills a new table's rows from those of a number; its indexes are not filled."""
        self._database.write(
            f"INSERT INTO items_{target.number} (hash, range, item, size) "
            "SELECT hash, range, item, size FROM backup_items WHERE backup = ?", (number,)
        )  # fmt: skip

    def page(self, number: int, after: Place, limit: int) -> tuple[list[str], Place]:
        """Items of a number behind a place, as JSON, and the place of the last of them; `START` is before the first."""
        rows = self._database.read(
            "SELECT item, hash, range FROM backup_items WHERE backup = ? AND (hash, range) > (?, ?) "
            "ORDER BY hash, range LIMIT ?", (number, *after, limit)
        ).fetchall()  # fmt: skip
        return [text for text, _, _ in rows], rows[-1][1:] if rows else after

    def held(self, number: int) -> tuple[int, int]:
        """How many items there are of a number, and their bytes."""
        items, size = self._database.read(
            "SELECT count(*), coalesce(sum(size), 0) FROM backup_items WHERE backup = ?", (number,)
        ).fetchone()
        return items, size

    def drop(self, number: int) -> None:
        """Deletes the rows of a number."""
        self._database.write("DELETE FROM backup_items WHERE backup = ?", (number,))

    def get(self, arn: str) -> Backup | None:
        """The backup with that ARN, or None."""
        return next(self._read("WHERE arn = ?", arn), None)

    def all(self) -> list[Backup]:
        """All backups, in the order in which they were made."""
        return list(self._read("ORDER BY taken, number"))

    def remove(self, backup: Backup) -> None:
        """Forgets a backup."""
        self._database.write("DELETE FROM backups WHERE number = ?", (backup.number,))
        self.drop(backup.number)

    def expire(self, now: float) -> None:
        """Forgets the backups whose time has come."""
        for backup in list(self._read("WHERE expires <= ?", now)):
            self.remove(backup)

    def _read(self, which: str, *values: str | float) -> Iterator[Backup]:
        rows = self._database.read(
            f"SELECT number, arn, taken, expires, details, definition FROM backups {which}", values
        )
        for number, arn, taken, expires, details, definition in rows.fetchall():
            table, rest = table_from_json(json.loads(definition)), _details(details)
            yield Backup(number=number, arn=arn, taken=taken, expires=expires, table=table, **rest)


# Any: a name, a kind and two numbers.
def _details(stored: str) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(stored)
    return details
