"""CloudWatch's log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError, did_you_mean
from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry, Registry


class LogGroupKind(Passive):
    """Log groups."""

    types: ClassVar[tuple[str, ...]] = ("aws_cloudwatch_log_group",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        retention = entry.get("retention_in_days") or None
        try:
            self._parts.logs.create_group(entry["name"], retention)
        except AwsError:
            self._parts.logs.set_retention(entry["name"], retention)
        return {}

    def reached_at(self, entry: Entry) -> str:
        return f"aws logs tail {entry['name']}"


def log_groups(resource: str, registry: Registry) -> list[str]:
    """The log groups of what a person calls a resource: its label, address, name in AWS, program or log group.

    Args:
        resource: What they call it; empty for everything.
        registry: What is alive.

    Returns:
        Names of groups; none for everything.

    Raises:
        UserError: Nothing is called that.
    """
    if not resource:
        return []
    known = groups_by_name(registry)
    if resource not in known:
        raise UserError(f"nothing that writes logs is called {resource!r}", hint=did_you_mean(resource, known))
    return sorted(known[resource])


def groups_by_name(registry: Registry) -> dict[str, set[str]]:
    """The log groups by everything that a person may call what writes them."""
    found: dict[str, set[str]] = {}
    for entry in registry.of("aws_lambda_function"):
        group = entry.block("logging_config").get("log_group") or f"/aws/lambda/{entry['function_name']}"
        for name in (entry.label, entry.address, entry["function_name"]):
            found.setdefault(name, set()).add(group)
    for entry in registry.of("aws_instance"):
        for program in entry.programs:
            for name in (entry.label, entry.address, program):
                found.setdefault(name, set()).add(f"/programs/{program}")
    for entry in registry.of("aws_cloudwatch_log_group"):
        for name in (entry.address, entry["name"]):
            found.setdefault(name, set()).add(entry["name"])
    return found
