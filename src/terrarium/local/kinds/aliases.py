"""Aliases of functions: names that lead to published versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.versions import TYPE as VERSION
from terrarium.local.compute.functions import Alias
from terrarium.local.function_names import LATEST, FunctionName, named
from terrarium.local.kinds.kind import NotAliveError, Parts, Passive
from terrarium.local.registry import Entry


class AliasKind(Passive):
    """Aliases of functions."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_alias",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        function, registry = self._target(entry).name, self._parts.registry
        if not registry.alive("aws_lambda_function", function_name=function):
            raise NotAliveError("its function does nothing here")
        alias = self._alias(entry)
        for version in (alias.version, *alias.weights):
            if version != LATEST and not registry.of(VERSION, function_name=function, version=version):
                hint = "versions are published by publish = true, and there until somebody deletes them"
                raise UserError(f"function {function} has no version {version}", where=entry.origin, hint=hint)
        self._parts.functions.put_alias(self._target(entry).target, alias)
        return {}

    async def arrived(self, entry: Entry) -> None:
        """It leads on since it was created."""

    async def left(self, entry: Entry) -> None:
        """Nobody is led by it any more."""
        self._parts.functions.remove_alias(self._target(entry).target)

    def reached_at(self, entry: Entry) -> str:
        alias = self._alias(entry)
        shares = "".join(f", {share:.0%} to version {version}" for version, share in alias.weights.items())
        return f"leads to version {alias.version} of {self._target(entry).name}{shares}"

    @staticmethod
    def _target(entry: Entry) -> FunctionName:
        return FunctionName(named(entry["function_name"]).name, entry["name"])

    @staticmethod
    def _alias(entry: Entry) -> Alias:
        weights = entry.block("routing_config").get("additional_version_weights") or {}
        return Alias(str(entry["function_version"]), {version: float(share) for version, share in weights.items()})
