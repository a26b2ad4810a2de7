"""What reads and writes cost in capacity units, and how a response reports it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.table import Index, Table
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.wire import Item

READ_UNIT = 4096  # bytes
WRITE_UNIT = 1024  # bytes
TRANSACTION = 2  # units of a transaction for each one of a plain call


class Units(Struct):
    """What one operation took from one table and its indexes, by index name."""

    table: float = 0.0
    indexes: dict[str, float] = field(default_factory=dict)

    def add(self, other: Units) -> None:
        """Adds what a further part of the operation took."""
        self.table += other.table
        for name, units in other.indexes.items():
            self.indexes[name] = self.indexes.get(name, 0.0) + units

    @property
    def total(self) -> float:
        """Units in all."""
        return self.table + sum(self.indexes.values())


def read_units(size: int, *, consistent: bool) -> float:
    """Units for reading that many bytes at once; an eventually consistent read costs half."""
    whole = max(1, -(-size // READ_UNIT))
    return float(whole) if consistent else whole / 2


def write_units(size: int) -> float:
    """Units for writing an item of that many bytes; deleting nothing costs one as well."""
    return float(max(1, -(-size // WRITE_UNIT)))


def units_of_write(change: Change) -> Units:
    """What a write takes: the larger of the item before and after, and in each index that it touches likewise.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    """
    old_size = 0 if change.before is None else change.before.size
    units = Units(write_units(max(old_size, change.new_size)))
    if change.table.indexes and change.alters:
        for index in change.table.indexes:
            taken = _index_units(change, index)
            if taken:
                units.indexes[index.name] = taken
    return units


def _index_units(change: Change, index: Index) -> float:
    old, new = change.image(index, old=True), change.image(index, old=False)
    if old == new:
        return 0.0
    if old is None or new is None:
        return write_units(_size(old) + _size(new))
    if index.keys.of(old) != index.keys.of(new):
        return write_units(_size(old)) + write_units(_size(new))
    return write_units(max(_size(old), _size(new)))


def _size(item: Item | None) -> int:
    return item_size(item) if item else 0


def report(mode: str | None, table: Table, units: Units, *, direction: str = "") -> dict[str, Any]:
    """ConsumedCapacity as ReturnConsumedCapacity asks for it: NONE, TOTAL or INDEXES.

    Args:
        mode: The request's wish.
        table: Whose capacity it is.
        units: What was taken.
        direction: ``Read`` or ``Write`` in transactions, which name it; else nothing.
    """
    answer: dict[str, Any] = {"TableName": table.name, **_units(units.total, direction)}  # JSON of mixed members
    if mode != "INDEXES":
        return answer
    answer["Table"] = _units(units.table, direction)
    for member, indexes in (
        ("LocalSecondaryIndexes", table.local_indexes),
        ("GlobalSecondaryIndexes", table.global_indexes),
    ):
        taken = {one.name: _units(units.indexes[one.name], direction) for one in indexes if one.name in units.indexes}
        if taken:
            answer[member] = taken
    return answer


def _units(amount: float, direction: str) -> dict[str, float]:
    return {"CapacityUnits": amount} | ({f"{direction}CapacityUnits": amount} if direction else {})
