"""What whoever deploys chooses, and what a deployment reports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from terrarium.errors import Origin, UserError
from terrarium.model.expressions import Expression, Value, _Node
from terrarium.model.functions import text_of
from terrarium.model.origin import origin
from terrarium.model.patterns import compiled

# https://developer.hashicorp.com/terraform/language/block/variable
RESERVED = frozenset({"source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"})
REQUIRED: Any = ...  # the default of a variable that has none
_NOWHERE = Origin("?", 0)
_KINDS = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "list(string)",
    tuple: "list(string)",
    dict: "map(string)",
}


@dataclass(frozen=True, eq=False)
class Variable(_Node, Expression):
    """Something that whoever deploys may choose.

    Attributes:
        name: Its name in Terraform.
        type: Terraform's type constraint, for example ``list(string)``.
        default: The value if nothing is chosen; `REQUIRED` where something must be.
        description: One sentence for people.
        one_of: The values allowed, if only some are.
        matches: A regular expression that a text must match, as Terraform's RE2 reads it.
        sensitive: Whether Terraform hides it on screen.
        at_least: The smallest number allowed, if there is one.
        at_most: The largest number allowed, if there is one.
    """

    name: str
    type: str
    default: Value
    description: str
    one_of: tuple[Value, ...] = ()
    matches: str = ""
    sensitive: bool = False
    where: Origin = _NOWHERE
    at_least: float | None = None
    at_most: float | None = None

    def __repr__(self) -> str:
        return f"var.{self.name}"

    def _parts(self) -> tuple[object, ...]:
        return (self.name, id(self.where))

    @property
    def each(self) -> Expression:
        """One item of it: a resource that mentions this exists once per item (of a list or set of texts, or of a map).

        Raises:
            UserError: Its items are no texts, and so have no names that could tell copies apart.
        """
        if self.type.startswith(("list(", "set(")) and self.type.endswith(("(number)", "(bool)")):
            raise UserError(
                f"{self!r} holds no texts, and copies of a resource are told apart by text",
                where=origin(),
                hint='declare it with type="list(string)"',
            )
        return super().each

    @property
    def nullable(self) -> bool:
        """Whether null is a choice; it is exactly where it is the default."""
        return self.default is None

    def accepted(self, value: Value) -> Value:
        """A chosen value as the variable's type, checked.

        Raises:
            UserError: It is of another type or not allowed.
        """
        converted = convert(value, self.type, self)
        if self.one_of and converted not in self.one_of:
            raise UserError(
                f"{self.name} = {converted!r} is not allowed",
                hint=f"it must be one of {', '.join(map(str, self.one_of))}",
            )
        if self.matches and isinstance(converted, str) and not compiled(self.matches).search(converted):
            raise UserError(f"{self.name} = {converted!r} is not allowed", hint=f"it must match {self.matches}")
        low, high = self.at_least, self.at_most
        if converted is not None and ((low is not None and converted < low) or (high is not None and converted > high)):
            raise UserError(f"{self.name} = {converted!r} is not allowed", hint=f"it must be {bounds(low, high)}")
        return converted


def bounds(low: float | None, high: float | None) -> str:
    """The range of a number in words."""
    words = (("at least", low), ("at most", high))
    return " and ".join(f"{word} {text_of(bound)}" for word, bound in words if bound is not None)


class Output(Struct, frozen=True):
    """A value that a deployment reports."""

    name: str
    value: Value
    description: str
    sensitive: bool
    origin: Origin


def variable(
    name: str,
    default: Value = REQUIRED,
    description: str = "",
    *,
    type: str | None = None,
    one_of: Sequence[Value] = (),
    matches: str = "",
    sensitive: bool = False,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Variable:
    """Makes a variable.

    Args:
        name: Its name in Terraform.
        default: The value if nothing is chosen; leave it out where something must be chosen.
        description: One sentence for people.
        type: Terraform's type constraint; from the default, if not given.
        one_of: The values allowed, if only some are.
        matches: A regular expression that a text must match.
        sensitive: Whether Terraform hides it on screen.
        at_least: The smallest number allowed, if there is one.
        at_most: The largest number allowed, if there is one.

    Raises:
        UserError: The type is neither given nor told by the default, the default itself is not allowed, or the regular
            expression is none.
    """
    where = origin()
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
        raise UserError(f"{name!r} cannot name a variable", where=where)
    if name in RESERVED:
        raise UserError(f"{name!r} cannot name a variable: Terraform keeps that word for modules", where=where)
    kind = type or _KINDS.get(default.__class__)
    if kind is None:
        raise UserError(
            f"the type of variable {name!r} is not told by its default", where=where, hint='say it: type="string"'
        )
    if matches:
        _refuse_broken(matches, where)
    if (at_least, at_most) != (None, None) and kind != "number":
        raise UserError(f"variable {name!r} is a {kind}, and only a number has bounds", where=where)
    made = Variable(name, kind, default, description, tuple(one_of), matches, sensitive, where, at_least, at_most)
    if default is not REQUIRED and default is not None:
        made.accepted(default)
    return made


def _refuse_broken(pattern: str, where: Origin) -> None:
    try:
        compiled(pattern)
    except ValueError as error:
        raise UserError(str(error), where=where) from error


def convert(value: Value, kind: str, of: Variable) -> Value:
    """A value as Terraform's type, converted as Terraform converts (texts of numbers and of true and false)."""
    if value is None:
        if of.nullable or kind == "any":
            return None
        raise _mismatch(of, value)
    if kind.startswith(("list(", "set(", "map(")):
        return _convert_collection(value, kind, of)
    if kind == "any" or kind.startswith(("object(", "tuple(")):
        return value
    return _convert_plain(value, kind, of)


def _convert_collection(value: Value, kind: str, of: Variable) -> Value:
    outer, inner = kind[:-1].split("(", 1)
    if outer == "map":
        if not isinstance(value, Mapping):
            raise _mismatch(of, value)
        return {str(key): convert(item, inner, of) for key, item in value.items()}
    if not isinstance(value, (list, tuple)):
        raise _mismatch(of, value)
    items = [convert(item, inner, of) for item in value]
    return sorted(set(items)) if outer == "set" else items


def _convert_plain(value: Value, kind: str, of: Variable) -> Value:
    match kind, value:
        case ("bool", bool()) | ("string", str()):
            return value
        case "number", int() | float() if not isinstance(value, bool):
            return value
        case "bool", "true" | "false":
            return value == "true"
        case "number", str() if re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value) if "." in value else int(value)
        case "string", bool() | int() | float():
            return text_of(value)
    raise _mismatch(of, value)


def _mismatch(of: Variable, value: Value) -> UserError:
    return UserError(f"{of.name} = {value!r} does not fit its type {of.type}", where=of.where)
