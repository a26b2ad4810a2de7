"""The tables there are, in memory for every call and on disk for the next start."""

from __future__ import annotations

import json

from terrarium.local.data.tables.model.stored import table_from_json, table_to_json
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.storage.database import Database


class Catalog:
    """All tables by name.

    Attributes:
        version: Changes whenever a table comes, changes or goes.
    """

    def __init__(self, database: Database) -> None:
        self.version = 0
        self._database = database
        self._tables: dict[str, Table] = {}
        self._last_number = 0
        database.after_rollback.append(self.load)

    def load(self) -> None:
        """Reads what the file says."""
        stored = self._database.read("SELECT definition FROM tables").fetchall()
        tables = [table_from_json(json.loads(definition)) for (definition,) in stored]
        self._tables = {table.name: table for table in tables}
        self.version += 1
        indexes = [index for table in tables for index in table.indexes]
        numbers = [*(table.number for table in tables), *(index.number for index in indexes)]
        self._last_number = max((self._last_number, *numbers))

    def next_number(self) -> int:
        """A number that no table or index has."""
        self._last_number += 1
        return self._last_number

    def get(self, name: str) -> Table | None:
        """The table of that name or ARN, or None."""
        table = self._tables.get(name)
        if table is None and name.startswith("arn:"):
            table = self._tables.get(name.partition(":table/")[2])
            return table if table is not None and table.arn == name else None
        return table

    def names(self) -> list[str]:
        """All names, in order."""
        return sorted(self._tables)

    def all(self) -> list[Table]:
        """All tables."""
        return list(self._tables.values())

    def save(self, table: Table) -> None:
        """Adds a table, or replaces the one of its number."""
        definition = json.dumps(table_to_json(table))
        self._database.write("INSERT OR REPLACE INTO tables VALUES (?, ?)", (table.number, definition))
        self._tables[table.name] = table
        self.version += 1

    def remove(self, table: Table) -> None:
        """Forgets a table."""
        self._database.write("DELETE FROM tables WHERE number = ?", (table.number,))
        del self._tables[table.name]
        self.version += 1
