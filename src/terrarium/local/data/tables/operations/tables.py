"""CreateTable, DescribeTable and ListTables.

A table is there at once; the word CREATING stands only in the answer that AWS gives with it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

import bisect
import datetime as dt
import uuid

from msgspec.structs import replace

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import in_use, validation
from terrarium.local.data.tables.model.definition import (
    attributes_of,
    check_definitions_used,
    check_key_given,
    check_table_name,
    indexes_of,
    keys_of,
    throughput_of,
)
from terrarium.local.data.tables.model.description import Counter, describe
from terrarium.local.data.tables.model.settings import settings_of
from terrarium.local.data.tables.model.table import Index, Table
from terrarium.local.data.tables.values.wire import Body

_LISTED = 100


def create_table(engine: Engine, body: Body) -> Body:
    """Makes a table, with its indexes and its stream."""
    name = body["TableName"]
    check_table_name(name)
    check_key_given(body)
    attributes = attributes_of(body)
    throughput = throughput_of(body)
    keys = keys_of(body["KeySchema"], dict(attributes))
    indexes = indexes_of(body, keys, dict(attributes), engine.catalog.next_number)
    check_definitions_used(dict(attributes), keys, indexes)
    if engine.catalog.get(name) is not None:
        raise in_use(f"Table already exists: {name}")
    now = engine.clock.now()
    table = Table(
        number=engine.catalog.next_number(),
        name=name,
        arn=f"arn:aws:dynamodb:{engine.region}:{engine.account}:table/{name}",
        id=str(uuid.uuid4()),
        created_at=now,
        attributes=attributes,
        keys=keys,
        indexes=indexes,
        throughput=throughput,
        on_demand=body.get("OnDemandThroughput"),
        billing_changed_at=now if throughput is None else None,
        deletion_protection=bool(body.get("DeletionProtectionEnabled")),
        settings=settings_of(body, engine.region, engine.account),
    )
    engine.rows.create(table)
    stream = body.get("StreamSpecification") or {}
    table = with_stream(engine, table, stream if stream.get("StreamEnabled") else None)
    engine.catalog.save(table)
    return {"TableDescription": described(engine, table, "CREATING")}


def describe_table(engine: Engine, body: Body) -> Body:
    """What the table is, with its counts."""
    return {"Table": described(engine, engine.described_table(body["TableName"]))}


def list_tables(engine: Engine, body: Body) -> Body:
    """Names in order, a page at a time."""
    names = engine.catalog.names()
    limit = body.get("Limit") or _LISTED
    start = bisect.bisect_right(names, body.get("ExclusiveStartTableName") or "")
    page = names[start : start + limit]
    more = start + limit < len(names)
    return {"TableNames": page} | ({"LastEvaluatedTableName": page[-1]} if more else {})


def described(engine: Engine, table: Table, status: str = "ACTIVE", *, counts: Counter | None = None) -> Body:
    """A table's description, with the counts of this moment unless others are given."""

    def count(index: Index | None) -> tuple[int, int]:
        rows = engine.rows
        found = rows.statistics(table) if index is None else rows.index_statistics(table, index)
        return found.items, found.size

    return describe(table, counts or count, status)


def with_stream(engine: Engine, table: Table, wanted: Body | None) -> Table:
    """The table with the stream that a StreamSpecification asks for.

    Raises:
        AwsError: ValidationException where it already is as asked, or lacks its view type.
    """
    if not wanted:
        return table
    enabled, view = wanted["StreamEnabled"], wanted.get("StreamViewType")
    now = engine.clock.now()
    if not enabled:
        return _without_stream(engine, table, now, view)
    if table.stream_view is not None:
        raise validation(f"Table already has an enabled stream: TableName: {table.name}")
    if view is None:
        raise validation("One or more parameter values were invalid: StreamViewType is required when enabling a stream")
    label = _label(now, table.stream_label)
    engine.journal.enable(f"{table.arn}/stream/{label}", label, table.name, view, table.keys, now)
    return replace(table, stream_view=view, stream_label=label)


def _without_stream(engine: Engine, table: Table, now: float, view: str | None) -> Table:
    if view is not None:
        raise validation("One or more parameter values were invalid: Table stream specification is not valid: "
                         "StreamViewType must not be specified when StreamEnabled is false")  # fmt: skip
    if table.stream_view is not None and table.stream_arn is not None:
        engine.journal.disable(table.stream_arn, now)
    else:
        raise validation(f"Table has no stream to disable: TableName: {table.name}")
    return replace(table, stream_view=None)


def _label(now: float, before: str | None) -> str:
    """A stream's label, the moment it began; a millisecond later where the last one began in the same."""
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    while True:
        label = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
        if label != before:
            return label
        moment += dt.timedelta(milliseconds=1)
