"""Query and Scan.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
"""

from __future__ import annotations

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.key_conditions import Demand, KeyDemand, key_demand
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.tree import Condition
from terrarium.local.data.tables.expressions.walk import paths_in
from terrarium.local.data.tables.model.limits import check_key, check_paths
from terrarium.local.data.tables.model.table import Index, Keys, Table
from terrarium.local.data.tables.operations.pages import answer, read_page, selection
from terrarium.local.data.tables.storage.rows import Position, index_position, position
from terrarium.local.data.tables.values.check import checked_item
from terrarium.local.data.tables.values.compare import scattered, sortable
from terrarium.local.data.tables.values.wire import Body, Item

_HASHES = 2**32  # how many values the part of a position has that scans are ordered by
Where = tuple[str, tuple[bytes, ...]]


def query(engine: Engine, body: Body) -> Body:
    """Items of one partition, in the order of their sort keys."""
    expressions = Expressions(body, "ProjectionExpression", "FilterExpression", "KeyConditionExpression")
    condition = expressions.condition("KeyConditionExpression")
    keep, paths = expressions.condition("FilterExpression"), expressions.projection()
    expressions.finish()
    if condition is None:
        raise validation(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    table, index = source_of(engine, body)
    keys = index.keys if index else table.keys
    demand = key_demand(condition, keys)
    _check_filter(keep, keys, "Filter Expression" if body.get("QueryFilter") is None else "QueryFilter")
    check_paths((*(paths or ()), *paths_in(keep)), table)
    after = start_of(body, table, index)
    _check_start(after, demand, keys)
    wanted = selection(body, table, index, keep, paths)
    engine.admit_read(table, index)
    forward = body.get("ScanIndexForward") is not False
    rows = engine.rows.walk(table, index, where_of(demand), start_position(after, table, index), forward=forward)
    return answer(engine, body, read_page(rows, wanted, body.get("Limit")), wanted)


def scan(engine: Engine, body: Body) -> Body:
    """All items, in no order that a key tells, whole or one segment of them."""
    expressions = Expressions(body, "ProjectionExpression", "FilterExpression")
    keep, paths = expressions.condition("FilterExpression"), expressions.projection()
    expressions.finish()
    where = _segment(body)
    table, index = source_of(engine, body)
    check_paths((*(paths or ()), *paths_in(keep)), table)
    after = start_of(body, table, index)
    _check_segment(body, after, index.keys if index else table.keys, where)
    wanted = selection(body, table, index, keep, paths)
    engine.admit_read(table, index)
    rows = engine.rows.walk(table, index, where, start_position(after, table, index), forward=True)
    return answer(engine, body, read_page(rows, wanted, body.get("Limit")), wanted)


def source_of(engine: Engine, body: Body) -> tuple[Table, Index | None]:
    """The table, and the index that IndexName names."""
    table, name = engine.table(body["TableName"]), body.get("IndexName")
    if name is None:
        return table, None
    index = table.index(name)
    if index is None:
        raise validation(f"The table does not have the specified index: {name}")
    if not index.local and body.get("ConsistentRead"):
        raise validation("Consistent reads are not supported on global secondary indexes")
    return table, index


def _check_filter(keep: Condition | None, keys: Keys, parameter: str) -> None:
    for path in paths_in(keep):
        if path.elements[0] in keys.names:
            raise validation(
                f"{parameter} can only contain non-primary key attributes: Primary key attribute: {path.elements[0]}"
            )


def where_of(demand: KeyDemand) -> Where:
    """A key demand in terms of the rows' columns."""
    hash_ = scattered(demand.hash)
    if demand.range is None:
        return "hash = ?", (hash_,)
    condition, values = _range_where(demand.range)
    return f"hash = ? AND {condition}", (hash_, *values)


def _range_where(demand: Demand) -> Where:
    bounds = tuple(map(sortable, demand.values))
    if demand.operator == "BETWEEN":
        return "range BETWEEN ? AND ?", bounds
    if demand.operator != "begins_with":
        return f"range {demand.operator} ?", bounds
    start = bounds[0]
    beyond = start.rstrip(b"\xff")
    if not beyond:
        return "range >= ?", (start,)
    return "range >= ? AND range < ?", (start, beyond[:-1] + bytes([beyond[-1] + 1]))


def start_of(body: Body, table: Table, index: Index | None) -> Item | None:
    """ExclusiveStartKey, checked."""
    if body.get("ExclusiveStartKey") is None:
        return None
    try:
        start = checked_item(body["ExclusiveStartKey"])
        names = {*table.keys.names, *(index.keys.names if index else ())}
        if start.keys() != names:
            raise validation("The provided key element does not match the schema")
        for keys in (table.keys, *((index.keys,) if index else ())):
            check_key(keys.of(start), keys)
    except AwsError as error:
        if error.code != "ValidationException":
            raise
        raise validation(f"The provided starting key is invalid: {error.message}") from error
    return start


def _check_start(after: Item | None, demand: KeyDemand, keys: Keys) -> None:
    if after is None:
        return
    if after[keys.hash] != demand.hash:
        raise validation("The provided starting key is outside query boundaries based on provided conditions")
    if demand.range is not None and keys.range is not None and not _meets(sortable(after[keys.range]), demand.range):
        raise validation("The provided starting key does not match the range key predicate")


def _meets(value: bytes, demand: Demand) -> bool:
    bounds = tuple(map(sortable, demand.values))
    if demand.operator == "BETWEEN":
        return bounds[0] <= value <= bounds[1]
    if demand.operator == "begins_with":
        return value.startswith(bounds[0])
    return {
        "=": value == bounds[0], "<": value < bounds[0], "<=": value <= bounds[0],
        ">": value > bounds[0], ">=": value >= bounds[0],
    }[demand.operator]  # fmt: skip


def start_position(after: Item | None, table: Table, index: Index | None) -> Position | None:
    """Where a start key stands among the rows."""
    if after is None:
        return None
    return position(table.keys, after) if index is None else index_position(table, index, after)


def scan_where() -> Where:
    """All rows."""
    return "hash >= ?", (b"",)


def _segment(body: Body) -> Where:
    """The rows of a parallel scan's segment: an equal share of the hashes."""
    segment, total = body.get("Segment"), body.get("TotalSegments")
    if segment is None and total is None:
        return scan_where()
    if total is None:
        raise _incomplete("TotalSegments", "Segment parameter")
    if segment is None:
        raise _incomplete("Segment", "parameter TotalSegments")
    if segment >= total:
        raise validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )
    low, high = (at * _HASHES // total for at in (segment, segment + 1))
    if high == _HASHES:
        return "hash >= ?", (low.to_bytes(4, "big"),)
    return "hash >= ? AND hash < ?", (low.to_bytes(4, "big"), high.to_bytes(4, "big"))


def _incomplete(missing: str, given: str) -> AwsError:
    return validation(f"The {missing} parameter is required but was not present in the request when {given} is present")


def _check_segment(body: Body, after: Item | None, keys: Keys, where: Where) -> None:
    if after is None:
        return
    segment, total = body.get("Segment"), body.get("TotalSegments")
    hash_, bounds = scattered(after[keys.hash]), where[1]
    if hash_ < bounds[0] or hash_ >= (*bounds[1:], hash_ + b"\0")[0]:
        raise validation(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {total} Segment: {segment}"
        )
