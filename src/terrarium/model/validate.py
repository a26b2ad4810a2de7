"""Checks what users write against the provider's schema, at the line where they write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from terrarium.errors import UserError, did_you_mean
from terrarium.model.conditions import both, negate
from terrarium.model.expressions import Conditional, Export, Expression, Ref, Value
from terrarium.model.origin import origin
from terrarium.model.schema import Block, Nested, Type
from terrarium.model.variables import Variable

if TYPE_CHECKING:
    from terrarium.model.graph import Architecture


def attributes(block: Block, values: Mapping[str, Value], place: str) -> dict[str, Value]:
    """The values with every nested block as a list, checked all the way down.

    Args:
        block: What the place accepts.
        values: What the user wrote there.
        place: How to name the place in a message.

    Raises:
        UserError: A name is unknown, or a value does not fit its type.
    """
    return {name: _checked(block, name, value, place) for name, value in values.items()}


def complete(block: Block, values: Mapping[str, Value], place: str) -> None:
    """Refuses a place where something required was not written.

    Raises:
        UserError: An attribute or a nested block is missing.
    """
    attributes, blocks = block.required
    missing = [name for name in attributes if values.get(name) is None]
    missing += [name for name in blocks if not _present(values.get(name))]
    if missing:
        raise UserError(f"{place} needs {' and '.join(missing)}", where=origin())


def of_architecture(mentioned: Iterable[Expression], root: Architecture, place: str) -> None:
    """Refuses what belongs to another architecture: there it would refer to nothing.

    Raises:
        UserError: A resource, an export or a variable of another architecture is mentioned.
    """
    for expression in mentioned:
        match expression:
            case Ref(resource=resource):
                known = resource.module.root is root
            case Export(module=module):
                known = module.root is root
            case Variable(name=name):
                known = root.variables.get(name) is expression
            case _:
                known = True
        if not known:
            raise UserError(f"{place} refers to {expression!r} of another architecture", where=origin())


def _present(value: Value) -> bool:
    return isinstance(value, Expression) or bool(value)


def _checked(block: Block, name: str, value: Value, place: str) -> Value:
    if value.__class__ in block.plain.get(name, ()):
        return value
    if name in block.blocks:
        return None if value is None else _nested(block.blocks[name], value, f"{place}.{name}")
    attribute = block.attributes.get(name)
    if attribute is None:
        raise UserError(f"{place} has no attribute {name!r}", where=origin(), hint=did_you_mean(name, block.names))
    if not attribute.settable:
        raise UserError(
            f"{place}.{name} is decided by AWS and cannot be set", where=origin(), hint=did_you_mean(name, block.names)
        )
    if value is not None:
        value = _listed(value) if attribute.written_as_block else value
        _fits(attribute.type, value, f"{place}.{name}")
    return value


def _listed(value: Value) -> Value:
    return value if isinstance(value, (list, Expression)) else [value]


def _nested(nested: Nested, value: Value, place: str) -> list[Value]:
    """The blocks of one name; each is a mapping, or a mapping that exists under a condition."""
    items = value if isinstance(value, list) else [value]
    most = 1 if nested.nesting == "single" else nested.most
    if most and len(items) > most:
        times = "once" if most == 1 else f"{most} times"
        raise UserError(f"{place} can be written at most {times}, not {len(items)} times", where=origin())
    blocks = [
        (condition, _block(nested.block, block, place)) for item in items for condition, block in _branches(item, True)
    ]
    return [block if condition is True else Conditional(condition, block, None) for condition, block in blocks]


def _branches(item: Value, condition: Value) -> list[tuple[Value, Value]]:
    """The blocks that a choice is between, each with the condition under which it is there."""
    if isinstance(item, Conditional):
        yes = _branches(item.yes, both(condition, item.condition))
        return [*yes, *_branches(item.no, both(condition, negate(item.condition)))]
    return [] if item is None else [(condition, item)]


def _block(block: Block, item: Value, place: str) -> dict[str, Value]:
    if not isinstance(item, Mapping):
        raise UserError(f"{place} is a block: write a mapping, not {_shown(item)}", where=origin())
    complete(block, item, place)
    return {name: value for name, value in attributes(block, item, place).items() if value is not None}


def _fits(kind: Type, value: Value, place: str) -> None:
    """Refuses a value that Terraform could not convert to the type; of an expression, only if its type is known."""
    if isinstance(value, Expression):
        value_kind = _kind_of(value)
        if value_kind is not None and _shape(value_kind) != _shape(kind):
            raise UserError(f"{place} takes {_spelled(kind)}, but {value!r} is {_spelled(value_kind)}", where=origin())
        return
    expected = _shape(kind)
    if expected != "any" and expected != _shape_of(value):
        hint = "use Json({…}) for a document" if expected == "plain" and isinstance(value, Mapping) else ""
        raise UserError(f"{place} takes {_spelled(kind)}, not {_shown(value)}", where=origin(), hint=hint)
    _fits_inside(kind, value, place)


def _fits_inside(kind: Type, value: Value, place: str) -> None:
    if not isinstance(kind, list):
        if (kind == "number" and not _numeric(value)) or (kind == "bool" and not isinstance(value, bool)):
            raise UserError(f"{place} takes {_spelled(kind)}, not {_shown(value)}", where=origin())
    elif kind[0] in ("list", "set"):
        for item in value:
            _fits(kind[1], item, place)
    elif kind[0] == "map":
        for key, item in value.items():
            _fits(kind[1], item, f"{place}[{key!r}]")
    elif kind[0] == "object":
        _fits_object(kind[1], value, place)


def _fits_object(kinds: Mapping[str, Type], value: Mapping[str, Value], place: str) -> None:
    for name, item in value.items():
        if name not in kinds:
            raise UserError(f"{place} has no attribute {name!r}", where=origin(), hint=did_you_mean(name, kinds))
        if item is not None:
            _fits(kinds[name], item, f"{place}.{name}")


def _numeric(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind_of(expression: Expression) -> Type | None:
    """The type of a reference; of other expressions nothing is claimed."""
    if not isinstance(expression, Ref):
        return None
    block = expression.resource.schema
    if expression.attribute in block.blocks:
        return ["list", block.blocks[expression.attribute].block.object_type()]
    return block.attributes[expression.attribute].type


def _shape(kind: Type) -> str:
    if isinstance(kind, list):
        return {"list": "list", "set": "list", "tuple": "list", "map": "map", "object": "map"}[kind[0]]
    return "any" if kind == "dynamic" else "plain"


def _shape_of(value: Value) -> str:
    if isinstance(value, (list, tuple)):
        return "list"
    return "map" if isinstance(value, Mapping) else "plain"


def _spelled(kind: Type) -> str:
    if not isinstance(kind, list):
        return {"string": "text", "number": "a number", "bool": "true or false", "dynamic": "anything"}[kind]
    return {"list": "a list", "set": "a list", "tuple": "a list", "map": "a mapping", "object": "a mapping"}[kind[0]]


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}…"
