"""SELECT: a query where the condition names a partition, else a scan, page by page with NextToken.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
"""

from __future__ import annotations

import base64
import binascii
import json

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.walk import paths_in
from terrarium.local.data.tables.model.limits import check_paths
from terrarium.local.data.tables.operations.key_parts import query_demand
from terrarium.local.data.tables.operations.pages import answer, read_page, selection
from terrarium.local.data.tables.operations.reading import scan_where, source_of, start_of, start_position, where_of
from terrarium.local.data.tables.partiql.statement import Select
from terrarium.local.data.tables.values.wire import Body


def run_select(engine: Engine, body: Body, select: Select) -> Body:
    """One page of a statement's items."""
    place: Body = {"TableName": select.table, "ConsistentRead": body.get("ConsistentRead")}
    if select.index is not None:
        place["IndexName"] = select.index
    table, index = source_of(engine, place)
    keys = index.keys if index else table.keys
    check_paths((*(select.paths or ()), *paths_in(select.condition)), table)
    demand = query_demand(select.condition, keys)
    if select.order is not None and (demand is None or select.order not in keys.names):
        raise validation("Must have WHERE clause in the statement when using ORDER BY clause, on its key")
    start = start_of({"ExclusiveStartKey": _start(body)}, table, index)
    wanted = selection(place, table, index, select.condition, select.paths)
    engine.admit_read(table, index)
    where = scan_where() if demand is None else where_of(demand)
    rows = engine.rows.walk(table, index, where, start_position(start, table, index), forward=not select.descending)
    found = answer(engine, {**body, **place}, read_page(rows, wanted, body.get("Limit")), wanted)
    reply: Body = {name: found[name] for name in ("Items", "LastEvaluatedKey", "ConsumedCapacity") if name in found}
    if "LastEvaluatedKey" in found:
        reply["NextToken"] = base64.b64encode(json.dumps(found["LastEvaluatedKey"]).encode()).decode()
    return reply


def _start(body: Body) -> object:
    """The key that a NextToken stands for."""
    token = body.get("NextToken")
    if token is None:
        return None
    try:
        return json.loads(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error) as error:
        raise validation("NextToken does not match request") from error
