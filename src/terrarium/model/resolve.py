"""The graph for given choices: the form that everything but the Terraform writer reads.

What only AWS can decide stays an expression in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from terrarium.errors import UserError, did_you_mean
from terrarium.model.evaluate import Item, Known, decided, evaluate, is_known
from terrarium.model.expressions import Each, Expression, Value
from terrarium.model.graph import Architecture, Resource
from terrarium.model.order import in_order


class Instance(Struct, frozen=True):
    """One copy of a resource that exists for the choices made.

    Attributes:
        address: Its name in the whole architecture, for example ``module.network.aws_subnet.a`` or ``aws_x.y["key"]``.
        resource: The resource as written.
        item: The item it exists for, if it exists per item.
        attributes: What was written, evaluated as far as possible; None values are left out.
    """

    address: str
    resource: Resource
    item: Item | None
    attributes: dict[str, Value]

    @property
    def type(self) -> str:
        """Terraform's type."""
        return self.resource.type


class Resolved(Struct, frozen=True):
    """An architecture for given choices.

    Attributes:
        architecture: As written.
        variables: Every variable's value.
        instances: Every copy of every resource that exists, dependencies first.
        outputs: What a deployment would report, as far as known.
        region: The architecture's region.
    """

    architecture: Architecture
    variables: Mapping[str, Value]
    instances: tuple[Instance, ...]
    outputs: Mapping[str, Value] = field(default_factory=dict)
    region: str = "us-east-1"


def chosen(architecture: Architecture, values: Mapping[str, Any]) -> dict[str, Value]:
    """A value for every variable: those given, checked, and the defaults.

    Raises:
        UserError: A name is unknown, a value is not allowed, or one that must be given is missing.
    """
    for name in values:
        if name not in architecture.variables:
            raise UserError(
                f"{architecture.name} has no variable {name!r}", hint=did_you_mean(name, architecture.variables)
            )
    known = Known({name: architecture.variables[name].accepted(value) for name, value in values.items()})
    return {name: evaluate(variable, known) for name, variable in architecture.variables.items()}


def resolve(architecture: Architecture, values: Mapping[str, Any] | None = None) -> Resolved:
    """The graph for given values of its variables.

    Args:
        architecture: As written.
        values: What whoever deploys chose; the defaults count for the rest.

    Raises:
        UserError: A choice is wrong, or resources mention each other in a circle.
    """
    variables = chosen(architecture, values or {})
    known = Known(variables)
    found = [instance for resource in in_order(architecture) for instance in expand(resource, known)]
    outputs = {name: evaluate(output.value, known) for name, output in architecture.outputs.items()}
    return Resolved(architecture, variables, tuple(found), outputs, evaluate(architecture.region, known))


def expand(resource: Resource, known: Known) -> list[Instance]:
    """The copies of a resource that exist, as far as known: one that exists per item of what is undecided stays one."""
    if decided(resource, known) is False:
        return []
    if resource.each is None:
        return [_instance(resource, None, known)]
    items = items_of(resource.each, known)
    if items is None:
        return [_instance(resource, None, known)]
    return [_instance(resource, item, known) for item in items]


def items_of(each: Each, known: Known) -> list[Item] | None:
    """The items that a resource exists for, in the order of their keys as in Terraform; nothing where undecided."""
    source = evaluate(each.source, known)
    if isinstance(source, Expression) or not is_known(source):
        return None
    if isinstance(source, dict):
        items = [Item(str(key), value) for key, value in source.items()]
    elif each.by is None:
        items = [Item(str(value), value) for value in dict.fromkeys(source)]
    else:
        items = [Item(str(value[each.by]), value) for value in source]
    return sorted(items, key=lambda item: item.key)


def _instance(resource: Resource, item: Item | None, known: Known) -> Instance:
    address = resource.full_address if item is None else f'{resource.full_address}["{item.key}"]'
    attributes = _without_absent(evaluate(resource.attributes, known.at(item, resource.each)))
    return Instance(address, resource, item, attributes)


def _without_absent(value: Value) -> Value:
    """Blocks that do not exist and attributes that are null are as if they had not been written."""
    if isinstance(value, dict):
        return {key: _without_absent(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_absent(item) for item in value if item is not None]
    return value
