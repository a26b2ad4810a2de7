"""BatchGetItem and BatchWriteItem: many items, each for itself; what capacity does not allow comes back unprocessed.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.projection import project
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.tree import Path
from terrarium.local.data.tables.legacy import check_no_mixture
from terrarium.local.data.tables.model.capacity import Units, read_units, units_of_write
from terrarium.local.data.tables.model.limits import BATCH, check_key, check_paths
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.model.usage import Usage
from terrarium.local.data.tables.operations.intent import Intent, delete_intent, put_intent
from terrarium.local.data.tables.operations.items import collection_metrics
from terrarium.local.data.tables.storage.rows import position
from terrarium.local.data.tables.values.check import checked_item
from terrarium.local.data.tables.values.wire import Body, Item

MOST_READS = 100
MOST_WRITES = 25


class _Read(Struct, frozen=True):
    name: str  # of the table, as the request names it
    table: Table
    key: Item
    paths: tuple[Path, ...] | None
    consistent: bool


class _Reader:
    """Reads one after another for as long as capacity and 16 MB allow."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._size = 0
        self._full = False
        self.usage = Usage()
        self.refusals: list[AwsError] = []

    def read(self, read: _Read) -> tuple[bool, Item | None]:
        """Whether the read could be made, and the item."""
        if self._full:
            return False, None
        try:
            self._engine.admit_read(read.table)
        except AwsError as error:
            self.refusals.append(error)
            return False, None
        stored = self._engine.rows.get(read.table, read.key)
        size = stored.size if stored else 0
        if self._size + size > BATCH:
            self._full = True
            return False, None
        self._size += size
        units = self.usage.add(read.table, Units(read_units(size, consistent=read.consistent)))
        self._engine.charge(read.table, "read", units)
        return True, stored.item if stored else None


def batch_get_item(engine: Engine, body: Body) -> Body:
    """Reads up to 100 items or 16 MB."""
    reads = [read for name, part in body["RequestItems"].items() for read in _reads(engine, name, part)]
    if len(reads) > MOST_READS:
        raise validation("Too many items requested for the BatchGetItem call")
    _check_distinct((read.table, read.key) for read in reads)
    responses: dict[str, list[Item]] = {name: [] for name in body["RequestItems"]}
    reader, left = _Reader(engine), []
    for read in reads:
        done, item = reader.read(read)
        if not done:
            left.append(read)
        elif item is not None:
            responses[read.name].append(item if read.paths is None else project(item, read.paths))
    if len(reader.refusals) == len(reads):
        raise reader.refusals[0]
    return {"Responses": responses, "UnprocessedKeys": _unread(left, body)} | reader.usage.report(body, "Read")


def batch_write_item(engine: Engine, body: Body) -> Body:
    """Puts and deletes up to 25 items."""
    requests = [(name, request) for name, part in body["RequestItems"].items() for request in part]
    if len(requests) > MOST_WRITES:
        raise validation("Too many items requested for the BatchWriteItem call")
    intents = [_intent(engine, name, request) for name, request in requests]
    _check_distinct((intent.table, intent.key) for intent in intents)
    usage = Usage()
    left: dict[str, list[Body]] = {}
    refusals: list[AwsError] = []
    metrics: dict[str, list[Body]] = {}
    for (name, request), intent in zip(requests, intents, strict=True):
        refusal = _write(engine, intent, usage)
        if refusal is not None:
            refusals.append(refusal)
            left.setdefault(name, []).append(request)
            continue
        found = collection_metrics(engine, body, intent.table, intent.key)
        if found:
            metrics.setdefault(name, []).append(found)
    if len(refusals) == len(requests):
        raise refusals[0]
    collected = {"ItemCollectionMetrics": metrics} if metrics else {}
    return {"UnprocessedItems": left} | collected | usage.report(body, "Write")


def _write(engine: Engine, intent: Intent, usage: Usage) -> AwsError | None:
    """Makes a write, or returns why capacity does not allow it."""
    try:
        engine.admit_write(intent.table)
    except AwsError as error:
        return error
    change = intent.decide(engine.rows.get(intent.table, intent.key))
    engine.write(change)
    engine.charge(intent.table, "write", usage.add(intent.table, units_of_write(change)))
    return None


def _reads(engine: Engine, name: str, part: Body) -> Iterator[_Read]:
    check_no_mixture(part)
    expressions = Expressions(part, "ProjectionExpression")
    paths = expressions.projection()
    expressions.finish()
    keys = [checked_item(key) for key in part["Keys"]]
    table = engine.table(name)
    check_paths(paths or (), table)
    for key in keys:
        check_key(key, table.keys)
        yield _Read(name, table, key, paths, bool(part.get("ConsistentRead")))


def _intent(engine: Engine, name: str, request: Body) -> Intent:
    put, delete = request.get("PutRequest"), request.get("DeleteRequest")
    if put is not None and delete is None:
        return put_intent(engine, {"TableName": name, "Item": put["Item"]})
    if delete is not None and put is None:
        return delete_intent(engine, {"TableName": name, "Key": delete["Key"]})
    raise validation(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )


def _check_distinct(targets: Iterable[tuple[Table, Item]]) -> None:
    seen = set()
    for table, key in targets:
        name = (table.number, *position(table.keys, key))
        if name in seen:
            raise validation("Provided list of item keys contains duplicates")
        seen.add(name)


def _unread(left: Iterable[_Read], body: Body) -> Body:
    """The keys not read, in the form of a request to read them."""
    unprocessed: dict[str, Body] = {}
    for read in left:
        part = body["RequestItems"][read.name]
        unprocessed.setdefault(read.name, {**part, "Keys": []})["Keys"].append(read.key)
    return unprocessed
