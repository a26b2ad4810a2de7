"""Resources that calls create while the system is up: recorded, brought alive, and there again at the next start.

It knows kinds by what they are asked, and none by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from msgspec.structs import replace

from terrarium.catalog.identifiers import decided
from terrarium.catalog.place import Place
from terrarium.errors import UserError
from terrarium.local.kinds.kind import Kind, NotAliveError, OnlyModelledError
from terrarium.local.kinds.modelled import REASONS
from terrarium.local.registry import Entry, Registry
from terrarium.model.expressions import Bundle, walk

#: What addresses of such resources begin with; those of an architecture begin with a type or a module.
PREFIX = "api"


@runtime_checkable
class Reacting(Protocol):
    """A kind that takes up, while it is at work, what comes, changes or goes."""

    async def arrived(self, entry: Entry) -> None:
        """A resource has come to be, or has changed; `create` has been called for it."""
        ...

    async def left(self, entry: Entry) -> None:
        """A resource is gone."""
        ...


class Arrivals:
    """The registry as services see it that create resources.

    Args:
        registry: Where everything is recorded.
        kinds: What comes alive, by Terraform's type.
        folder: Where the system's state lives.
        place: Region and account; its address is the system's name.
    """

    def __init__(self, registry: Registry, kinds: Mapping[str, Kind], folder: Path, place: Place) -> None:
        self._registry = registry
        self._kinds = kinds
        self._folder = folder
        self._place = place
        self._file = folder / "created.json"
        # What earlier runs kept and this one has not brought back yet, by address: it is never written away.
        self._kept: dict[str, Mapping[str, Any]] | None = None

    def of(self, *types: str, **values: Any) -> list[Entry]:
        """Every resource of some types whose attributes have these values."""
        return self._registry.of(*types, **values)

    async def put(self, type: str, name: str, values: Mapping[str, Any]) -> Entry:
        """Creates a resource and brings it alive.

        Raises:
            UserError: It cannot come alive as it is asked for; nothing was created.
        """
        address = f"{PREFIX}.{type}.{name}"
        place = replace(self._place, address=f"{self._place.address}/{address}")
        return await self._live(Entry(address, type, decided(type, values, place) | dict(values)))

    async def change(self, entry: Entry, values: Mapping[str, Any]) -> Entry:
        """Changes a resource. What the architecture describes is as written again after the next start.

        Raises:
            UserError: It cannot be alive so; it stays as it was.
        """
        return await self._live(replace(entry, values={**entry.values, **values}))

    async def remove(self, entry: Entry) -> None:
        """Removes a resource."""
        self._registry.remove(entry.address)
        self._save()
        if (kind := _reacting(self._kinds.get(entry.type))) is not None:
            await kind.left(entry)

    async def restore(self, *types: str) -> list[Path]:
        """Brings back what calls created in earlier runs, before kinds start.

        Args:
            types: Brings back these alone, for what is to find them; none for everything that is not back yet.

        Returns:
            The folders of code that are in use.
        """
        kept = self._earlier()
        for address, record in tuple(kept.items()):
            if types and record["type"] not in types:
                continue
            entry = Entry(address, record["type"], self._decoded(record["values"]))
            try:
                self._registry.put(await self._created(entry))
            except UserError as error:
                self._registry.put(replace(entry, state="unsupported", note=str(error)))
            del kept[address]
        return [folder for entry in self._own() for folder in _folders(entry)]

    def _earlier(self) -> dict[str, Mapping[str, Any]]:
        if self._kept is None:
            records = json.loads(self._file.read_text()) if self._file.is_file() else ()
            self._kept = {record["address"]: record for record in records}
        return self._kept

    async def _live(self, entry: Entry) -> Entry:
        made = await self._created(entry)
        before = next((one for one in self._registry if one.address == entry.address), None)
        self._registry.put(made)
        try:
            if (kind := _reacting(self._kinds.get(made.type))) is not None:
                await kind.arrived(made)
        except UserError:
            self._take_back(made, before)
            raise
        self._save()
        return made

    def _take_back(self, refused: Entry, before: Entry | None) -> None:
        """Leaves everything as it was before something that cannot be alive as asked for."""
        if before is not None:
            self._registry.put(before)
        else:
            self._registry.remove(refused.address)

    async def _created(self, entry: Entry) -> Entry:
        kind = self._kinds.get(entry.type)
        if kind is None:
            return replace(entry, state="modelled", note=REASONS.get(entry.type, ""))
        try:
            return replace(entry, state="alive", values={**entry.values, **await kind.create(entry)})
        except OnlyModelledError as reason:
            return replace(entry, state="modelled", note=str(reason))
        except NotAliveError as reason:  # who calls would take it for working
            raise UserError(str(reason)) from reason

    def _own(self) -> list[Entry]:
        return [entry for entry in self._registry if entry.address.startswith(f"{PREFIX}.")]

    def _save(self) -> None:
        """In one file that is replaced as a whole: a process that is killed leaves the old one or the new one."""
        records = self._earlier() | {
            entry.address: {"address": entry.address, "type": entry.type, "values": self._encoded(dict(entry.values))}
            for entry in self._own()
        }
        begun = self._file.with_suffix(".new")
        begun.write_text(json.dumps(list(records.values())))
        begun.replace(self._file)

    # Attributes are whatever JSON carries, and bundles, whose folders lie in that of the state.
    def _encoded(self, value: Any) -> Any:
        if isinstance(value, Bundle):
            folders = [
                [name, str(folder.resolve().relative_to(self._folder.resolve()))] for name, folder in value.folders
            ]
            return {"$bundle": value.name, "folders": folders}
        if isinstance(value, Mapping):
            return {name: self._encoded(inner) for name, inner in value.items()}
        return [self._encoded(inner) for inner in value] if isinstance(value, (list, tuple)) else value

    def _decoded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._decoded(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        if "$bundle" in value:
            folders = tuple((name, self._folder.resolve() / folder) for name, folder in value["folders"])
            return Bundle(folders, value["$bundle"])
        return {name: self._decoded(inner) for name, inner in value.items()}


def _reacting(kind: object) -> Reacting | None:
    return kind if isinstance(kind, Reacting) else None


def _folders(entry: Entry) -> list[Path]:
    bundles = [value for value in walk(dict(entry.values)) if isinstance(value, Bundle)]
    return [folder for bundle in bundles for _, folder in bundle.folders]
