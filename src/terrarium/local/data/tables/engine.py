"""What operations work with: the tables, their rows and streams, the throttles and the clock, behind a few verbs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from terrarium.local.clock import Clock
from terrarium.local.data.tables import errors
from terrarium.local.data.tables.model.capacity import Units, units_of_write
from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.expiry import expiry_of
from terrarium.local.data.tables.model.table import Index, Table
from terrarium.local.data.tables.model.throttle import Bucket, Throttle
from terrarium.local.data.tables.storage.backups import Backups
from terrarium.local.data.tables.storage.catalog import Catalog
from terrarium.local.data.tables.storage.database import Database
from terrarium.local.data.tables.storage.exports import Exports
from terrarium.local.data.tables.storage.history import History
from terrarium.local.data.tables.storage.journal import Journal
from terrarium.local.data.tables.storage.rows import Rows
from terrarium.local.data.tables.storage.tokens import Tokens


class Meter(Protocol):
    """Is told what calls take of tables."""

    def used(self, direction: str, table: str, units: float, indexes: Mapping[str, float]) -> None:
        """Tells what one call took: ``read`` or ``write`` units of a table and, by name, of its global indexes."""
        ...

    def throttled(self, direction: str, table: str) -> None:
        """Tells that a table's capacity, or that of one of its global indexes, was used up."""
        ...


class Taken(Struct, frozen=True):
    """What a call has taken of a table; `direction` is ``read`` or ``write``."""

    direction: str
    table: Table
    units: Units


class Engine(Struct, frozen=True):
    """The parts, and what every operation does with them.

    Attributes:
        meter: Is told what calls take.
        account: The account's twelve digits.
        region: The region that ARNs name.
    """

    database: Database
    catalog: Catalog
    rows: Rows
    journal: Journal
    tokens: Tokens
    history: History
    backups: Backups
    exports: Exports
    clock: Clock
    account: str
    region: str
    meter: Meter | None = None
    throttle: Throttle = field(default_factory=Throttle)
    _taken: list[Taken] = field(default_factory=list)  # by the present call
    _untold: list[Taken | Change] = field(default_factory=list)  # by calls of this turn, or what was written
    _changes: Counter[int] = field(default_factory=Counter)  # of items, by their table's number

    def table(self, name: str) -> Table:
        """The table of that name or ARN.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        table = self.catalog.get(name)
        if table is None:
            raise errors.not_found()
        return table

    def described_table(self, name: str) -> Table:
        """The same for operations on tables themselves, whose refusal names the table."""
        table = self.catalog.get(name)
        if table is None:
            raise errors.table_not_found(name)
        return table

    def backed_up_table(self, name: str) -> Table:
        """The same for backups, recovery and exports, which have an error of their own."""
        table = self.catalog.get(name)
        if table is None:
            raise errors.table_unknown(name)
        return table

    def write(self, change: Change) -> None:
        """Makes a change to an item, its index entries and its stream."""
        if change.before is None and change.new is None:
            return
        expires = expiry_of(change.new, change.table.ttl) if change.table.ttl and change.new else None
        now = self.clock.now()
        self._changes[change.table.number] += 1
        if change.table.settings.get("recovery"):
            self.history.append(change, now)
        self.rows.apply(change, expires)
        if change.table.stream_view is not None:
            self.journal.append(change, now)

    def admit_read(self, table: Table, index: Index | None = None) -> None:
        """Refuses a read where provisioned capacity is used up.

        Raises:
            AwsError: ProvisionedThroughputExceededException.
        """
        if table.limited:
            self._admit(table, index if index is not None and not index.local else None, "read")

    def admit_write(self, table: Table) -> None:
        """Refuses a write where the table's capacity or that of a global index is used up."""
        if not table.limited:
            return
        for index in (None, *table.global_indexes):
            self._admit(table, index, "write")

    def charge(self, table: Table, direction: str, units: Units) -> None:
        """Takes what a call has cost from the buckets of the table and its indexes; ``read`` or ``write``."""
        self._taken.append(Taken(direction, table, units))
        if not table.limited:
            return
        local = sum(taken for name, taken in units.indexes.items() if self._is_local(table, name))
        self._take(self._bucket(table, None, direction), units.table + local)
        for index in table.global_indexes:
            if index.name in units.indexes:
                self._take(self._bucket(table, index, direction), units.indexes[index.name])

    def end_call(self) -> list[Taken]:
        """Tells the meter what a call has taken, once for each table."""
        if not self._taken:
            return []
        taken = self._taken[:]
        self._taken.clear()
        if len(taken) > 1:
            sums: dict[tuple[str, str], Taken] = {}
            for one in taken:
                sums.setdefault((one.direction, one.table.name), Taken(one.direction, one.table, Units())).units.add(
                    one.units
                )
            taken = list(sums.values())
        self.tell(taken)
        return taken

    def tell(self, taken: Sequence[Taken | Change]) -> None:
        """Tells the meter what was taken of tables, at the end of the turn: no caller waits for that.

        A call's only change to a table that nothing limits may stand for what it takes, which is reckoned up then, too.
        """
        if self.meter is None:
            return
        if not self._untold:
            asyncio.get_running_loop().call_soon(self.tell_at_once)
        self._untold.extend(taken)

    def tell_at_once(self) -> None:
        """Tells the meter what it has not been told yet."""
        untold = self._untold[:]
        self._untold.clear()
        for it in untold:
            one = Taken("write", it.table, units_of_write(it)) if isinstance(it, Change) else it
            assert self.meter is not None, "only what a meter shall know is kept for it"
            table, units = one.table, one.units
            # What local indexes take counts as the table's: they share its capacity.
            local = {name: each for name, each in units.indexes.items() if self._is_local(table, name)}
            indexes = (
                {name: each for name, each in units.indexes.items() if name not in local} if local else units.indexes
            )
            self.meter.used(one.direction, table.name, units.table + sum(local.values()), indexes)

    def version(self, table: Table) -> tuple[int, int]:
        """Changes with every change to the items of a table, and to any table itself."""
        return self.catalog.version, self._changes[table.number]

    def _is_local(self, table: Table, name: str) -> bool:
        index = table.index(name)
        return index is not None and index.local

    def _bucket(self, table: Table, index: Index | None, direction: str) -> Bucket | None:
        """The bucket that limits these calls, or None where nothing does."""
        holder = table if index is None else index
        rate: int | None = None
        if holder.throughput is not None:
            rate = holder.throughput.read if direction == "read" else holder.throughput.write
        elif holder.on_demand:
            rate = holder.on_demand.get("MaxReadRequestUnits" if direction == "read" else "MaxWriteRequestUnits")
        if rate is None or rate < 0:
            return None
        return self.throttle.bucket(table.number, index.name if index else "", direction, rate, table.created_at)

    def _admit(self, table: Table, index: Index | None, direction: str) -> None:
        bucket = self._bucket(table, index, direction)
        if bucket is None or bucket.open(self.clock.now()):
            return
        if self.meter is not None:
            self.meter.throttled(direction, table.name)
        holder, arn = (table, table.arn) if index is None else (index, f"{table.arn}/index/{index.name}")
        refuse = errors.over_ceiling if holder.throughput is None else errors.throttled
        raise refuse(arn, direction.capitalize(), index=index is not None)

    def _take(self, bucket: Bucket | None, units: float) -> None:
        if bucket is not None:
            bucket.take(units)
