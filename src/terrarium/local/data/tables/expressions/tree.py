"""What an expression means, as values: parsers build it with placeholders, binding replaces them, evaluation reads."""

from __future__ import annotations

from dataclasses import dataclass

from terrarium.local.data.tables.values.wire import AttributeValue


class ExpressionError(Exception):
    """What is wrong with an expression, without the words that name which expression it is."""


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: attribute names and list positions; before binding a name may be a ``#placeholder``."""

    elements: tuple[str | int, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in self.elements) + "]"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``:name``, standing for a value of the request."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value of the request, bound."""

    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its operands, in a condition or an update."""

    function: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left + right`` or ``left - right``, in an update."""

    operator: str
    left: Operand
    right: Operand


Operand = Path | Placeholder | Constant | Call | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right``."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """``operand BETWEEN low AND high``, both included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """``operand IN (options)``."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``NOT condition``."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """Every one of them; a flat row, so that a long one needs no deep stack."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Between | In | Call | Not | And | Or


@dataclass(frozen=True, slots=True)
class Action:
    """One change of an update: its clause (SET, REMOVE, ADD, DELETE), where, and with what (None for REMOVE)."""

    clause: str
    path: Path
    operand: Operand | None
