"""TransactWriteItems and TransactGetItems: all or nothing, with a reason for each part, and once for each token.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import ItemRefusedError, validation
from terrarium.local.data.tables.expressions.projection import project
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.tree import Path
from terrarium.local.data.tables.model.capacity import Units, read_units, units_of_write
from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.limits import check_key, check_paths
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.model.usage import Usage
from terrarium.local.data.tables.operations.intent import (
    Intent,
    check_intent,
    delete_intent,
    put_intent,
    update_intent,
)
from terrarium.local.data.tables.operations.items import collection_metrics
from terrarium.local.data.tables.values.check import checked_item
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.wire import Body, Item

LARGEST = 4 * 1024 * 1024  # bytes of all items of a transaction

_INTENTS: Mapping[str, Callable[[Engine, Body], Intent]] = {
    "Put": put_intent, "Update": update_intent, "Delete": delete_intent, "ConditionCheck": check_intent,
}  # fmt: skip
_REASONS: Mapping[str, str] = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ThrottlingException": "ThrottlingError",
    "DuplicateItemException": "DuplicateItem",
}
T = TypeVar("T")


class Read(Struct, frozen=True):
    """One read: the item's key, and the paths wanted of it; None for all."""

    table: Table
    key: Item
    paths: tuple[Path, ...] | None


def transact_write_items(engine: Engine, body: Body) -> Body:
    """Makes all writes, or none where one condition fails."""
    return write_all(engine, body, [partial(_intent, engine, part) for part in body["TransactItems"]])


def transact_get_items(engine: Engine, body: Body) -> Body:
    """Reads items as they are at one moment."""
    return get_all(engine, body, [partial(_read_of, engine, part["Get"]) for part in body["TransactItems"]])


def write_all(engine: Engine, body: Body, parts: Sequence[Callable[[], Intent]]) -> Body:
    """Makes the writes that the parts intend; `body` has the transaction's token and wishes for its report."""
    repeated = engine.tokens.recall(body, engine.clock.now())
    if repeated is not None:
        return repeated
    intents = _all_or_reasons(parts)
    _check_distinct([(intent.table, intent.key) for intent in intents])
    changes = _all_or_reasons([partial(_decide, engine, intent) for intent in intents])
    _check_size(change.new or change.key for change in changes)
    usage = Usage(transaction=True)
    for intent, change in zip(intents, changes, strict=True):
        if not intent.checks_only:
            engine.write(change)
        engine.charge(change.table, "write", usage.add(change.table, units_of_write(change)))
    engine.tokens.remember(body, usage.report(body, "Read"), engine.clock.now())
    return usage.report(body, "Write") | _metrics(engine, body, intents)


def get_all(engine: Engine, body: Body, parts: Sequence[Callable[[], Read]]) -> Body:
    """Makes the reads; `body` has the wishes for the report."""
    reads = _all_or_reasons(parts)
    _check_distinct([(read.table, read.key) for read in reads])
    items = _all_or_reasons([partial(_item_of, engine, read) for read in reads])
    _check_size(item or {} for item in items)
    usage = Usage(transaction=True)
    for read, item in zip(reads, items, strict=True):
        units = usage.add(read.table, Units(read_units(item_size(item or {}), consistent=True)))
        engine.charge(read.table, "read", units)
    responses = [_response(read, item) for read, item in zip(reads, items, strict=True)]
    return {"Responses": responses} | usage.report(body, "Read")


def _intent(engine: Engine, part: Body) -> Intent:
    kinds = [kind for kind in _INTENTS if part.get(kind) is not None]
    if len(kinds) != 1:
        raise validation("TransactItems can only contain one of Check, Put, Update or Delete")
    return _INTENTS[kinds[0]](engine, part[kinds[0]])


def _decide(engine: Engine, intent: Intent) -> Change:
    try:
        engine.admit_write(intent.table)
        return intent.decide(engine.rows.get(intent.table, intent.key))
    except AwsError as error:
        raise _PartFailedError(error) from error


def _read_of(engine: Engine, get: Body) -> Read:
    key = checked_item(get["Key"])
    expressions = Expressions(get, "ProjectionExpression")
    paths = expressions.projection()
    expressions.finish()
    table = engine.table(get["TableName"])
    check_key(key, table.keys)
    check_paths(paths or (), table)
    return Read(table, key, paths)


def _item_of(engine: Engine, read: Read) -> Item | None:
    try:
        engine.admit_read(read.table)
    except AwsError as error:
        raise _PartFailedError(error) from error
    stored = engine.rows.get(read.table, read.key)
    return stored.item if stored else None


def _response(read: Read, item: Item | None) -> Body:
    if item is None:
        return {}
    return {"Item": item if read.paths is None else project(item, read.paths)}


class _PartFailedError(Exception):
    """One part of a transaction cannot be done; `error` says why."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(str(error))
        self.error = error


def _all_or_reasons(steps: Sequence[Callable[[], T]]) -> list[T]:
    """What the steps return; where one fails for its item's sake, all are tried and the reasons are given together."""
    results: list[T] = []
    failures: dict[int, AwsError] = {}
    for at, step in enumerate(steps):
        try:
            results.append(step())
        except ItemRefusedError as error:
            failures[at] = error
        except _PartFailedError as failed:
            failures[at] = failed.error
    if failures:
        raise _cancelled([failures.get(at) for at in range(len(steps))])
    return results


def _cancelled(failures: Sequence[AwsError | None]) -> AwsError:
    reasons = [_reason(error) for error in failures]
    codes = ", ".join(reason["Code"] for reason in reasons)
    return AwsError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _reason(error: AwsError | None) -> Body:
    if error is None:
        return {"Code": "None"}
    item = {"Item": error.fields["Item"]} if "Item" in error.fields else {}
    return {"Code": _REASONS.get(error.code, error.code), "Message": error.message, **item}


def _check_distinct(targets: Sequence[tuple[Table, Item]]) -> None:
    seen = {(table.number, *(str(key[name]) for name in table.keys.names)) for table, key in targets}
    if len(seen) < len(targets):
        raise validation("Transaction request cannot include multiple operations on one item")


def _check_size(items: Iterable[Item]) -> None:
    if sum(map(item_size, items)) > LARGEST:
        raise validation("Collection size of items in the transaction exceeds limit of 4MB")


def _metrics(engine: Engine, body: Body, intents: Iterable[Intent]) -> Body:
    metrics: dict[str, list[Body]] = {}
    for intent in intents:
        found = collection_metrics(engine, body, intent.table, intent.key)
        if found:
            metrics.setdefault(intent.table.name, []).append(found)
    return {"ItemCollectionMetrics": metrics} if metrics else {}
