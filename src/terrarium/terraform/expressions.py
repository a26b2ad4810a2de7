"""Values of the graph as Terraform spells them, seen from inside one module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from terrarium.errors import Origin, UserError
from terrarium.model.conditions import both, given, negate
from terrarium.model.expressions import (
    Bundle,
    Call,
    Conditional,
    Each,
    Every,
    Export,
    Expression,
    Index,
    Operation,
    Ref,
    Template,
    Value,
)
from terrarium.model.graph import Architecture, Module, Resource
from terrarium.model.variables import Variable
from terrarium.terraform.crossings import export_name
from terrarium.terraform.tree import Called, Code, Items, Literal, Node, Pairs, Text, code

# Functions that take null for an argument; the others fail on it.
_TAKE_NULL = frozenset(
    {"coalesce", "compact", "distinct", "flatten", "jsonencode", "merge", "one", "tostring", "toset"}
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Speller(Struct, frozen=True):
    """Spells the values of one place.

    Attributes:
        scope: The module whose files the place is in.
        condition: The condition under which the place exists at all.
        each: The item for which it exists, if it exists per item.
        where: The user's line that the place comes from, if it comes from one.
    """

    scope: Module
    condition: Value = True
    each: Each | None = None
    where: Origin | None = None

    def under(self, condition: Value) -> Speller:
        """The same for a place that exists under one condition more."""
        return replace(self, condition=both(self.condition, condition))

    def value(self, value: Value) -> Node:
        """A value of the graph.

        Raises:
            UserError: It cannot be spelled here.
        """
        spelling = _SPELLINGS.get(value.__class__)
        return spelling(self, value) if spelling else Literal(value)

    def _pairs(self, value: Mapping[Value, Value]) -> Node:
        return Pairs(tuple([(self._key(name), self.value(item)) for name, item in value.items()]))

    def _items(self, value: Sequence[Value]) -> Node:
        return Items(tuple([self.value(item) for item in value]))

    def _key(self, name: Value) -> str | Node:
        return self.value(name) if isinstance(name, Expression) else str(name)

    def operand(self, value: Value) -> Node:
        """A value beside an operator, in parentheses where it has operators of its own."""
        spelled = self.value(value)
        compound = isinstance(value, Conditional) or (isinstance(value, Operation) and len(value.operands) > 1)
        return code("(", spelled, ")") if compound else spelled

    def condition_of(self, value: Value) -> Node:
        """A value before a question mark, which binds less than any other operator."""
        return self.operand(value) if isinstance(value, Conditional) else self.value(value)

    def exists(self, resource: Resource) -> bool:
        """Whether a resource exists wherever this place exists."""
        return resource.when is True or holds(self.condition, resource.when)

    def _variable(self, value: Variable) -> Node:
        return code(f"var.{value.name}")

    def _ref(self, value: Ref) -> Node:
        resource, attribute = value.resource, value.attribute
        if resource.module is not self.scope:
            return self._foreign(resource.module, export_name(value))
        if resource.each is not None:
            if self.each is not None and self.each == resource.each:
                return code(f"{resource.address}[each.key].{attribute}")
            raise UserError(
                f"{value!r} is one of several, one per item of {resource.each.source!r}",
                where=self.where or resource.origin,
                hint=f"mention the same item here, or take all of them: .every({attribute!r})",
            )
        if resource.when is True:
            return code(f"{resource.address}.{attribute}")
        if self.exists(resource):
            return code(f"{resource.address}[0].{attribute}")
        return code(f"one({resource.address}[*].{attribute})")

    def _every(self, value: Every) -> Node:
        resource, attribute = value.of.resource, value.of.attribute
        if resource.module is not self.scope:
            return self._foreign(resource.module, export_name(value))
        if resource.each is None:
            return code(f"{resource.address}[*].{attribute}")
        return code(f"[for copy in {resource.address} : copy.{attribute}]")

    def _export(self, value: Export) -> Node:
        if value.module is self.scope:
            return self.value(value.module.exports[value.name])
        return self._foreign(value.module, value.name)

    def _foreign(self, module: Module, name: str) -> Node:
        """What another module hands out, as the root sees it, or as the root handed it in."""
        return code(f"module.{module.name}.{name}" if isinstance(self.scope, Architecture) else f"var.{name}")

    def _item(self, value: Each) -> Node:
        if self.each is None or self.each != value:
            raise UserError(f"{value!r} means something only inside a resource that mentions it", where=self.where)
        return code("each.value")

    def _template(self, value: Template) -> Node:
        for part in value.parts:
            self._refuse_absent(part, "put into text")
        return Text(tuple(part if isinstance(part, str) else self.value(part) for part in value.parts))

    def _refuse_absent(self, part: Value, how: str) -> None:
        """What may be null has no text, and most functions fail on it."""
        absent = self._absent(part)
        if absent is None:
            return
        where, condition = absent
        raise UserError(
            f"{part!r} is {how}, but may not be there",
            where=self.where or where,
            hint=f"put it under the condition {condition!r}: when=condition, or choose(condition, text, …)",
        )

    def _absent(self, part: Value) -> tuple[Origin, Value] | None:
        """Where something that may be null here comes from, and the condition under which it is not."""
        if isinstance(part, Export):
            return self._absent(part.module.exports[part.name])
        if isinstance(part, Ref) and not self.exists(part.resource):
            return part.resource.origin, part.resource.when
        if isinstance(part, Variable) and part.nullable and not holds(self.condition, given(part)):
            return part.where, given(part)
        return None

    def _index(self, value: Index) -> Node:
        of = self.operand(value.of)
        if isinstance(value.key, str) and _IDENTIFIER.fullmatch(value.key):
            return code(of, f".{value.key}")
        return code(of, "[", Literal(value.key), "]")

    def _operation(self, value: Operation) -> Node:
        operands = [self.operand(operand) for operand in value.operands]
        if len(operands) == 1:
            return code(value.operator, operands[0])
        parts: list[str | Node] = [operands[0]]
        for operand in operands[1:]:
            parts += [f" {value.operator} ", operand]
        return Code(tuple(parts))

    def _conditional(self, value: Conditional) -> Node:
        yes = self.under(value.condition).operand(value.yes)
        no = self.under(negate(value.condition)).operand(value.no)
        return code(self.condition_of(value.condition), " ? ", yes, " : ", no)

    def _call(self, value: Call) -> Node:
        if value.function not in _TAKE_NULL:
            for argument in value.arguments:
                self._refuse_absent(argument, f"given to {value.function}()")
        return Called(value.function, tuple([self.value(argument) for argument in value.arguments]))

    def _bundle(self, value: Bundle) -> Node:
        return Text((code("path.module"), f"/bundles/{value.name}.zip"))


# Methods of one class with the type that each spells; the table is what keeps the types apart, so mypy is not asked to.
_SPELLINGS: Mapping[type, Callable[..., Node]] = {
    dict: Speller._pairs,
    list: Speller._items,
    tuple: Speller._items,
    Variable: Speller._variable,
    Ref: Speller._ref,
    Every: Speller._every,
    Export: Speller._export,
    Each: Speller._item,
    Template: Speller._template,
    Index: Speller._index,
    Operation: Speller._operation,
    Conditional: Speller._conditional,
    Call: Speller._call,
    Bundle: Speller._bundle,
}


def holds(known: Value, condition: Value) -> bool:
    """Whether one condition holds wherever another does: it is that condition, or one of those it is made of."""
    if not isinstance(known, Expression):
        return False
    if known == condition:
        return True
    if isinstance(condition, Operation) and condition.operator == "&&":
        return all(holds(known, part) for part in condition.operands)
    return (
        isinstance(known, Operation)
        and known.operator == "&&"
        and any(holds(part, condition) for part in known.operands)
    )
