"""Prints the tree as Terraform's JSON syntax: for those whose tools read and write JSON.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from terrarium.terraform import hcl
from terrarium.terraform.tree import Block, Called, Code, Items, Literal, Name, Names, Node, Pairs, Text

# What is printed: objects and lists of JSON.
Json = Any


def printed(blocks: Sequence[Block]) -> str:
    """A file."""
    return json.dumps(_body(blocks, {}), indent=2, ensure_ascii=False) + "\n"


def _body(blocks: Sequence[Block], into: dict[str, Json]) -> dict[str, Json]:
    """Blocks as properties, one level for each of their labels; several of the same name become a list."""
    for block in blocks:
        place, name = into, block.kind
        for label in block.labels:
            place, name = place.setdefault(name, {}), label
        content = _content(block)
        if name in place:
            place[name] = [*_as_list(place[name]), content]
        else:
            place[name] = content if block.labels or block.single else [content]
    return into


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _content(block: Block) -> dict[str, Json]:
    assigned: dict[str, Json] = dict.fromkeys(block.absent)
    assigned |= {item.name: (constant if item.constant else value)(item.value) for item in block.assignments}
    return _body(list(block.blocks), assigned)


def value(node: Node) -> Json:
    """A value: what JSON has as itself, code as text that Terraform fills in."""
    match node:
        case Literal(value=str() as plain):
            return hcl.literal(plain)
        case Literal(value=plain):
            return _number(plain) if isinstance(plain, float) else plain
        case Text(parts=parts):
            return _template(parts)
        case Code() | Called():
            return f"${{{hcl.value(node, flat=True)}}}"
        case Names(names=names):
            return list(names)
        case Name(name=name):
            return name
        case Items(items=items):
            return [value(item) for item in items]
        case Pairs(pairs=pairs):
            return {_key(name): value(item) for name, item in pairs}


def constant(node: Node) -> Json:
    """A value of plain values only, in which Terraform fills nothing in."""
    match node:
        case Items(items=items):
            return [constant(item) for item in items]
        case Pairs(pairs=pairs):
            return {str(name): constant(item) for name, item in pairs}
        case Literal(value=str() as plain):
            return plain
    return value(node)


def _template(parts: Sequence[str | Node]) -> str:
    out = []
    for at, part in enumerate(parts):
        if not isinstance(part, str):
            out.append(f"${{{hcl.value(part, flat=True)}}}")
        elif part.endswith("$") and at + 1 < len(parts):
            out.append(hcl.literal(part[:-1]) + '${"$"}')
        else:
            out.append(hcl.literal(part))
    return "".join(out)


def _key(name: str | Node) -> str:
    return hcl.literal(name) if isinstance(name, str) else str(value(name))


def _number(plain: float) -> float | int:
    exact = Decimal(repr(plain))
    return int(exact) if exact == exact.to_integral_value() else plain
