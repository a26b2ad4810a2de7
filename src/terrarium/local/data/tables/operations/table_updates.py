"""UpdateTable: throughput, billing mode, global indexes, the stream, and settings, all made at once.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import invalid, limit_exceeded, not_found, validation
from terrarium.local.data.tables.model.definition import attributes_of, check_indexes, global_index, throughput_of
from terrarium.local.data.tables.model.settings import settings_of
from terrarium.local.data.tables.model.table import Index, Table, Throughput
from terrarium.local.data.tables.operations.tables import described, with_stream
from terrarium.local.data.tables.values.wire import Body

_CHANGES = frozenset(
    {
        "BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexUpdates", "StreamSpecification",
        "SSESpecification", "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput",
    }
)  # fmt: skip
_REFUSED = ("ReplicaUpdates", "VectorIndexUpdates", "GlobalTableWitnessUpdates")


def update_table(engine: Engine, body: Body) -> Body:
    """Changes a table's definition."""
    table = engine.described_table(body["TableName"])
    _check_asks_for_something(body)
    table = _with_indexes(engine, table, body)
    table = _with_capacity(engine, table, body)
    table = with_stream(engine, table, body.get("StreamSpecification"))
    table = _with_settings(engine, table, body)
    engine.catalog.save(table)
    return {"TableDescription": described(engine, table, "UPDATING")}


def _check_asks_for_something(body: Body) -> None:
    for parameter in _REFUSED:
        if body.get(parameter):
            raise validation(f"{parameter} is not supported here: a laptop has one region and no vector search")
    if not any(body.get(parameter) is not None for parameter in _CHANGES):
        raise validation(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
            "SSESpecification or ReplicaUpdates is required"
        )


def _with_settings(engine: Engine, table: Table, body: Body) -> Table:
    protection = body.get("DeletionProtectionEnabled")
    return replace(
        table,
        settings={**table.settings, **settings_of(body, engine.region, engine.account)},
        deletion_protection=table.deletion_protection if protection is None else protection,
        on_demand=body.get("OnDemandThroughput") or table.on_demand,
    )


def _with_capacity(engine: Engine, table: Table, body: Body) -> Table:
    current = "PROVISIONED" if table.throughput else "PAY_PER_REQUEST"
    mode = body.get("BillingMode") or current
    if mode == current and body.get("ProvisionedThroughput") is None:
        return table
    wanted = throughput_of({**body, "BillingMode": mode})
    now = engine.clock.now()
    if wanted is None:
        indexes = tuple(replace(index, throughput=None) for index in table.indexes)
        return replace(table, throughput=None, indexes=indexes, billing_changed_at=now)
    for index in table.global_indexes:
        if index.throughput is None:
            raise invalid(f"ProvisionedThroughput must be specified for index: {index.name}")
    return replace(table, throughput=_changed_throughput(table.throughput, wanted, "table", now))


def _changed_throughput(before: Throughput | None, wanted: Throughput, holder: str, now: float) -> Throughput:
    if before is None:
        return wanted
    if (before.read, before.write) == (wanted.read, wanted.write):
        raise validation(
            f"The provisioned throughput for the {holder} will not change. The requested value equals the current "
            f"value. Current ReadCapacityUnits provisioned for the {holder}: {before.read}. "
            f"Requested ReadCapacityUnits: {wanted.read}. Current WriteCapacityUnits provisioned for the "
            f"{holder}: {before.write}. Requested WriteCapacityUnits: {wanted.write}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )
    rises = wanted.read > before.read or wanted.write > before.write
    falls = wanted.read < before.read or wanted.write < before.write
    return Throughput(
        wanted.read,
        wanted.write,
        increased_at=now if rises else before.increased_at,
        decreased_at=now if falls else before.decreased_at,
        decreases_today=before.decreases_today + falls,
    )


def _with_indexes(engine: Engine, table: Table, body: Body) -> Table:
    updates = body.get("GlobalSecondaryIndexUpdates") or ()
    if sum("Create" in update or "Delete" in update for update in updates) > 1:
        raise limit_exceeded(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )
    types = dict(table.attributes) | dict(attributes_of(body))
    for update in updates:
        if update.get("Create"):
            table = _created(engine, table, update["Create"], body.get("BillingMode"), types)
        elif update.get("Delete"):
            table = _deleted(engine, table, update["Delete"]["IndexName"])
        elif update.get("Update"):
            table = _updated(engine, table, update["Update"])
    used = {*table.keys.names, *(name for index in table.indexes for name in index.keys.names)}
    return replace(table, attributes=tuple((name, kind) for name, kind in types.items() if name in used))


def _created(engine: Engine, table: Table, given: Body, mode: str | None, types: Mapping[str, str]) -> Table:
    billing = mode or ("PROVISIONED" if table.throughput else "PAY_PER_REQUEST")
    index = global_index(given, types, engine.catalog.next_number(), billing)
    indexes = (*table.indexes, index)
    check_indexes(indexes)
    engine.rows.add_index(table, index)
    return replace(table, indexes=indexes)


def _deleted(engine: Engine, table: Table, name: str) -> Table:
    index = _existing(table, name)
    engine.rows.drop_index(index)
    return replace(table, indexes=tuple(each for each in table.indexes if each is not index))


def _updated(engine: Engine, table: Table, given: Body) -> Table:
    index = _existing(table, given["IndexName"])
    changed = replace(index, on_demand=given.get("OnDemandThroughput") or index.on_demand)
    if given.get("ProvisionedThroughput"):
        wanted = throughput_of(given)
        assert wanted is not None, "it is given"
        throughput = _changed_throughput(index.throughput, wanted, f"index {index.name}", engine.clock.now())
        changed = replace(changed, throughput=throughput)
    return replace(table, indexes=tuple(changed if each is index else each for each in table.indexes))


def _existing(table: Table, name: str) -> Index:
    index = table.index(name)
    if index is None or index.local:
        raise not_found(f"Requested resource not found: Index: {name} not found in Table: {table.name}")
    return index
