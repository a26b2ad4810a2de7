"""The walk through the graph: each resource comes to be after those it mentions, which know its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from msgspec.structs import replace

from terrarium.catalog.identifiers import decided
from terrarium.catalog.place import Place
from terrarium.errors import UserError
from terrarium.local.kinds.kind import Kind, NotAliveError, OnlyModelledError
from terrarium.local.kinds.modelled import REASONS
from terrarium.local.registry import Entry, Registry, State
from terrarium.model.bundles import file_function
from terrarium.model.evaluate import Known, evaluate, is_known
from terrarium.model.expressions import Expression, entered, walk
from terrarium.model.graph import Architecture, Resource
from terrarium.model.order import in_order
from terrarium.model.program import Program
from terrarium.model.resolve import Instance, chosen, expand


class Creation:
    """Creates everything that an architecture describes.

    Args:
        architecture: As written.
        variables: What whoever brings it up chose.
        registry: Where it is recorded.
        kinds: What comes alive, by Terraform's type.
        region: Where it is.
        account: Whose it is.
        created: Told of each resource that was created.
    """

    def __init__(
        self,
        architecture: Architecture,
        variables: Mapping[str, Any],
        *,
        registry: Registry,
        kinds: Mapping[str, Kind],
        region: str,
        account: str,
        created: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        self._architecture = architecture
        self._registry = registry
        self._kinds = kinds
        self._region = region
        self._account = account
        self._created = created
        self._values: dict[Resource, dict[str | None, Mapping[str, Any]]] = {}
        self.known = Known(chosen(architecture, variables), self._values, files=cache(file_function))

    async def run(self) -> None:
        """Creates every resource, dependencies first.

        Raises:
            UserError: One cannot be created as it is written.
        """
        for resource in in_order(self._architecture):
            copies = expand(resource, self.known)
            self._values[resource] = {}
            for instance in copies:
                entry = await self._create(instance)
                self._values[resource][instance.item.key if instance.item else None] = entry.values
                self._registry.put(entry)
                self._created(entry)

    def outputs(self, *, sensitive: bool = True) -> dict[str, Any]:
        """What the architecture reports, now that everything exists; without what is sensitive, if so wanted.

        Like Terraform it keeps no output that is null: what it would tell of does not exist.
        """
        wanted = {name: one for name, one in self._architecture.outputs.items() if sensitive or not one.sensitive}
        found = {name: evaluate(output.value, self.known) for name, output in wanted.items()}
        return {name: value for name, value in found.items() if value is not None}

    async def _create(self, instance: Instance) -> Entry:
        resource = instance.resource
        self._refuse_unknown(instance)
        place = Place(f"{self._architecture.name}/{instance.address}", self._region, self._account)
        values = decided(resource.type, instance.attributes, place) | instance.attributes | self._tags_all(instance)
        kind = self._kinds.get(resource.type) if resource.mode == "resource" else None
        state, note = self._standing(resource, kind)
        entry = Entry(instance.address, resource.type, values, state, note, resource.origin, self._programs(instance))
        return await self._alive(entry, kind) if kind else entry

    def _tags_all(self, instance: Instance) -> dict[str, Any]:
        """A resource's tags with those of the whole architecture, where its type has some: its own go first.

        https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging
        """
        if "tags_all" not in instance.resource.schema.attributes:
            return {}
        everywhere = evaluate(self._architecture.tags, self.known) or {}
        return {"tags_all": {**everywhere, **(instance.attributes.get("tags") or {})}}

    @staticmethod
    async def _alive(entry: Entry, kind: Kind) -> Entry:
        """The resource as its kind made it; that one does nothing here keeps no other from living."""
        try:
            return replace(entry, values={**entry.values, **await kind.create(entry)})
        except OnlyModelledError as reason:
            return replace(entry, state="modelled", note=str(reason))
        except NotAliveError as reason:
            return replace(entry, state="unsupported", note=str(reason))

    def _standing(self, resource: Resource, kind: Kind | None) -> tuple[State, str]:
        if kind is not None:
            return "alive", ""
        if resource.mode == "data":
            return "modelled", "looked up in AWS; what it would say is made up here"
        reason = REASONS.get(resource.type)
        return (
            ("modelled", reason)
            if reason
            else ("unsupported", "this type is not known here; it has an id and nothing else")
        )

    def _refuse_unknown(self, instance: Instance) -> None:
        for name, value in instance.attributes.items():
            if not is_known(value):
                left = next(iter(walk(value)), value)
                raise UserError(
                    f"{instance.address}.{name} cannot be known here: {left!r}",
                    where=instance.resource.origin,
                    hint="it depends on something that only AWS decides",
                )

    def _programs(self, instance: Instance) -> dict[str, Program]:
        known = self.known.at(instance.item, instance.resource.each)
        return {name: self._program(program, known) for name, program in instance.resource.programs.items()}

    @staticmethod
    def _program(program: Program, known: Known) -> Program:
        def settled(values: Mapping[str, Any]) -> dict[str, Any]:
            found = {name: evaluate(entered(value), known) for name, value in values.items()}
            for name, value in found.items():
                if isinstance(value, Expression):
                    raise UserError(f"{name} of the program {program.name!r} cannot be known here: {value!r}")
            return found

        return replace(program, environment=settled(program.environment), headers=settled(program.headers))
