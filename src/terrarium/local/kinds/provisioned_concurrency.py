"""Provisioned concurrency: workers of a version or an alias that are initialised before anybody needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.dependents import owner
from terrarium.local.function_names import LATEST
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.registry import Entry


class ProvisionedConcurrencyKind:
    """Provisioned concurrency."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_provisioned_concurrency_config",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        target = owner(entry)
        if not self._parts.registry.alive("aws_lambda_function", function_name=target.name):
            raise NotAliveError("its function does nothing here")
        if target.qualifier in ("", LATEST):
            hint = "name a version or an alias as its qualifier"
            raise UserError(f"{entry.address} is for what is not published", where=entry.origin, hint=hint)
        return {}

    async def start(self) -> None:
        for entry in self._parts.registry.alive(*self.types):
            await self.arrived(entry)

    async def stop(self) -> None:
        """Nothing to end: workers end with their functions."""

    async def arrived(self, entry: Entry) -> None:
        """Keeps as many workers as it says."""
        self._parts.functions.provision(owner(entry).target, int(entry["provisioned_concurrent_executions"]))

    async def left(self, entry: Entry) -> None:
        """Keeps none any more."""
        self._parts.functions.provision(owner(entry).target, 0)

    def reached_at(self, entry: Entry) -> str:
        if entry.state != "alive":
            return ""
        kept = self._parts.functions.provisioned(owner(entry).target)
        asked = int(entry["provisioned_concurrent_executions"])
        fewer = f" (of {asked} asked for)" if kept.allocated < asked else ""
        return f"keeps {kept.allocated} workers of {owner(entry).target}{fewer}"
