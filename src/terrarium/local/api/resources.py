"""What a service that creates resources needs of the system: the registry, and someone who brings resources alive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from terrarium.local.registry import Entry


class Resources(Protocol):
    """The resources of a system, whoever created them. Values are attributes of any type, as Terraform names them."""

    def of(self, *types: str, **values: Any) -> list[Entry]:
        """Every resource of some types whose attributes have these values."""
        ...

    async def put(self, type: str, name: str, values: Mapping[str, Any]) -> Entry:
        """Creates a resource that a call asked for, and brings it alive.

        Args:
            type: Terraform's type.
            name: What tells it from others of its type.
            values: Its attributes; what AWS decides is added.

        Raises:
            UserError: It cannot come alive as it is asked for; nothing was created.
        """
        ...

    async def change(self, entry: Entry, values: Mapping[str, Any]) -> Entry:
        """Changes attributes of a resource that is there.

        Raises:
            UserError: It cannot be alive so; it stays as it was.
        """
        ...

    async def remove(self, entry: Entry) -> None:
        """Removes a resource."""
        ...
