"""What operations work with: the tables, their rows and streams, the throttles and the clock, behind a few verbs."""

from __future__ import annotations

from dataclasses import dataclass, field

from terrarium.local.clock import Clock
from terrarium.local.data.tables import errors
from terrarium.local.data.tables.model.capacity import Units
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


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts, and what every operation does with them.

    Attributes:
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
    throttle: Throttle = field(default_factory=Throttle)

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

    def write(self, change: Change) -> None:
        """Makes a change to an item, its index entries and its stream."""
        if change.old is None and change.new is None:
            return
        expires = expiry_of(change.new, change.table.ttl) if change.table.ttl and change.new else None
        now = self.clock.now()
        if change.table.settings.get("recovery"):
            self.history.append(change, now)
        self.rows.apply(change, expires)
        self.journal.append(change, now)

    def admit_read(self, table: Table, index: Index | None = None) -> None:
        """Refuses a read where provisioned capacity is used up.

        Raises:
            AwsError: ProvisionedThroughputExceededException.
        """
        self._admit(table, index if index is not None and not index.local else None, "read")

    def admit_write(self, table: Table) -> None:
        """Refuses a write where the table's capacity or that of a global index is used up."""
        for index in (None, *table.global_indexes):
            self._admit(table, index, "write")

    def meters(self, table: Table) -> bool:
        """Whether anything limits the table's calls, so that their cost has to be reckoned even if nobody asks."""
        capped = table.on_demand or any(index.on_demand for index in table.global_indexes)
        return table.throughput is not None or bool(capped)

    def charge(self, table: Table, direction: str, units: Units) -> None:
        """Takes what a call has cost from the buckets of the table and its indexes; ``read`` or ``write``."""
        local = sum(taken for name, taken in units.indexes.items() if self._is_local(table, name))
        self._take(self._bucket(table, None, direction), units.table + local)
        for index in table.global_indexes:
            if index.name in units.indexes:
                self._take(self._bucket(table, index, direction), units.indexes[index.name])

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
        holder, arn = (table, table.arn) if index is None else (index, f"{table.arn}/index/{index.name}")
        refuse = errors.over_ceiling if holder.throughput is None else errors.throttled
        raise refuse(arn, direction.capitalize(), index=index is not None)

    def _take(self, bucket: Bucket | None, units: float) -> None:
        if bucket is not None:
            bucket.take(units)
