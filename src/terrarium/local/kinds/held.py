"""What engines hold that the registry does not name: what calls made in them, which needs no registry to be alive.

It asks kinds, and knows none by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from terrarium.local.kinds.arrivals import PREFIX
from terrarium.local.registry import Entry, Registry


@runtime_checkable
class Holding(Protocol):
    """A kind whose engine takes calls by itself."""

    def held(self) -> Iterable[Entry]:
        """Everything that the engine holds, whoever made it; each with the attribute that names it and no other."""
        ...


def made(type: str, attribute: str, name: str) -> Entry:
    """What a call made, as status tells of it."""
    return Entry(address_of(type, name), type, {attribute: name}, state="alive")


def address_of(type: str, name: str) -> str:
    """How something that a call made is called here."""
    return f"{PREFIX}.{type}.{name}"


def is_made_by_call(entry: Entry) -> bool:
    """Whether the architecture says nothing of it."""
    return entry.address.startswith(f"{PREFIX}.")


def made_by_calls(kinds: Iterable[object], registry: Registry) -> Iterator[Entry]:
    """What engines hold and the registry does not name."""
    for kind in kinds:
        if isinstance(kind, Holding):
            for entry in kind.held():
                ((attribute, name),) = entry.values.items()
                if not any(one.get(attribute) == name for one in registry.of(entry.type)):
                    yield entry
