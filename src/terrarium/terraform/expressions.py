"""Expressions as Terraform spells them, seen from inside one module."""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.errors import UserError
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
    both,
)
from terrarium.model.graph import Architecture, Module, Resource
from terrarium.model.variables import Variable
from terrarium.terraform import hcl
from terrarium.terraform.crossings import export_name


class Speller:
    """Writes the values of one module.

    Args:
        scope: The module whose files the text goes to.
    """

    def __init__(self, scope: Module) -> None:
        self.scope = scope

    def value(self, value: Value, indent: int = 0, given: Value = True, each: Each | None = None) -> str:
        """A value as HCL.

        Args:
            value: Anything from the graph.
            indent: The indentation of the line it begins on, in steps of two spaces.
            given: The condition under which this place exists at all.
            each: The item for which this place exists, if any.

        Raises:
            UserError: It cannot be spelled here.
        """
        return _Spelling(self.scope, given, each).value(value, indent)


class _Spelling:
    """The spelling of values at one place."""

    def __init__(self, scope: Module, given: Value, each: Each | None) -> None:
        self.scope = scope
        self.given = given
        self.each = each

    def value(self, value: Value, indent: int) -> str:
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int() | float():
                return hcl.number(value)
            case str():
                return hcl.heredoc(hcl.literal(value), indent) if hcl.is_document(value) else hcl.text(value)
            case Mapping():
                pairs = [(self.key(name), self.value(item, indent + 1)) for name, item in value.items()]
                return hcl.mapped(pairs, indent)
            case list() | tuple():
                return self.list(value, indent)
            case Expression():
                return self.expression(value, indent)
        raise AssertionError(f"no spelling for {value!r}")

    def key(self, name: Value) -> str:
        return f"({self.value(name, 0)})" if isinstance(name, Expression) else hcl.key(str(name))

    def list(self, values: list[Value] | tuple[Value, ...], indent: int) -> str:
        if len(values) == 1 and isinstance(values[0], Mapping):
            return f"[{self.value(values[0], indent)}]"
        line = [self.value(item, indent) for item in values]
        if "\n" not in "".join(line):
            return hcl.listed(line, indent, 24)
        return hcl.listed([self.value(item, indent + 1) for item in values], indent)

    def expression(self, value: Expression, indent: int) -> str:
        match value:
            case Variable():
                return f"var.{value.name}"
            case Ref():
                return self.ref(value)
            case Every(of=of):
                return self.every(of)
            case Export():
                return self.export(value)
            case Each():
                return "each.value"
            case Template():
                return self.template(value, indent)
            case Index(of=of, key=key):
                return self.value(of, indent) + (f".{key}" if isinstance(key, str) else f"[{key}]")
            case Operation(operator="!", operands=(operand,)):
                return f"!{self.operand(operand, indent)}"
            case Operation(operator=operator, operands=operands):
                return f" {operator} ".join(self.operand(operand, indent) for operand in operands)
            case Conditional():
                return self.conditional(value, indent)
            case Call(function=function, arguments=arguments):
                return f"{function}({', '.join(self.value(argument, indent) for argument in arguments)})"
            case Bundle(name=name):
                return f'"${{path.module}}/bundles/{name}.zip"'
        raise AssertionError(f"no spelling for {value!r}")

    def operand(self, value: Value, indent: int) -> str:
        spelled = self.value(value, indent)
        compound = isinstance(value, Conditional) or (isinstance(value, Operation) and len(value.operands) > 1)
        return f"({spelled})" if compound else spelled

    def conditional(self, value: Conditional, indent: int) -> str:
        yes = _Spelling(self.scope, both(self.given, value.condition), self.each).operand(value.yes, indent)
        return f"{self.operand(value.condition, indent)} ? {yes} : {self.operand(value.no, indent)}"

    def template(self, value: Template, indent: int) -> str:
        self.refuse_absent(value)
        last = value.parts[-1]
        parts = [part if isinstance(part, str) else None for part in value.parts]
        if isinstance(last, str) and hcl.is_document("".join(part or "x" for part in parts)):
            return hcl.heredoc("".join(self.part(part, hcl.literal) for part in value.parts), indent)
        return '"' + "".join(self.part(part, hcl.escaped) for part in value.parts) + '"'

    # The escaping depends on whether the text stands in quotes or in a heredoc.
    def part(self, part: Value, escape: object) -> str:
        if isinstance(part, str):
            assert callable(escape)
            return str(escape(part))
        return f"${{{self.value(part, 0)}}}"

    def refuse_absent(self, value: Template) -> None:
        """Text around something that may not exist would read as if it were there."""
        for part in value.parts:
            if isinstance(part, Ref) and not self.exists(part.resource):
                raise UserError(
                    f"{part!r} is put into text, but {part.resource.address} may not exist",
                    where=part.resource.origin,
                    hint="put the text under the same condition: choose(condition, text, …), or when=condition",
                )

    def exists(self, resource: Resource) -> bool:
        """Whether a resource exists wherever this place exists."""
        return resource.when is True or holds(self.given, resource.when)

    def ref(self, ref: Ref) -> str:
        resource = ref.resource
        if resource.module is not self.scope:
            return self.foreign(ref)
        if resource.each is not None:
            if self.each == resource.each:
                return f"{resource.address}[each.key].{ref.attribute}"
            raise UserError(
                f"{ref!r} is one of several, one per item of {resource.each.source!r}",
                where=resource.origin,
                hint=f"mention the same item here, or take all of them: .every({ref.attribute!r})",
            )
        if resource.when is True:
            return f"{resource.address}.{ref.attribute}"
        if self.exists(resource):
            return f"{resource.address}[0].{ref.attribute}"
        return f"one({resource.address}[*].{ref.attribute})"

    def every(self, of: Ref) -> str:
        if of.resource.each is None:
            return f"{of.resource.address}[*].{of.attribute}"
        return f"[for copy in {of.resource.address} : copy.{of.attribute}]"

    def export(self, value: Export) -> str:
        if value.module is self.scope:
            return self.value(value.module.exports[value.name], 0)
        return f"module.{value.module.name}.{value.name}" if self.in_root else f"var.{value.name}"

    def foreign(self, ref: Ref) -> str:
        name = export_name(ref)
        return f"module.{ref.resource.module.name}.{name}" if self.in_root else f"var.{name}"

    @property
    def in_root(self) -> bool:
        return isinstance(self.scope, Architecture)


def holds(given: Value, condition: Value) -> bool:
    """Whether one condition holds wherever another does: it is that condition, or one of those it is made of."""
    if not isinstance(given, Expression):
        return False
    if given == condition:
        return True
    if isinstance(condition, Operation) and condition.operator == "&&":
        return all(holds(given, part) for part in condition.operands)
    return (
        isinstance(given, Operation)
        and given.operator == "&&"
        and any(holds(part, condition) for part in given.operands)
    )
