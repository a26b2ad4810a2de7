"""PutItem, GetItem, UpdateItem and DeleteItem.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import CONDITION_FAILED, validation
from terrarium.local.data.tables.expressions.projection import project
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.tree import Path
from terrarium.local.data.tables.model.capacity import Units, read_units, report, units_of_write, write_units
from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.limits import check_key, check_paths
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.operations.intent import Intent, delete_intent, put_intent, update_intent
from terrarium.local.data.tables.values.check import checked_item
from terrarium.local.data.tables.values.wire import Body, Item
from terrarium.local.json_text import JsonText

_GIGABYTE = 1024**3


def put_item(engine: Engine, body: Body) -> Body:
    """Writes a whole item in place of the one with its key."""
    if body.get("ReturnValues") not in (None, "NONE", "ALL_OLD"):
        raise validation("ReturnValues can only be ALL_OLD or NONE")
    return perform(engine, body, put_intent(engine, body), old_values)


def delete_item(engine: Engine, body: Body) -> Body:
    """Deletes an item; deleting none is no error."""
    if body.get("ReturnValues") not in (None, "NONE", "ALL_OLD"):
        raise validation("ReturnValues can only be ALL_OLD or NONE")
    return perform(engine, body, delete_intent(engine, body), old_values)


def update_item(engine: Engine, body: Body) -> Body:
    """Changes parts of an item, or makes one of the key and those parts."""
    intent = update_intent(engine, body)
    paths = tuple(action.path for action in intent.actions)
    return perform(engine, body, intent, lambda mode, change: updated_values(mode, change, paths))


def get_item(engine: Engine, body: Body) -> Body:
    """Reads one item."""
    key = checked_item(body["Key"])
    expressions = Expressions(body, "ProjectionExpression")
    paths = expressions.projection()
    expressions.finish()
    table = engine.table(body["TableName"])
    check_key(key, table.keys)
    check_paths(paths or (), table)
    engine.admit_read(table)
    stored = engine.rows.get(table, key)
    units = Units(read_units(stored.size if stored else 0, consistent=bool(body.get("ConsistentRead"))))
    engine.charge(table, "read", units)
    if stored is None:
        return consumed(body, table, units)
    item = JsonText(stored.text) if paths is None else project(stored.item, paths)
    return {"Item": item, **consumed(body, table, units)}


# Any: members of a response of any type.
def consumed(body: Body, table: Table, units: Units) -> dict[str, Any]:
    """The response's ConsumedCapacity, if it was asked for."""
    mode = body.get("ReturnConsumedCapacity")
    return {"ConsumedCapacity": report(mode, table, units)} if mode in ("TOTAL", "INDEXES") else {}


def collection_metrics(engine: Engine, body: Body, table: Table, key: Item) -> Body | None:
    """ItemCollectionMetrics of one item, if they were asked for and the table has local indexes."""
    if body.get("ReturnItemCollectionMetrics") != "SIZE" or not table.local_indexes:
        return None
    lower = engine.rows.collection_size(table, key) // _GIGABYTE
    return {
        "ItemCollectionKey": {table.keys.hash: key[table.keys.hash]},
        "SizeEstimateRangeGB": [float(lower), float(lower + 1)],
    }


def perform(engine: Engine, body: Body, intent: Intent, values: Callable[[str, Change], Item | None]) -> Body:
    """Makes one write, and answers with what the request asks to know of it."""
    table = intent.table
    if table.limited:
        engine.admit_write(table)
    old = engine.rows.get(table, intent.key)
    try:
        change = intent.decide(old)
    except AwsError as error:
        if error.message == CONDITION_FAILED:
            # A write that its condition stops costs what the item weighs.
            engine.charge(table, "write", Units(write_units(old.size if old else 0)))
        raise
    engine.write(change)
    answer: Body = {}
    if "ReturnValues" in body and (attributes := values(body["ReturnValues"] or "NONE", change)):
        answer["Attributes"] = attributes
    if table.limited or "ReturnConsumedCapacity" in body:
        units = units_of_write(change)
        engine.charge(table, "write", units)
        answer |= consumed(body, table, units)
    else:
        engine.tell([change])
    if "ReturnItemCollectionMetrics" in body and (metrics := collection_metrics(engine, body, table, intent.key)):
        answer["ItemCollectionMetrics"] = metrics
    return answer


def old_values(mode: str, change: Change) -> Item | None:
    """The item before, if ReturnValues asks for it."""
    return change.old if mode == "ALL_OLD" else None


def updated_values(mode: str, change: Change, paths: Iterable[Path]) -> Item | None:
    """What an update's ReturnValues asks for: the item before or after, whole or at the paths that changed."""
    whole = change.old if mode.endswith("OLD") else change.new
    if mode == "NONE" or whole is None:
        return None
    return whole if mode.startswith("ALL") else project(whole, paths)
