"""What the AWS provider of Terraform accepts: the types of resources, their attributes and their nested blocks.

The facts come packed (``scripts/pack_aws_schema.py`` makes the file); only those types are unpacked that are used.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

Mode = Literal["resource", "data"]

# A type as Terraform's JSON schema writes it: a name ("string"), or a list: ["list", "string"], ["object", {…}].
Type = Any


class Attribute(Struct, frozen=True, dict=True):
    """One attribute of a block.

    Attributes:
        type: As in ``terraform providers schema -json``: ``"string"``, ``["set", ["object", {…}]]``, …
        flags: Letters: (r)equired, (o)ptional, (c)omputed, (s)ensitive, (w)rite-only, (d)eprecated.
    """

    type: Type
    flags: str

    @cached_property
    def required(self) -> bool:
        return "r" in self.flags

    @cached_property
    def settable(self) -> bool:
        """Whether a user may write it; the others are decided by AWS."""
        return "r" in self.flags or "o" in self.flags

    @cached_property
    def written_as_block(self) -> bool:
        """Whether HCL writes its items as blocks: lists and sets of objects do, since the provider treats them so."""
        return isinstance(self.type, list) and self.type[0] in ("list", "set") and _is_object(self.type[1])


class Nested(Struct, frozen=True):
    """A kind of block inside another.

    Attributes:
        nesting: ``single``, ``list``, ``set`` or ``map``.
        least: The smallest number of such blocks.
        most: The greatest number, 0 where there is no bound.
        block: What it holds.
    """

    nesting: str
    least: int
    most: int
    block: Block


class Block:
    """The attributes and nested blocks that a place accepts."""

    # The packed JSON: checked by the script that wrote it, so it is not typed further.
    def __init__(self, packed: Mapping[str, Any]) -> None:
        self._packed = packed

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        return {name: Attribute(kind, flags) for name, (kind, flags) in self._packed["a"].items()}

    @cached_property
    def blocks(self) -> dict[str, Nested]:
        packed = self._packed.get("b", {})
        return {
            name: Nested(nesting, least, most, Block(inner)) for name, (nesting, least, most, inner) in packed.items()
        }

    @cached_property
    def plain(self) -> dict[str, frozenset[type]]:
        """Which Python types suit the commonest attributes: those of text, numbers and truth that a user may write."""
        return {
            name: _PLAIN[attribute.type]
            for name, attribute in self.attributes.items()
            if attribute.settable and isinstance(attribute.type, str) and attribute.type in _PLAIN
        }

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Everything a user may write here."""
        return (*(name for name, attribute in self.attributes.items() if attribute.settable), *self.blocks)

    @cached_property
    def required(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a user must write here: attributes, and nested blocks."""
        return (
            tuple(name for name, attribute in self.attributes.items() if attribute.required),
            tuple(name for name, nested in self.blocks.items() if nested.least),
        )

    def object_type(self) -> Type:
        """The type of this block's value, for references into it."""
        inner = {name: attribute.type for name, attribute in self.attributes.items()}
        for name, nested in self.blocks.items():
            inner[name] = (
                [nested.nesting, nested.block.object_type()]
                if nested.nesting != "single"
                else nested.block.object_type()
            )
        return ["object", inner]


# Text takes numbers and truth too, as Terraform converts them.
_PLAIN = {
    "string": frozenset({str, int, float, bool}),
    "number": frozenset({int, float}),
    "bool": frozenset({bool}),
}


def _is_object(kind: Type) -> bool:
    return isinstance(kind, list) and kind[0] == "object"


@cache
def _file() -> tuple[bytes, dict[str, Any], int]:
    """The packed file, its index, and where the types begin in it."""
    data = Path(__file__).with_name("aws.bin").read_bytes()
    (length,) = struct.unpack_from(">I", data)
    return data, json.loads(zlib.decompress(data[4 : 4 + length])), 4 + length


def provider_version() -> str:
    """The version of the AWS provider that the schema is from."""
    return str(_file()[1]["version"])


@cache
def block_of(mode: Mode, type: str) -> Block | None:
    """What a resource or data source of that type accepts; nothing where the provider has no such type."""
    data, index, start = _file()
    entry = index["types"].get(f"{mode}:{type}")
    if entry is None:
        return None
    at, length = entry
    unpack = zlib.decompressobj(-15, index["dictionary"].encode())
    return Block(json.loads(unpack.decompress(data[start + at : start + at + length])))


def types(mode: Mode) -> tuple[str, ...]:
    """Every type the provider has."""
    prefix = f"{mode}:"
    return tuple(name.removeprefix(prefix) for name in _file()[1]["types"] if name.startswith(prefix))
