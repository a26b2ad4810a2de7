"""Terraform's configuration as a tree: what a file says, before it is known in which syntax.

It knows neither graph nor syntax. `terrarium.terraform.layout` makes it; `hcl` and `json` print it. Nobody changes what
was made; that the nodes are not frozen makes making them, which a large architecture does a hundred thousand times,
three times as fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct


class Literal(Struct, frozen=True):
    """Null, a bool, a number or a text, as it is."""

    value: str | float | bool | None


class Text(Struct, frozen=True):
    """Text with code in it."""

    parts: tuple[str | Node, ...]


class Code(Struct, frozen=True):
    """Terraform's own language: pieces of it as they are spelled, with values between."""

    parts: tuple[str | Node, ...]


class Called(Struct, frozen=True):
    """A function's call."""

    function: str
    arguments: tuple[Node, ...]


class Names(Struct, frozen=True):
    """A list of names that are bare in HCL and texts in JSON, for example addresses in ``depends_on``."""

    names: tuple[str, ...]


class Name(Struct, frozen=True):
    """One such name: a provider's, or a type constraint."""

    name: str


class Items(Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]


class Pairs(Struct, frozen=True):
    """A map or an object; a key is text or code."""

    pairs: tuple[tuple[str | Node, Node], ...]


Node = Literal | Text | Code | Called | Names | Name | Items | Pairs


class Assignment(Struct, frozen=True):
    """A name and its value.

    Attributes:
        name: The name.
        value: The value.
        constant: Whether Terraform fills nothing in there, so that JSON's texts stand for themselves.
    """

    name: str
    value: Node
    constant: bool = False


class Block(Struct, frozen=True):
    """A block, with assignments and blocks in it.

    Attributes:
        kind: Its first word, for example ``resource``.
        labels: The words after it.
        groups: What it holds: runs of assignments that stand together, and blocks.
        single: Whether there is only one such block in its place, so that JSON needs no list for it.
        absent: Attributes that are not set. JSON must say so where HCL's blocks are an attribute's items.
    """

    kind: str
    labels: tuple[str, ...]
    groups: tuple[Sequence[Assignment] | Block, ...]
    single: bool = False
    absent: tuple[str, ...] = ()

    @property
    def blocks(self) -> Iterator[Block]:
        """The blocks directly inside."""
        return (group for group in self.groups if isinstance(group, Block))

    @property
    def assignments(self) -> Iterator[Assignment]:
        """The assignments directly inside."""
        return (item for group in self.groups if not isinstance(group, Block) for item in group)


def code(*parts: str | Node) -> Code:
    """Code from its pieces."""
    return Code(parts)
