"""What an expression means, as values: parsers build it with placeholders, binding replaces them, evaluation reads."""

from __future__ import annotations

from msgspec import Struct

from terrarium.local.data.tables.values.wire import AttributeValue


class ExpressionError(Exception):
    """What is wrong with an expression, without the words that name which expression it is."""


class Path(Struct, frozen=True):
    """A document path: attribute names and list positions; before binding a name may be a ``#placeholder``."""

    elements: tuple[str | int, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in self.elements) + "]"


class Placeholder(Struct, frozen=True):
    """``:name``, standing for a value of the request."""

    name: str


class Constant(Struct, frozen=True):
    """A value of the request, bound."""

    value: AttributeValue


class Call(Struct, frozen=True):
    """A function with its operands, in a condition or an update."""

    function: str
    operands: tuple[Operand, ...]


class Arithmetic(Struct, frozen=True):
    """``left + right`` or ``left - right``, in an update."""

    operator: str
    left: Operand
    right: Operand


Operand = Path | Placeholder | Constant | Call | Arithmetic


class Comparison(Struct, frozen=True):
    """``left operator right``."""

    operator: str
    left: Operand
    right: Operand


class Between(Struct, frozen=True):
    """``operand BETWEEN low AND high``, both included."""

    operand: Operand
    low: Operand
    high: Operand


class In(Struct, frozen=True):
    """``operand IN (options)``."""

    operand: Operand
    options: tuple[Operand, ...]


class Not(Struct, frozen=True):
    """``NOT condition``."""

    condition: Condition


class And(Struct, frozen=True):
    """Every one of them; a flat row, so that a long one needs no deep stack."""

    conditions: tuple[Condition, ...]


class Or(Struct, frozen=True):
    """At least one of them."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Between | In | Call | Not | And | Or


class Action(Struct, frozen=True):
    """One change of an update: its clause (SET, REMOVE, ADD, DELETE), where, and with what (None for REMOVE)."""

    clause: str
    path: Path
    operand: Operand | None
