"""DescribeContinuousBackups and UpdateContinuousBackups: whether what items were before is kept, and how long.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
"""

from __future__ import annotations

from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.model.recovery import DAYS, Recovery, described, lacks_history
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.values.wire import Body


def describe_continuous_backups(engine: Engine, body: Body) -> Body:
    """Whether a table can be recovered, and to which moments."""
    return {
        "ContinuousBackupsDescription": described(
            Recovery.of(engine.backed_up_table(body["TableName"])), engine.clock.now()
        )
    }


def update_continuous_backups(engine: Engine, body: Body) -> Body:
    """Switches recovery on or off; off forgets the history."""
    table = engine.backed_up_table(body["TableName"])
    wanted, before = body["PointInTimeRecoverySpecification"], Recovery.of(table)
    recovery = None
    if wanted["PointInTimeRecoveryEnabled"]:
        before = before or Recovery(engine.clock.now(), DAYS)
        recovery = Recovery(before.since, wanted.get("RecoveryPeriodInDays") or before.days)
    elif before is not None:
        engine.history.forget(table)
    _save(engine, table, recovery)
    return {"ContinuousBackupsDescription": described(recovery, engine.clock.now())}


def begin_histories(engine: Engine) -> None:
    """Lets tables that became recoverable before changes were noted be so from now on."""
    for table in engine.catalog.all():
        recovery = Recovery.of(table)
        if recovery is not None and lacks_history(table):
            _save(engine, table, Recovery(engine.clock.now(), recovery.days))


def recovery_of(table: Table) -> Recovery:
    """How far back a table can be had.

    Raises:
        AwsError: PointInTimeRecoveryUnavailableException.
    """
    recovery = Recovery.of(table)
    if recovery is None:
        message = f"Point in time recovery is not enabled for table '{table.name}'"
        raise AwsError("PointInTimeRecoveryUnavailableException", message)
    return recovery


def _save(engine: Engine, table: Table, recovery: Recovery | None) -> None:
    stored = None if recovery is None else recovery.stored
    engine.catalog.save(replace(table, settings={**table.settings, "recovery": stored}))
