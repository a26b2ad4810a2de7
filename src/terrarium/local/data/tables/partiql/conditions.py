"""WHERE clauses, read into the conditions that expressions give.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
"""

from __future__ import annotations

from terrarium.local.data.tables.expressions.reader import DEEPEST
from terrarium.local.data.tables.expressions.tree import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    Constant,
    In,
    Not,
    Operand,
    Or,
)
from terrarium.local.data.tables.expressions.typing_rules import (
    check_between,
    check_call,
    check_comparison,
    check_not_condition,
)
from terrarium.local.data.tables.partiql.reader import StatementReader
from terrarium.local.data.tables.partiql.tokens import malformed

_COMPARATORS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NULL = Constant({"NULL": True})


def read_condition(reader: StatementReader, depth: int = 0) -> Condition:
    """The condition that begins here.

    Raises:
        AwsError: ValidationException where none does.
        ExpressionError: Where an operator or function does not take its operands.
    """
    if depth > DEEPEST:
        raise malformed("Conditions are nested too deeply")
    choices = [_all_of(reader, depth)]
    while reader.word("OR"):
        choices.append(_all_of(reader, depth))
    return choices[0] if len(choices) == 1 else Or(tuple(choices))


def _all_of(reader: StatementReader, depth: int) -> Condition:
    demands = [_one(reader, depth)]
    while reader.word("AND"):
        demands.append(_one(reader, depth))
    return demands[0] if len(demands) == 1 else And(tuple(demands))


def _one(reader: StatementReader, depth: int) -> Condition:
    if depth > DEEPEST:
        raise malformed("Conditions are nested too deeply")
    if reader.word("NOT"):
        return Not(_one(reader, depth + 1))
    if reader.sign("("):
        inner = read_condition(reader, depth + 1)
        reader.expect(")")
        return inner
    return _comparison(reader)


def _comparison(reader: StatementReader) -> Condition:
    left = read_operand(reader)
    comparator = _COMPARATORS.get(reader.peek().text)
    if comparator is not None:
        reader.take()
        right = read_operand(reader)
        check_comparison(comparator, left, right)
        return Comparison(comparator, left, right)
    if reader.word("BETWEEN"):
        return _between(reader, left)
    if reader.word("IN"):
        return _in(reader, left)
    if reader.word("IS"):
        return _is(reader, left)
    if not isinstance(left, Call):
        raise reader.refuse()
    check_not_condition(left)
    return left


def _between(reader: StatementReader, operand: Operand) -> Between:
    low = read_operand(reader)
    reader.expect_word("AND")
    high = read_operand(reader)
    check_between(low, high)
    return Between(operand, low, high)


def _in(reader: StatementReader, operand: Operand) -> In:
    closing = ")" if reader.sign("(") else "]"
    if closing == "]":
        reader.expect("[")
    options = [read_operand(reader)]
    while reader.sign(","):
        options.append(read_operand(reader))
    reader.expect(closing)
    return In(operand, tuple(options))


def _is(reader: StatementReader, operand: Operand) -> Condition:
    negated = reader.word("NOT")
    if reader.word("MISSING"):
        call = Call("attribute_exists" if negated else "attribute_not_exists", (operand,))
        check_call(call, condition=True)
        return call
    reader.expect_word("NULL")
    null = Comparison("=", operand, _NULL)
    return Not(null) if negated else null


def read_operand(reader: StatementReader) -> Operand:
    """A value, function or path."""
    if reader.at_value():
        return Constant(reader.value())
    if reader.peek().kind == "name" and reader.peek(1).text == "(":
        call = read_call(reader)
        check_call(call, condition=True)
        return call
    return reader.path()


def read_call(reader: StatementReader) -> Call:
    """``function(operand, …)``, whatever its name."""
    name = reader.take().text.lower()
    reader.expect("(")
    operands = [read_operand(reader)]
    while reader.sign(","):
        operands.append(read_operand(reader))
    reader.expect(")")
    return Call(name, tuple(operands))
