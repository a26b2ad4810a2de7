"""SELECT, INSERT, UPDATE, DELETE and EXISTS.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
"""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.expressions.projection import check_projection
from terrarium.local.data.tables.expressions.tree import (
    Action,
    Arithmetic,
    Call,
    Constant,
    ExpressionError,
    Operand,
    Path,
)
from terrarium.local.data.tables.expressions.typing_rules import check_arithmetic, check_call
from terrarium.local.data.tables.expressions.update import check_actions
from terrarium.local.data.tables.partiql.conditions import read_call, read_condition, read_operand
from terrarium.local.data.tables.partiql.reader import StatementReader
from terrarium.local.data.tables.partiql.statement import Delete, Exists, Insert, Select, Statement, Update
from terrarium.local.data.tables.values.wire import AttributeValue, kind_of

_SET_FUNCTIONS = {"set_add": "ADD", "set_delete": "DELETE"}


def parse_statement(text: str, parameters: Sequence[AttributeValue]) -> Statement:
    """The statement that a text makes with its parameters.

    Raises:
        AwsError: ValidationException where it makes none.
    """
    reader = StatementReader(text, parameters)
    try:
        statement = _statement(reader)
    except ExpressionError as error:
        raise validation(str(error)) from error
    reader.expect_end()
    return statement


def _statement(reader: StatementReader) -> Statement:
    if reader.word("SELECT"):
        return _select(reader)
    if reader.word("INSERT", "INTO"):
        return _insert(reader)
    if reader.word("UPDATE"):
        return _update(reader)
    if reader.word("DELETE", "FROM"):
        table = reader.identifier()
        reader.expect_word("WHERE")
        return Delete(table, read_condition(reader), _returning(reader))
    reader.expect_word("EXISTS")
    reader.expect("(")
    reader.expect_word("SELECT")
    select = _select(reader)
    reader.expect(")")
    return Exists(select)


def _select(reader: StatementReader) -> Select:
    paths = None if reader.sign("*") else _paths(reader)
    reader.expect_word("FROM")
    table = reader.identifier()
    index = reader.identifier() if reader.sign(".") else None
    condition = read_condition(reader) if reader.word("WHERE") else None
    order = reader.identifier() if reader.word("ORDER", "BY") else None
    descending = reader.word("DESC")
    if not descending:
        reader.word("ASC")
    return Select(table, index, paths, condition, order, descending)


def _paths(reader: StatementReader) -> tuple[Path, ...]:
    paths = [reader.path()]
    while reader.sign(","):
        paths.append(reader.path())
    check_projection(paths)
    return tuple(paths)


def _insert(reader: StatementReader) -> Insert:
    table = reader.identifier()
    reader.expect_word("VALUE")
    value = reader.value()
    if kind_of(value) != "M":
        raise reader.refuse()
    return Insert(table, value["M"])


def _update(reader: StatementReader) -> Update:
    table = reader.identifier()
    actions: list[Action] = []
    while True:
        if reader.word("SET"):
            actions.append(_set(reader))
            while reader.sign(","):
                actions.append(_set(reader))
        elif reader.word("REMOVE"):
            actions.append(Action("REMOVE", reader.path(), None))
        else:
            break
    if not actions:
        raise reader.refuse()
    check_actions(actions)
    reader.expect_word("WHERE")
    return Update(table, tuple(actions), read_condition(reader), _returning(reader))


def _set(reader: StatementReader) -> Action:
    path = reader.path()
    reader.expect("=")
    name = reader.peek().text.lower()
    if reader.peek().kind == "name" and reader.peek(1).text == "(":
        call = read_call(reader)
        if name in _SET_FUNCTIONS and len(call.operands) == 2 and isinstance(call.operands[1], Constant):
            return Action(_SET_FUNCTIONS[name], path, call.operands[1])
        check_call(call, condition=False)
        return Action("SET", path, call)
    return Action("SET", path, _sum(reader))


def _sum(reader: StatementReader) -> Operand:
    left = read_operand(reader)
    for operator in ("+", "-"):
        if reader.sign(operator):
            right = read_operand(reader)
            sum_ = Arithmetic(operator, left, right)
            check_arithmetic(sum_)
            if any(isinstance(side, Call) for side in (left, right)):
                raise reader.refuse()
            return sum_
    return left


def _returning(reader: StatementReader) -> str:
    if not reader.word("RETURNING"):
        return "NONE"
    scope = "ALL" if reader.word("ALL") else "UPDATED" if reader.word("MODIFIED") else ""
    moment = "OLD" if reader.word("OLD") else "NEW" if reader.word("NEW") else ""
    if not scope or not moment or not reader.sign("*"):
        raise reader.refuse()
    return f"{scope}_{moment}"
