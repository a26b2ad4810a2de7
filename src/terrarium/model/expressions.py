"""Values that Python does not know yet: what a deployer chooses, what AWS decides, and what is made of these.

A small closed language. Every node can be evaluated by us (`terrarium.model.evaluate`) and written as HCL: what cannot
be evaluated cannot be written. Nodes are frozen and compared by structure. Putting one into text makes a token
(`terrarium.model.tokens`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from terrarium.errors import UserError, did_you_mean
from terrarium.model import tokens
from terrarium.model.functions import FILE_FUNCTIONS, FUNCTIONS, normal
from terrarium.model.origin import beside, origin

if TYPE_CHECKING:
    from terrarium.model.graph import Module, Resource

# A value in the graph: plain JSON-like Python, expressions, or containers of both. `Any` because the schema, not mypy,
# knows each attribute's type.
Value = Any


class Expression:
    """A value that is decided on deployment."""

    __hash__: Any  # narrowed by each node; declared because __eq__ is defined here

    def __str__(self) -> str:
        return tokens.token(self)

    def __format__(self, spec: str) -> str:
        if spec:
            raise UserError(
                f"{self!r} is known only on deployment, so the format {spec!r} cannot be applied to it", where=origin()
            )
        return tokens.token(self)

    def __bool__(self) -> NoReturn:
        raise UserError(
            f"{self!r} is decided on deployment, so Python cannot ask whether it is true",
            where=origin(),
            hint="use when=… for a resource, or choose(condition, a, b) for a value; test absence with `is None`",
        )

    def __iter__(self) -> NoReturn:
        raise UserError(
            f"{self!r} is decided on deployment, so Python cannot loop over it",
            where=origin(),
            hint="use `.each`: a resource that mentions it exists once per item",
        )

    def __len__(self) -> NoReturn:
        raise UserError(f"the length of {self!r} is decided on deployment", where=origin())

    def __contains__(self, item: object) -> NoReturn:
        raise UserError(f"what {self!r} contains is decided on deployment", where=origin())

    def __add__(self, other: object) -> NoReturn:
        raise UserError(f"{self!r} cannot be added to with +", where=origin(), hint='put both into one text: f"{a}{b}"')

    __radd__ = __add__

    def __getitem__(self, key: int | str) -> Expression:
        return Index(self, key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            raise UserError(
                f"{self!r} is decided on deployment, so Python cannot compare it with {other!r}",
                where=origin(),
                hint="write equals(a, b), or `is` for None and True",
            )
        return self is other or (type(self) is type(other) and self._parts() == other._parts())

    def _parts(self) -> tuple[object, ...]:
        return tuple(
            _comparable(getattr(self, field.name)) for field in fields(cast(Any, self))
        )  # every node is a dataclass

    def equals(self, other: Value) -> Expression:
        """Whether it is that value, as a condition.

        Raises:
            UserError: The value is a list or a mapping: Terraform compares their types before their items.
        """
        if isinstance(other, (list, tuple, dict)):
            raise UserError(
                f"{self!r} cannot be compared with a collection",
                where=origin(),
                hint='compare its length: equals(call("length", a), 0), or ask for one item: call("contains", a, item)',
            )
        return Operation("==", (self, entered(other)))

    @property
    def each(self) -> Expression:
        """One item of it: a resource that mentions this exists once per item (of a list of texts)."""
        return Each(self)

    def each_by(self, key: str) -> Expression:
        """One item of a list of objects: a resource that mentions this exists once per item, told apart by `key`."""
        return Each(self, key)


def _comparable(value: object) -> object:
    """Something that compares by structure: containers by content, resources and modules by identity."""
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, dict):
        return tuple((_comparable(key), _comparable(item)) for key, item in value.items())
    if isinstance(value, Expression):
        return (type(value).__name__, value._parts())
    if hasattr(value, "address"):
        return id(value)
    return (type(value).__name__, value) if isinstance(value, (bool, int, float)) else value


def _hash(self: Expression) -> int:
    return hash((type(self).__name__, self._parts()))


class _Node:
    """Gives each frozen dataclass below the structural hash that goes with `Expression.__eq__`."""

    def __init_subclass__(cls) -> None:
        cls.__hash__ = _hash  # type: ignore[assignment,method-assign]  # dataclass(eq=False) leaves __hash__ to us


@dataclass(frozen=True, eq=False)
class Ref(_Node, Expression):
    """An attribute of a resource, which AWS may decide."""

    resource: Resource
    attribute: str

    def __repr__(self) -> str:
        return f"{self.resource.address}.{self.attribute}"

    def _parts(self) -> tuple[object, ...]:
        return (id(self.resource), self.attribute)


@dataclass(frozen=True, eq=False)
class Every(_Node, Expression):
    """One attribute of every copy of a resource that exists once per item, as a list."""

    of: Ref

    def __repr__(self) -> str:
        return f"{self.of.resource.address}[*].{self.of.attribute}"


@dataclass(frozen=True, eq=False)
class Export(_Node, Expression):
    """A value that one module hands to the others under a name."""

    module: Module
    name: str

    def __repr__(self) -> str:
        return f"module.{self.module.name}.{self.name}"

    def _parts(self) -> tuple[object, ...]:
        return (id(self.module), self.name)


@dataclass(frozen=True, eq=False)
class Each(_Node, Expression):
    """The item for which a copy of a resource exists."""

    source: Expression
    by: str | None = None

    def __repr__(self) -> str:
        return f"{self.source!r}.each"


@dataclass(frozen=True, eq=False)
class Template(_Node, Expression):
    """Text with values in it."""

    parts: tuple[Value, ...]

    def __repr__(self) -> str:
        return '"' + "".join(part if isinstance(part, str) else f"${{{part!r}}}" for part in self.parts) + '"'


@dataclass(frozen=True, eq=False)
class Index(_Node, Expression):
    """An item of a list or a map."""

    of: Expression
    key: int | str

    def __repr__(self) -> str:
        return f"{self.of!r}.{self.key}" if isinstance(self.key, str) else f"{self.of!r}[{self.key}]"


@dataclass(frozen=True, eq=False)
class Operation(_Node, Expression):
    """An operator between values: ``==``, ``!=``, ``&&``, ``||`` or ``!``."""

    operator: str
    operands: tuple[Value, ...]

    def __repr__(self) -> str:
        if len(self.operands) == 1:
            return f"{self.operator}{self.operands[0]!r}"
        return f" {self.operator} ".join(map(repr, self.operands))


@dataclass(frozen=True, eq=False)
class Conditional(_Node, Expression):
    """One of two values."""

    condition: Expression
    yes: Value
    no: Value

    def __repr__(self) -> str:
        return f"({self.condition!r} ? {self.yes!r} : {self.no!r})"


@dataclass(frozen=True, eq=False)
class Call(_Node, Expression):
    """A function of Terraform's, one of those in `terrarium.model.functions`."""

    function: str
    arguments: tuple[Value, ...]

    def __repr__(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.arguments))})"


@dataclass(frozen=True, eq=False)
class Bundle(_Node, Expression):
    """Folders of code that are shipped as one zip: its path in Terraform, the folders themselves on the laptop.

    Attributes:
        folders: ``(name in the zip, folder)`` pairs; an empty name puts the folder's content at the top.
        name: The zip's file name without ending.
        requirements: The packages that are shipped with it, as pip reads them; the laptop uses its own.
        python: The version of Python for which these are, for example ``3.12``.
    """

    folders: tuple[tuple[str, Path], ...]
    name: str
    requirements: Path | None = None
    python: str = ""

    def __repr__(self) -> str:
        return f"bundle {self.name}.zip"


def call(function: str, *arguments: Value) -> Expression:
    """A call of one of Terraform's functions.

    Raises:
        UserError: It is none of those that Terrarium can evaluate as well.
    """
    known = (*FUNCTIONS, *FILE_FUNCTIONS)
    if function not in known:
        raise UserError(f"there is no function {function!r}", where=origin(), hint=did_you_mean(function, known))
    return Call(function, tuple(entered(argument) for argument in arguments))


def Json(value: Value) -> Expression:  # noqa: N802  # reads as the type of what it makes
    """A value as JSON text, for attributes such as policies."""
    return call("jsonencode", value)


def bundle(name: str, /, *, requirements: str | Path | None = None, python: str = "", **folders: str | Path) -> Bundle:
    """Folders of code that are shipped as one zip.

    Args:
        name: The zip's file name without ending.
        requirements: A file of packages that are shipped with them, beside the file that says so, as pip reads it.
        python: The version of Python for which the packages are, for example ``3.12``.
        **folders: Folders beside the file that says so, by their names in the zip.

    Raises:
        UserError: A folder or the file does not exist, or the version of Python is missing.
    """
    for place, exists, kind in (
        *((folder, Path.is_dir, "folder") for folder in folders.values()),
        *((file, Path.is_file, "file") for file in (requirements,) if file is not None),
    ):
        if not exists(beside(place)):
            raise UserError(f"there is no {kind} {str(place)!r}", where=origin(), hint=f"it would be {beside(place)}")
    if requirements is not None and not python:
        raise UserError("packages are for one version of Python", where=origin(), hint='say which: python="3.12"')
    places = tuple((inside, beside(folder)) for inside, folder in folders.items())
    return Bundle(places, name, None if requirements is None else beside(requirements), python)


def entered(value: Value) -> Value:
    """A value as it enters the graph: tokens in its texts decoded, containers copied, anything foreign refused.

    Raises:
        UserError: It is of a type that Terraform has no value for, or a reference in a text was altered.
    """
    if isinstance(value, str):
        return _entered_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{value} cannot be a Terraform value", where=origin())
    if value is None or isinstance(value, (bool, int, float, Expression)):
        return value
    if isinstance(value, Mapping):
        return {_entered_key(key): entered(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [entered(item) for item in value]
    raise UserError(f"a {type(value).__name__} cannot be a Terraform value", where=origin(), hint=_instead_of(value))


def _entered_text(text: str) -> Value:
    """Text in the one form that Terraform keeps it in (NFC), with the expressions that its tokens stand for."""
    if not text.isascii():
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise UserError(f"{text!r} is not text: it holds half a character", where=origin())
        text = normal(text)
    parts = tokens.decode(text)
    if parts is None:
        return text
    if len(parts) == 1:
        return parts[0]
    # A text that was put into another is part of that.
    return Template(tuple(inner for part in parts for inner in (part.parts if isinstance(part, Template) else (part,))))


def _entered_key(key: Value) -> Value:
    if isinstance(key, bool) or not isinstance(key, (str, int, Expression)):
        raise UserError(f"{key!r} cannot be the key of a mapping", where=origin(), hint="use text")
    return str(key) if isinstance(key, int) else entered(key)


def _instead_of(value: object) -> str:
    if isinstance(value, Path):
        return "use bundle(…) for code, or str(path) for text"
    if isinstance(value, (set, frozenset)):
        return "use a list: a set has no order, and Terraform is written the same each time"
    members = getattr(value, "__dict__", {})
    known = "attributes" in members or "resource" in members
    return 'did you mean one of its attributes, such as thing["arn"]?' if known else ""


def walk(value: Value, *, inside: Callable[[Expression], tuple[Value, ...]] | None = None) -> list[Expression]:
    """Every expression inside a value, outermost first, in the order of mention.

    Args:
        value: Any value of the graph.
        inside: Gives the values directly inside an expression; `children`, if not given.
    """
    # With a stack of its own and not by recursion: everything that is written goes through here several times.
    below = inside or children
    found: list[Expression] = []
    waiting = [] if value.__class__ in _PLAIN else [value]
    while waiting:
        item = waiting.pop()
        kind = item.__class__
        if kind in _PLAIN:
            continue
        if kind is dict:
            for key, part in reversed(item.items()):
                if part.__class__ not in _PLAIN:
                    waiting.append(part)
                if key.__class__ is not str:
                    waiting.append(key)
        elif kind is list or kind is tuple:
            waiting.extend(reversed(item))
        elif isinstance(item, Expression):
            found.append(item)
            waiting.extend(reversed(below(item)))
    return found


_PLAIN = frozenset({str, int, bool, float, type(None)})


def children(expression: Expression) -> tuple[Value, ...]:
    """The values directly inside an expression. (A reference's resource and a module's export are not inside it.)"""
    inside = _CHILDREN.get(expression.__class__)
    return inside(expression) if inside else ()


# One entry per node that has something inside; the table is what keeps the types apart, so mypy is not asked to.
_CHILDREN: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    Every: lambda node: (node.of,),
    Each: lambda node: (node.source,),
    Template: lambda node: node.parts,
    Index: lambda node: (node.of,),
    Operation: lambda node: node.operands,
    Conditional: lambda node: (node.condition, node.yes, node.no),
    Call: lambda node: node.arguments,
}
