"""What items were before each change of the last weeks, for tables that can be recovered to a point in time.

Current items with these laid over them, the earliest change after a moment first, are the table as it was then.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html
"""

from __future__ import annotations

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.storage.database import Database
from terrarium.local.data.tables.storage.rows import position


class History:
    """The changes of all recoverable tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, change: Change, now: float) -> None:
        """Notes what an item was before a change.

        Args:
            change: The change.
            now: When it is made, in seconds since the epoch.
        """
        before = None if change.before is None else change.before.text
        self._database.note(
            "INSERT INTO history (tbl, moment, hash, range, item, size) VALUES (?, ?, ?, ?, ?, ?)",
            (change.table.number, now, *position(change.table.keys, change.key), before, change.old_size),
        )

    def rewind(self, table: Table, moment: float, backup: int) -> None:
        """Lays a table's rows as they were at a moment beside those of backups.

        Args:
            table: A table whose history reaches back that far.
            moment: Seconds since the epoch; a change at that very moment counts.
            backup: The number that the rows get there.
        """
        since = (table.number, moment)
        self._database.write(
            "INSERT INTO backup_items SELECT ?, hash, range, item, size "
            f"FROM items_{table.number} AS now WHERE NOT EXISTS "
            "(SELECT 1 FROM history WHERE tbl = ? AND moment > ? AND hash = now.hash AND range = now.range)",
            (backup, *since),
        )
        self._database.write(
            "INSERT INTO backup_items SELECT ?, hash, range, item, size FROM history WHERE item IS NOT NULL AND "
            "number IN (SELECT min(number) FROM history WHERE tbl = ? AND moment > ? GROUP BY hash, range)",
            (backup, *since),
        )

    def forget(self, table: Table, until: float | None = None) -> None:
        """Deletes what was noted of a table, all of it or what is older than a moment (seconds since the epoch)."""
        if until is None:
            self._database.write("DELETE FROM history WHERE tbl = ?", (table.number,))
        elif self._database.read(
            "SELECT 1 FROM history WHERE tbl = ? AND moment < ? LIMIT 1", (table.number, until)
        ).fetchone():
            self._database.write("DELETE FROM history WHERE tbl = ? AND moment < ?", (table.number, until))
