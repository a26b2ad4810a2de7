"""What crosses the border of a module: Terraform wants each value handed over by name, in and out.

A graph just refers to things. This finds, for every module, the inputs it needs and the outputs that others need of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from terrarium.errors import UserError
from terrarium.model.expressions import Each, Every, Export, Expression, Index, Ref, Value, children, walk
from terrarium.model.graph import Architecture, Module, Provider
from terrarium.model.variables import Variable


@dataclass
class Input:
    """A value that a module is handed.

    Attributes:
        name: The variable's name inside the module.
        type: Terraform's type constraint.
        description: One sentence for people.
        value: What the root hands over.
        variable: The architecture's variable that is passed down, if it is one.
    """

    name: str
    type: str
    description: str
    value: Expression
    variable: Variable | None = None


@dataclass
class Border:
    """One module's inputs, outputs and the providers it is handed."""

    inputs: dict[str, Input] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)


def borders(architecture: Architecture) -> dict[Module, Border]:
    """The border of every module and, under the architecture itself, the variables that the root uses.

    Raises:
        UserError: Two different values would enter a module under one name.
    """
    found = {scope: Border(outputs=dict(scope.exports)) for scope in architecture.scopes}
    for scope in architecture.scopes:
        for expression in mentioned(scope):
            if scope is architecture:
                _leaves(expression, scope, found)
            else:
                _enters(expression, scope, found)
    # What is handed to a module is mentioned in the root, and may have to leave another module first.
    for module in architecture.modules:
        for given in found[module].inputs.values():
            _leaves(given.value, architecture, found)
    return found


def mentioned(scope: Module) -> Iterator[Expression]:
    """Every expression that is written in one module's files."""
    for resource in scope.resources:
        yield from (inner for expression in resource.expressions() for inner in _within(expression))
    for value in scope.exports.values():
        yield from walk(value)
    if isinstance(scope, Architecture):
        for value in (scope.region, scope.tags, *(provider.region for provider in scope.providers.values())):
            yield from walk(value)
        for output in scope.outputs.values():
            yield from walk(output.value)


def _within(expression: Expression) -> Iterator[Expression]:
    """An expression and, for the item of a resource, what the items come from."""
    yield expression
    if isinstance(expression, Each):
        yield from walk(expression.source)


def export_name(ref: Ref) -> str:
    """The name under which an attribute leaves a module when nobody gave it one."""
    return f"{ref.resource.label}_{ref.attribute}"


def _leaves(expression: Expression, scope: Module, found: dict[Module, Border]) -> None:
    """Notes what another module must hand out for an expression in the root."""
    for inner in (expression, *walk(list(children(expression)))):
        if isinstance(inner, Ref) and inner.resource.module not in (scope, scope.root):
            found[inner.resource.module].outputs.setdefault(export_name(inner), inner)


def _enters(expression: Expression, scope: Module, found: dict[Module, Border]) -> None:
    border = found[scope]
    match expression:
        case Variable():
            _hand(
                border, scope, Input(expression.name, expression.type, expression.description, expression, expression)
            )
        case Export(module=module, name=name) if module is not scope:
            description = f"{name} of module {module.name}"
            _hand(border, scope, Input(name, type_of(expression), description, expression))
        case Ref(resource=resource) if resource.module is not scope:
            name = export_name(expression)
            if resource.module.parent is not None:
                found[resource.module].outputs.setdefault(name, expression)
            description = f"{expression.attribute} of {resource.address}"
            _hand(border, scope, Input(name, type_of(expression), description, expression))
        case _:
            pass


def _hand(border: Border, scope: Module, given: Input) -> None:
    earlier = border.inputs.setdefault(given.name, given)
    if earlier.value != given.value:
        raise UserError(
            f"module {scope.name!r} would be handed two values named {given.name!r}: {earlier.value!r} and {given.value!r}",
            hint="export one of them under another name: module.export(name=…)",
        )


def type_of(value: Value) -> str:
    """Terraform's type constraint for a value, as narrow as known."""
    match value:
        case Variable(type=kind):
            return kind
        case Export(module=module, name=name):
            return type_of(module.exports[name])
        case Every(of=of):
            return f"list({type_of(of)})"
        case Index(of=of):
            outer = type_of(of)
            return outer[outer.index("(") + 1 : -1] if outer.startswith(("list(", "map(")) else "any"
        case Ref():
            return _type_of_attribute(value)
        case list() if value and len({type_of(item) for item in value}) == 1:
            return f"list({type_of(value[0])})"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Expression():
            return "string" if type(value).__name__ == "Template" else "any"
        case _:
            return "any"


def _type_of_attribute(ref: Ref) -> str:
    attribute = ref.resource.schema.attributes.get(ref.attribute)
    return "any" if attribute is None else spelled(attribute.type)


# The schema's type, JSON of Terraform's own making.
def spelled(kind: Any) -> str:
    """A type of the schema as Terraform's type constraint."""
    if isinstance(kind, str):
        return "any" if kind == "dynamic" else kind
    if kind[0] == "object":
        return "object({" + ", ".join(f"{name} = {spelled(inner)}" for name, inner in kind[1].items()) + "})"
    return f"{kind[0]}({spelled(kind[1])})"
