"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: PartiQL, done as queries, scans and writes are.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

from functools import partial

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.tree import Condition
from terrarium.local.data.tables.expressions.update import apply
from terrarium.local.data.tables.model.limits import check_index_keys, check_item, check_key, check_paths
from terrarium.local.data.tables.operations.intent import Intent
from terrarium.local.data.tables.operations.items import old_values, perform, updated_values
from terrarium.local.data.tables.operations.key_parts import required_key
from terrarium.local.data.tables.operations.selects import run_select
from terrarium.local.data.tables.operations.transactions import Read, get_all, write_all
from terrarium.local.data.tables.partiql.grammar import parse_statement
from terrarium.local.data.tables.partiql.statement import Delete, Exists, Insert, Select, Statement, Update
from terrarium.local.data.tables.values.check import checked
from terrarium.local.data.tables.values.stored_item import StoredItem
from terrarium.local.data.tables.values.wire import Body, Item

_BATCH_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ValidationException": "ValidationError",
    "ResourceNotFoundException": "ResourceNotFound",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ThrottlingException": "ThrottlingError",
    "DuplicateItemException": "DuplicateItem",
    "InternalServerError": "InternalServerError",
}


def execute_statement(engine: Engine, body: Body) -> Body:
    """One statement."""
    statement = _parsed(body)
    if isinstance(statement, Select):
        return run_select(engine, body, statement)
    if isinstance(statement, Exists):
        raise validation("EXISTS is only supported in transactions")
    return _write(engine, body, statement)


def batch_execute_statement(engine: Engine, body: Body) -> Body:
    """Up to 25 statements on single items, each with its own answer or error."""
    statements = [_parsed(each) for each in body["Statements"]]
    if len({isinstance(each, Select) for each in statements}) > 1:
        raise validation("Statements in a batch must be either all reads or all writes")
    return {
        "Responses": [_batched(engine, each, one) for each, one in zip(body["Statements"], statements, strict=True)]
    }


def execute_transaction(engine: Engine, body: Body) -> Body:
    """Statements that are all done or none: all reads, or all writes and checks."""
    statements = [_parsed(each) for each in body["TransactStatements"]]
    reads = [each for each in statements if isinstance(each, Select)]
    if not reads:
        parts = [
            partial(_intent, engine, one, each)
            for each, one in zip(body["TransactStatements"], statements, strict=True)
        ]
        return {"Responses": [{} for _ in parts]} | write_all(engine, body, parts)
    if len(reads) < len(statements):
        raise validation("Statements in a transaction must be either all reads or all writes")
    return get_all(engine, body, [partial(_read, engine, each) for each in reads])


def _parsed(body: Body) -> Statement:
    return parse_statement(body["Statement"], [checked(each) for each in body.get("Parameters") or ()])


def _batched(engine: Engine, body: Body, statement: Statement) -> Body:
    table = statement.select.table if isinstance(statement, Exists) else statement.table
    try:
        if isinstance(statement, Select):
            _read(engine, statement)  # names one item, or is refused
            items = run_select(engine, body, statement)["Items"]
        else:
            items = _write(engine, body, statement).get("Items", [])
    except AwsError as error:
        code = _BATCH_CODES.get(error.code, error.code)
        item = {"Item": error.fields["Item"]} if "Item" in error.fields else {}
        return {"TableName": table, "Error": {"Code": code, "Message": error.message, **item}}
    return {"TableName": table} | ({"Item": items[0]} if items else {})


def _write(engine: Engine, body: Body, statement: Statement) -> Body:
    intent = _intent(engine, statement, body)
    returns = statement.returns if isinstance(statement, Update | Delete) else "NONE"
    paths = tuple(action.path for action in intent.actions)
    wishes = {**body, "ReturnValues": returns}
    if isinstance(statement, Update):
        reply = perform(engine, wishes, intent, lambda mode, change: updated_values(mode, change, paths))
    else:
        reply = perform(engine, wishes, intent, old_values)
    attributes = reply.pop("Attributes", None)
    return {"Items": [attributes] if attributes else []} | reply


def _intent(engine: Engine, statement: Statement, body: Body) -> Intent:
    shows = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    if isinstance(statement, Insert):
        return _insertion(engine, statement)
    if isinstance(statement, Update):
        return _update(engine, statement, shows_item=shows)
    if isinstance(statement, Delete):
        return _deletion(engine, statement, shows_item=shows)
    select = statement.select if isinstance(statement, Exists) else statement
    table, condition = engine.table(select.table), select.condition
    if condition is None:
        raise validation("Where clause does not contain a mandatory equality on all key attributes")
    key = required_key(condition, table.keys)
    check_key(key, table.keys)
    return Intent(table, key, condition, lambda old: old.item if old else None, shows_item=shows, checks_only=True)


def _insertion(engine: Engine, insert: Insert) -> Intent:
    table = engine.table(insert.table)
    check_item(insert.item, table)

    def becomes(old: StoredItem | None) -> Item:
        if old is not None:
            raise AwsError("DuplicateItemException", "Duplicate primary key exists in table")
        return insert.item

    return Intent(table, table.keys.of(insert.item), None, becomes)


def _update(engine: Engine, update: Update, *, shows_item: bool) -> Intent:
    table = engine.table(update.table)
    key = required_key(update.condition, table.keys)
    check_key(key, table.keys)
    check_paths((action.path for action in update.actions), table, updating=True)

    def becomes(old: StoredItem | None) -> Item:
        assert old is not None, "the condition holds for its key only where there is an item"
        new = apply(update.actions, old.item)
        check_index_keys(new, table)
        return new

    return Intent(table, key, update.condition, becomes, update.actions, shows_item)


def _deletion(engine: Engine, delete: Delete, *, shows_item: bool) -> Intent:
    table = engine.table(delete.table)
    key = required_key(delete.condition, table.keys)
    check_key(key, table.keys)
    # Deleting what is not there is no failed condition: nothing is deleted, and that is all.
    there = engine.rows.get(table, key) is not None
    condition: Condition | None = delete.condition if there else None
    return Intent(table, key, condition, lambda _old: None, shows_item=shows_item)


def _read(engine: Engine, select: Select) -> Read:
    table = engine.table(select.table)
    if select.condition is None:
        raise validation(
            "Select statements within a batch or transaction must specify the primary key in the where clause."
        )
    key = required_key(select.condition, table.keys)
    check_key(key, table.keys)
    check_paths(select.paths or (), table)
    return Read(table, key, select.paths)
