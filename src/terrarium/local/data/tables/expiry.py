"""What time does to tables: expired items go, deleted by DynamoDB itself; so do old records, histories and backups.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
"""

from __future__ import annotations

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.expiry import OLDEST
from terrarium.local.data.tables.model.recovery import Recovery
from terrarium.local.data.tables.model.table import Table

_AT_ONCE = 100  # deletions a table in one go, so that calls need not wait for thousands


def expire(engine: Engine) -> None:
    """Deletes items whose time has come."""
    for table in engine.catalog.all():
        if table.ttl is not None:
            _expire(engine, table)


def sweep_streams(engine: Engine) -> None:
    """Deletes stream records that are past their 24 hours."""
    engine.journal.trim(engine.clock.now())


def sweep_recovery(engine: Engine) -> None:
    """Deletes what no recovery reaches back to, and backups that DynamoDB made and keeps for a while only."""
    now = engine.clock.now()
    for table in engine.catalog.all():
        recovery = Recovery.of(table)
        if recovery is not None:
            engine.history.forget(table, recovery.earliest(now))
    engine.backups.expire(now)


def _expire(engine: Engine, table: Table) -> None:
    now = int(engine.clock.now())
    for stored in engine.rows.expired(table, now - OLDEST, now, _AT_ONCE):
        engine.write(Change(table, table.keys.of(stored.item), stored, None, by_service=True))
