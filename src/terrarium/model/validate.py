"""Checks what users write against the provider's schema, at the line where they write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.errors import UserError, did_you_mean
from terrarium.model.expressions import Conditional, Expression, Ref, Value
from terrarium.model.origin import origin
from terrarium.model.schema import Attribute, Block, Nested, Type


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
    missing = [name for name, attribute in block.attributes.items() if attribute.required and values.get(name) is None]
    missing += [name for name, nested in block.blocks.items() if nested.least and not _present(values.get(name))]
    if missing:
        raise UserError(f"{place} needs {' and '.join(missing)}", where=origin())


def _present(value: Value) -> bool:
    return isinstance(value, Expression) or bool(value)


def _checked(block: Block, name: str, value: Value, place: str) -> Value:
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
        _fits(attribute.type, value, f"{place}.{name}", attribute)
    return value


def _listed(value: Value) -> Value:
    return value if isinstance(value, (list, Expression)) else [value]


def _nested(nested: Nested, value: Value, place: str) -> list[Value]:
    """The blocks of one name; each is a mapping, or a mapping that exists under a condition."""
    items = value if isinstance(value, list) else [value]
    if nested.most and len(items) > nested.most:
        raise UserError(f"{place} can be written at most {nested.most} time(s), not {len(items)}", where=origin())
    return [_block(nested.block, item, place) for item in items]


def _block(block: Block, item: Value, place: str) -> Value:
    if isinstance(item, Conditional) and item.no is None:
        return Conditional(item.condition, _block(block, item.yes, place), None)
    if not isinstance(item, Mapping):
        raise UserError(f"{place} is a block: write a mapping, not {_shown(item)}", where=origin())
    complete(block, item, place)
    return {name: value for name, value in attributes(block, item, place).items() if value is not None}


def _fits(kind: Type, value: Value, place: str, attribute: Attribute) -> None:
    """Refuses a value that Terraform could not convert to the type. What is an expression is checked as far as its type is known."""
    if isinstance(value, Expression):
        value_kind = _kind_of(value)
        if value_kind is not None and _shape(value_kind) != _shape(kind):
            raise UserError(f"{place} takes {_spelled(kind)}, but {value!r} is {_spelled(value_kind)}", where=origin())
        return
    expected = _shape(kind)
    if expected != "any" and expected != _shape_of(value):
        hint = "use Json({…}) for a document" if expected == "plain" and isinstance(value, Mapping) else ""
        raise UserError(f"{place} takes {_spelled(kind)}, not {_shown(value)}", where=origin(), hint=hint)
    _fits_inside(kind, value, place, attribute)


def _fits_inside(kind: Type, value: Value, place: str, attribute: Attribute) -> None:
    if not isinstance(kind, list):
        if (kind == "number" and not _numeric(value)) or (kind == "bool" and not isinstance(value, bool)):
            raise UserError(f"{place} takes {_spelled(kind)}, not {_shown(value)}", where=origin())
    elif kind[0] in ("list", "set"):
        for item in value:
            _fits(kind[1], item, place, attribute)
    elif kind[0] == "map":
        for key, item in value.items():
            _fits(kind[1], item, f"{place}[{key!r}]", attribute)
    elif kind[0] == "object":
        for name in value:
            if name not in kind[1]:
                raise UserError(f"{place} has no attribute {name!r}", where=origin(), hint=did_you_mean(name, kind[1]))
        for name, item in value.items():
            _fits(kind[1][name], item, f"{place}.{name}", attribute)


def _numeric(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (
        isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()
    )


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
