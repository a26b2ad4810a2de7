"""What is alive: one record of every resource with all its values, whoever created it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct, field

from terrarium.errors import Origin
from terrarium.model.program import Program

State = Literal["alive", "modelled", "unsupported"]


class Entry(Struct, frozen=True):
    """One resource.

    Attributes:
        address: Its name in the architecture.
        type: Terraform's type.
        values: Every attribute, asked for or decided.
        state: Whether it does something here, is only modelled, or is of a type that is not known.
        note: For people: where it is reached, or why it does nothing here.
        origin: Where it was written.
        programs: What runs in its place, by name.
    """

    address: str
    type: str
    values: Mapping[str, Any]  # attributes of any type, as Terraform names them
    state: State = "modelled"
    note: str = ""
    origin: Origin = Origin("?", 0)
    programs: Mapping[str, Program] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:  # an attribute's value is of the attribute's type
        return self.values[name]

    def get(self, name: str, default: Any = None) -> Any:  # likewise
        """An attribute, or the default where it was neither asked for nor decided."""
        value = self.values.get(name)
        return default if value is None else value

    def block(self, name: str) -> Mapping[str, Any]:
        """The only nested block of that name; empty where there is none."""
        blocks = self.values.get(name) or [{}]
        only: Mapping[str, Any] = blocks[0] if isinstance(blocks, list) else blocks
        return only

    @property
    def tags(self) -> dict[str, str]:
        """Its tags: also those of its whole architecture, where it has some."""
        return {key: str(value) for key, value in self.get("tags_all", self.get("tags", {})).items()}

    @property
    def label(self) -> str:
        """The last part of its address, without a key."""
        return self.address.split("[")[0].rsplit(".", 1)[-1]


class Registry:
    """Every resource by address, in the order of creation."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._listeners: list[Callable[[Entry | None, Entry | None], None]] = []

    def put(self, entry: Entry) -> None:
        """Records a resource, new or changed."""
        before = self._entries.get(entry.address)
        self._entries[entry.address] = entry
        for listener in self._listeners:
            listener(before, entry)

    def remove(self, address: str) -> None:
        """Forgets a resource."""
        before = self._entries.pop(address)
        for listener in self._listeners:
            listener(before, None)

    def __getitem__(self, address: str) -> Entry:
        return self._entries[address]

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, *types: str, **values: Any) -> list[Entry]:
        """Every resource of some types whose attributes have these values."""
        return [
            entry
            for entry in self
            if entry.type in types and all(entry.values.get(name) == value for name, value in values.items())
        ]

    def alive(self, *types: str, **values: Any) -> list[Entry]:
        """Those of them that do something here."""
        return [entry for entry in self.of(*types, **values) if entry.state == "alive"]

    def subscribe(self, listener: Callable[[Entry | None, Entry | None], None]) -> None:
        """Tells of each change: the resource before and after; nothing stands for not being there."""
        self._listeners.append(listener)
