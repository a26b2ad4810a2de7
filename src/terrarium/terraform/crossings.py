"""What crosses the border of a module: Terraform wants each value handed over by name, in and out.

A graph just refers to things. This finds, for every module, the inputs it needs and the outputs that others need of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from terrarium.errors import UserError
from terrarium.model.expressions import (
    Call,
    Conditional,
    Every,
    Export,
    Expression,
    Index,
    Operation,
    Ref,
    Template,
    Value,
    children,
    walk,
)
from terrarium.model.graph import Architecture, Module, Provider, Resource
from terrarium.model.variables import Variable
from terrarium.terraform.descriptions import described

_RESULTS = {
    "base64encode": "string",
    "cidrsubnet": "string",
    "contains": "bool",
    "filebase64sha256": "string",
    "filemd5": "string",
    "join": "string",
    "jsonencode": "string",
    "length": "number",
    "lower": "string",
    "replace": "string",
    "split": "list(string)",
    "startswith": "bool",
    "tostring": "string",
    "trimprefix": "string",
    "trimsuffix": "string",
    "upper": "string",
}


class Input(Struct, frozen=True):
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


class Border(Struct):
    """One module's inputs and outputs, the providers it is handed, and what of others it waits for as a whole."""

    inputs: dict[str, Input] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    waits: dict[Resource, None] = field(default_factory=dict)


def borders(architecture: Architecture) -> dict[Module, Border]:
    """The border of every module.

    Raises:
        UserError: Two different values would cross a border under one name.
    """
    if not architecture.modules:
        return {}
    found: dict[Module, Border] = {module: Border(outputs=dict(module.exports)) for module in architecture.modules}
    for module in architecture.modules:
        for expression in _written_in(module):
            _enters(expression, module, found)
        for resource in module.resources:
            if resource.provider is not None:
                found[module].providers[resource.provider.alias] = resource.provider
            found[module].waits |= dict.fromkeys(other for other in resource.depends_on if other.module is not module)
        found[module].inputs = _sorted(found[module].inputs, architecture)
    # What is handed to a module is mentioned in the root, and has to leave another module first.
    handed = [given.value for module in architecture.modules for given in found[module].inputs.values()]
    for expression in (*_written_in(architecture), *mentions(handed)):
        _leaves(expression, found)
    return found


def _sorted(inputs: dict[str, Input], architecture: Architecture) -> dict[str, Input]:
    """Variables in the order of their declaration, then the rest in the order of mention."""
    place = {name: at for at, name in enumerate(architecture.variables)}
    ordered = sorted(inputs.values(), key=lambda given: place[given.name] if given.variable is not None else len(place))
    return {given.name: given for given in ordered}


def _written_in(scope: Module) -> Iterator[Expression]:
    """Every expression that is written in one module's files, except what is handed to other modules."""
    for resource in scope.resources:
        yield from mentions(resource.when)
        yield from mentions(resource.attributes)
    yield from mentions(scope.exports)
    if isinstance(scope, Architecture):
        yield from mentions([scope.region, scope.tags, *(provider.region for provider in scope.providers.values())])
        yield from mentions([output.value for output in scope.outputs.values()])


def mentions(value: Value) -> list[Expression]:
    """Every expression in a value; a list of all copies of something counts as one."""
    return walk(value, inside=lambda expression: () if isinstance(expression, Every) else children(expression))


def export_name(value: Ref | Every) -> str:
    """The name under which an attribute leaves a module when nobody gave it one."""
    if isinstance(value, Every):
        return f"every_{export_name(value.of)}"
    return f"{value.resource.label}_{value.attribute}".replace("-", "_")


def _owner(value: Expression) -> Module | None:
    """The module whose resources an expression refers to, if it refers to any."""
    if isinstance(value, Every):
        return value.of.resource.module
    return value.resource.module if isinstance(value, Ref) else None


def _leaves(expression: Expression, found: dict[Module, Border]) -> None:
    """Notes what a module must hand out for an expression in the root."""
    owner = _owner(expression)
    if isinstance(expression, (Ref, Every)) and owner in found:
        assert owner is not None
        name = export_name(expression)
        earlier = found[owner].outputs.setdefault(name, expression)
        if not isinstance(earlier, Expression) or earlier != expression:
            raise _taken(owner, "hand out", name, earlier, expression)


def _enters(expression: Expression, scope: Module, found: dict[Module, Border]) -> None:
    """Notes what a module must be handed for an expression in it."""
    given = None
    if isinstance(expression, Variable):
        given = Input(expression.name, expression.type, expression.description, expression, expression)
    elif isinstance(expression, Export) and expression.module is not scope:
        description = described(expression.name, expression)
        given = Input(expression.name, type_of(expression), description, expression)
    elif isinstance(expression, (Ref, Every)) and _owner(expression) is not scope:
        name = export_name(expression)
        given = Input(name, type_of(expression), described(name, expression), expression)
    if given is None:
        return
    earlier = found[scope].inputs.setdefault(given.name, given)
    if earlier.value != given.value:
        raise _taken(scope, "be handed", given.name, earlier.value, given.value)


def _taken(module: Module, what: str, name: str, first: Value, second: Value) -> UserError:
    return UserError(
        f"module {module!r} would {what} two values named {name!r}: {first!r} and {second!r}",
        hint="give one of them another name where it leaves its module: module.export(name=…)",
    )


def type_of(value: Value) -> str:
    """Terraform's type constraint for a value, as narrow as known."""
    if isinstance(value, Expression):
        return _type_of_expression(value)
    if isinstance(value, list) and value and len({type_of(item) for item in value}) == 1:
        return f"list({type_of(value[0])})"
    return {bool: "bool", int: "number", float: "number", str: "string"}.get(type(value), "any")


def _type_of_expression(value: Expression) -> str:
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
        case Conditional(yes=yes, no=no):
            kinds = {type_of(side) for side in (yes, no) if side is not None}
            return kinds.pop() if len(kinds) == 1 else "any"
        case Call(function=function):
            return _RESULTS.get(function, "any")
    return {Template: "string", Operation: "bool"}.get(type(value), "any")


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
