"""In which order resources come to be: what a resource mentions comes before it."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from terrarium.errors import UserError
from terrarium.model.expressions import Each, Every, Export, Expression, Ref, Value, walk
from terrarium.model.graph import Architecture, Resource


def resources(architecture: Architecture) -> Iterator[Resource]:
    """Every resource, module by module, as written."""
    for scope in architecture.scopes:
        yield from scope.resources


def dependencies(resource: Resource) -> list[Resource]:
    """The resources that a resource mentions, each once, in the order of mention."""
    found: dict[Resource, None] = dict.fromkeys(resource.depends_on)
    for expression in resource.expressions():
        if expression.__class__ is Ref:  # the commonest, without a generator
            assert isinstance(expression, Ref)
            found[expression.resource] = None
            continue
        for ref in references(expression):
            found[ref.resource] = None
    return list(found)


def references(expression: Expression) -> Iterator[Ref]:
    """The references that one expression makes, through the exports of modules."""
    match expression:
        case Ref():
            yield expression
        case Export(module=module, name=name):
            yield from (ref for inner in walk(module.exports[name]) for ref in references(inner))
        case Each(source=source):
            yield from (ref for inner in walk(source) for ref in references(inner))
        case Every(of=of):
            yield of


def values_of(architecture: Architecture) -> Iterator[Value]:
    """Every value that is not an attribute of a resource: region, tags, exports, outputs."""
    yield architecture.region
    yield architecture.tags
    for module in architecture.modules:
        yield from module.exports.values()
    for output in architecture.outputs.values():
        yield output.value


def in_order(architecture: Architecture) -> list[Resource]:
    """Every resource after those it mentions; as written, where that leaves a choice.

    Raises:
        UserError: Resources mention each other in a circle.
    """
    position = {resource: at for at, resource in enumerate(resources(architecture))}
    sorter: TopologicalSorter[Resource] = TopologicalSorter()
    for resource in position:
        sorter.add(resource, *dependencies(resource))
    try:
        sorter.prepare()
    except CycleError as error:
        raise _circle(error.args[1]) from None
    ordered: list[Resource] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=position.__getitem__)
        ordered += ready
        sorter.done(*ready)
    return ordered


def check_circles(architecture: Architecture) -> None:
    """Refuses resources that mention each other in a circle.

    Raises:
        UserError: They do.
    """
    before: set[Resource] = set()
    for resource in resources(architecture):
        if not before.issuperset(dependencies(resource)):  # something is mentioned before it is written, which is rare
            in_order(architecture)
            return
        before.add(resource)


def _circle(circle: list[Resource]) -> UserError:
    # graphlib names a circle against the direction of mention.
    path = " → ".join(resource.full_address for resource in reversed(circle))
    places = ", ".join(sorted({str(resource.origin) for resource in circle}))
    return UserError(
        f"resources mention each other in a circle: {path}",
        where=circle[0].origin,
        hint=f"they are written at {places}; take one of the references away, or give a fixed name in its place",
    )
