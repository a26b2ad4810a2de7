"""What one call takes from several tables, for the reports of batches and transactions."""

from __future__ import annotations

from msgspec import Struct

from terrarium.local.data.tables.model.capacity import TRANSACTION, Units, report
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.values.wire import Body


class _Used(Struct, frozen=True):
    table: Table
    units: Units


class Usage:
    """Units by table.

    Args:
        transaction: Whether each part costs twice what it would alone, and reports name their direction.
    """

    def __init__(self, *, transaction: bool = False) -> None:
        self._transaction = transaction
        self._used: dict[str, _Used] = {}

    def add(self, table: Table, units: Units) -> Units:
        """Counts a part, and returns its units as this call takes them."""
        factor = TRANSACTION if self._transaction else 1
        taken = Units(units.table * factor, {name: each * factor for name, each in units.indexes.items()})
        self._used.setdefault(table.name, _Used(table, Units())).units.add(taken)
        return taken

    def report(self, body: Body, direction: str) -> Body:
        """ConsumedCapacity of every table, if it was asked for; `direction` is ``Read`` or ``Write``."""
        mode = body.get("ReturnConsumedCapacity")
        if mode not in ("TOTAL", "INDEXES"):
            return {}
        word = direction if self._transaction else ""
        return {"ConsumedCapacity": [report(mode, one.table, one.units, direction=word) for one in self._used.values()]}
