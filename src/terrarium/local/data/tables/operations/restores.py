"""RestoreTableFromBackup and RestoreTableToPointInTime: a new table from what an old one held.

Tags, the stream, time to live, recovery and protection are not restored.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from msgspec.structs import replace

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import invalid, validation
from terrarium.local.data.tables.model.definition import check_table_name, throughput_of
from terrarium.local.data.tables.model.settings import sse_of
from terrarium.local.data.tables.model.table import Index, Table, Throughput
from terrarium.local.data.tables.operations.backups import find_backup
from terrarium.local.data.tables.operations.recovery import recovery_of
from terrarium.local.data.tables.operations.tables import described
from terrarium.local.data.tables.values.wire import Body


def restore_from_backup(engine: Engine, body: Body) -> Body:
    """A new table with what a backup holds."""
    backup = find_backup(engine, body["BackupArn"])
    summary = {"SourceBackupArn": backup.arn, "SourceTableArn": backup.table.arn, "RestoreDateTime": backup.taken}
    return _restored(engine, body, backup.table, summary, lambda target: engine.backups.restore(backup.number, target))


def restore_to_point_in_time(engine: Engine, body: Body) -> Body:
    """A new table with what another held at a moment."""
    name = body.get("SourceTableName") or body.get("SourceTableArn")
    if name is None:
        raise validation("One or more parameter values were invalid: SourceTableName or SourceTableArn must be given")
    source = engine.backed_up_table(name)
    moment = _moment(engine, source, body)
    number = engine.backups.next_number()
    summary = {"SourceTableArn": source.arn, "RestoreDateTime": moment}

    def fill(target: Table) -> None:
        engine.history.rewind(source, moment, number)
        engine.backups.restore(number, target)
        engine.backups.drop(number)

    return _restored(engine, body, source, summary, fill)


def _moment(engine: Engine, source: Table, body: Body) -> float:
    recovery, now = recovery_of(source), engine.clock.now()
    asked: float | None = body.get("RestoreDateTime")
    if bool(body.get("UseLatestRestorableTime")) == (asked is not None):
        raise invalid("Exactly one of RestoreDateTime and UseLatestRestorableTime must be given")
    if asked is None:
        return recovery.latest(now)
    if not recovery.earliest(now) <= asked <= recovery.latest(now):
        raise AwsError(
            "InvalidRestoreTimeException",
            "An invalid restore time was specified. RestoreDateTime must be between "
            "EarliestRestorableDateTime and LatestRestorableDateTime.",
        )
    return asked


def _restored(engine: Engine, body: Body, source: Table, summary: Body, fill: Callable[[Table], None]) -> Body:
    name = body["TargetTableName"]
    check_table_name(name)
    target = _table(engine, body, source, summary)
    if engine.catalog.get(name) is not None:
        raise AwsError("TableAlreadyExistsException", f"Table already exists: {name}")
    indexes = target.indexes
    # Rows first, then indexes from them.
    engine.rows.create(replace(target, indexes=()))
    fill(target)
    for index in indexes:
        engine.rows.add_index(target, index)
    engine.catalog.save(target)
    answer = described(engine, target, "CREATING")
    return {"TableDescription": answer | {"RestoreSummary": {**summary, "RestoreInProgress": True}}}


def _table(engine: Engine, body: Body, source: Table, summary: Body) -> Table:
    billing, given = body.get("BillingModeOverride"), body.get("ProvisionedThroughputOverride")
    throughput = source.throughput
    if billing is not None or given is not None:
        throughput = throughput_of({"BillingMode": billing, "ProvisionedThroughput": given})
    kept = ("class", "sse")
    settings = {part: source.settings[part] for part in kept if part in source.settings}
    if body.get("SSESpecificationOverride"):
        settings["sse"] = sse_of(body["SSESpecificationOverride"], engine.region, engine.account)
    name, now = body["TargetTableName"], engine.clock.now()
    indexes = _indexes(engine, body, source, throughput)
    used = {*source.keys.names, *(attribute for index in indexes for attribute in index.keys.names)}
    return replace(
        source,
        number=engine.catalog.next_number(),
        name=name,
        arn=f"arn:aws:dynamodb:{engine.region}:{engine.account}:table/{name}",
        id=str(uuid.uuid4()),
        created_at=now,
        attributes=tuple(pair for pair in source.attributes if pair[0] in used),
        indexes=indexes,
        throughput=throughput,
        on_demand=body.get("OnDemandThroughputOverride") or source.on_demand,
        billing_changed_at=now if throughput is None else None,
        stream_view=None,
        stream_label=None,
        ttl=None,
        deletion_protection=False,
        settings={**settings, "restored": {**summary, "RestoreInProgress": False}},
    )


def _indexes(engine: Engine, body: Body, source: Table, throughput: Throughput | None) -> tuple[Index, ...]:
    """The source's indexes, or those of them that the request names; none can be added."""
    found = []
    for index in source.indexes:
        parameter = "LocalSecondaryIndexOverride" if index.local else "GlobalSecondaryIndexOverride"
        chosen = {each["IndexName"]: each for each in body.get(parameter) or ()}
        if body.get(parameter) is not None and index.name not in chosen:
            continue
        capacity = index.throughput if throughput is not None else None
        if throughput is not None and not index.local:
            given = chosen.get(index.name, {}).get("ProvisionedThroughput")
            capacity = Throughput(given["ReadCapacityUnits"], given["WriteCapacityUnits"]) if given else capacity
            capacity = capacity or throughput
        found.append(replace(index, number=engine.catalog.next_number(), throughput=capacity))
    _check_known(body, source)
    return tuple(found)


def _check_known(body: Body, source: Table) -> None:
    for parameter, known in (
        ("LocalSecondaryIndexOverride", source.local_indexes),
        ("GlobalSecondaryIndexOverride", source.global_indexes),
    ):
        names = {index.name for index in known}
        for each in body.get(parameter) or ():
            if each["IndexName"] not in names:
                raise invalid(f"Index {each['IndexName']} is not an index of the source table")
