"""A resource of the graph as a block of Terraform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from terrarium.model.expressions import Conditional, Each, Expression, Value
from terrarium.model.graph import Module, Resource
from terrarium.model.schema import Block as Schema
from terrarium.model.schema import Type
from terrarium.terraform.crossings import type_of
from terrarium.terraform.expressions import Speller
from terrarium.terraform.tree import Assignment, Block, Items, Literal, Name, Names, Node, code

Group = Sequence[Assignment] | Block


def resource_block(resource: Resource, speller: Speller) -> Block:
    """A resource or data source.

    Args:
        resource: As written.
        speller: Spells the values of its module.

    Raises:
        UserError: A value cannot be said in Terraform.
    """
    inside = Speller(resource.module, resource.when, resource.each, resource.origin)
    groups = (
        *_meta(resource, speller),
        *_body(resource.attributes, resource.schema, inside),
        *_lifecycle(resource),
        *_depends(resource),
    )
    return Block(resource.mode, (resource.type, resource.label), groups)


def _meta(resource: Resource, speller: Speller) -> Iterator[Group]:
    """How often it exists, and where."""
    if resource.each is not None:
        yield [Assignment("for_each", _items(resource.each, resource.when, speller))]
    elif resource.when is not True:
        yield [Assignment("count", code(speller.condition_of(resource.when), " ? 1 : 0"))]
    if resource.provider is not None:
        yield [Assignment("provider", Name(f"aws.{resource.provider.alias}"))]


def _items(each: Each, when: Value, speller: Speller) -> Node:
    """What a resource exists per: a map, or a set of texts."""
    source = speller.value(each.source)
    if each.by is not None:
        items = code("{ for item in ", source, f" : item.{each.by} => item }}")
        return items if when is True else code(speller.condition_of(when), " ? ", items, " : {}")
    if type_of(each.source).startswith(("map(", "object(")):
        return source if when is True else code(speller.condition_of(when), " ? ", source, " : {}")
    return code("toset(", source if when is True else code(speller.condition_of(when), " ? ", source, " : []"), ")")


def _body(values: Mapping[str, Value], schema: Schema, speller: Speller) -> Iterator[Group]:
    """The assignments of a block, then its inner blocks."""
    inner = {name for name, value in values.items() if name not in schema.plain and _is_block(schema, name, value)}
    yield [Assignment(name, speller.value(value)) for name, value in values.items() if name not in inner]
    if not inner:
        return
    for name, value in values.items():
        if name in inner and name in schema.blocks:
            yield from (_inner(name, item, schema.blocks[name].block, speller) for item in value)
        elif name in inner:
            yield from (_item(name, item, schema.attributes[name].type[1][1], speller) for item in value)


def _is_block(schema: Schema, name: str, value: Value) -> bool:
    """Whether it is written as blocks: lists of objects are, unless empty or with an expression."""
    if name in schema.blocks:
        return True
    items = isinstance(value, list) and bool(value) and not any(isinstance(item, Expression) for item in value)
    return schema.attributes[name].written_as_block and items


def _inner(name: str, item: Value, schema: Schema, speller: Speller) -> Block:
    """One nested block; one that exists under a condition is dynamic."""
    if isinstance(item, Conditional):
        content = Block("content", (), tuple(_body(item.yes, schema, speller.under(item.condition))))
        times = code(speller.condition_of(item.condition), " ? ", Items((Literal(1),)), " : []")
        return Block("dynamic", (name,), ([Assignment("for_each", times)], content))
    return Block(name, (), tuple(_body(item, schema, speller)))


def _item(name: str, item: Mapping[str, Value], kinds: Mapping[str, Type], speller: Speller) -> Block:
    """One item of an attribute that is written as blocks.

    Source: https://developer.hashicorp.com/terraform/language/attr-as-blocks
    """
    assignments = [Assignment(inner, speller.value(value)) for inner, value in item.items()]
    return Block(name, (), (assignments,), absent=tuple(inner for inner in kinds if inner not in item))


def _lifecycle(resource: Resource) -> Iterator[Group]:
    rules = resource.lifecycle
    if rules is None:
        return
    kept = [name for name in ("create_before_destroy", "prevent_destroy") if getattr(rules, name)]
    assignments = [Assignment(name, Literal(value=True)) for name in kept]
    if rules.ignore_changes:
        assignments.append(Assignment("ignore_changes", Names(rules.ignore_changes)))
    yield Block("lifecycle", (), (assignments,), single=True)


def _depends(resource: Resource) -> Iterator[Group]:
    """What must come first though it is not mentioned.

    For what other modules hold a module waits as a whole, and only the root can say so.
    """
    if not resource.depends_on:
        return
    mine = [
        other
        for other in resource.depends_on
        if other.module is resource.module or resource.module is resource.module.root
    ]
    if mine:
        yield [Assignment("depends_on", Names(addresses(mine, resource.module)))]


def addresses(resources: Iterable[Resource], scope: Module) -> tuple[str, ...]:
    """The resources as one module names them: those of other modules by their module."""
    return tuple(
        dict.fromkeys(other.address if other.module is scope else f"module.{other.module.name}" for other in resources)
    )
