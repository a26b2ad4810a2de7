"""CloudWatch's log groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError, did_you_mean
from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.held import is_made_by_call, made
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.kinds.log_makers import LogMakers, group_of
from terrarium.local.registry import Entry


class LogGroupKind(Passive):
    """Log groups."""

    types: ClassVar[tuple[str, ...]] = ("aws_cloudwatch_log_group",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        makers = LogMakers(parts.registry, region=parts.region, account=parts.account)
        parts.logs.ask(makers.refusal)
        parts.registry.subscribe(lambda *_: parts.logs.ask_again())

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        retention = entry.get("retention_in_days") or None
        try:
            self._parts.logs.create_group(entry["name"], retention)
        except AwsError:
            self._parts.logs.set_retention(entry["name"], retention)
        self._parts.logs.set_tags(entry["name"], entry.tags)
        return {}

    def held(self) -> Iterator[Entry]:
        """Without those that services make for what the architecture describes: its log is told with it."""
        theirs = {name for entry in self._parts.registry if not is_made_by_call(entry) for name in _written(entry)}
        apis = tuple(
            f"API-Gateway-Execution-Logs_{api['id']}/"
            for api in self._parts.registry.of("aws_apigatewayv2_api")
            if not is_made_by_call(api)
        )
        for group in self._parts.logs.groups():
            if group.name not in theirs and not group.name.startswith(apis or ("\0",)):
                yield made("aws_cloudwatch_log_group", "name", group.name)

    def reached_at(self, entry: Entry) -> str:
        return f"aws logs tail {entry['name']}"


def log_groups(resource: str, entries: Iterable[Entry]) -> list[str]:
    """The log groups of what a person calls a resource: its label, address, name in AWS, program or log group.

    Args:
        resource: What they call it; empty for everything.
        entries: What is alive.

    Returns:
        Names of groups; none for everything.

    Raises:
        UserError: Nothing is called that.
    """
    if not resource:
        return []
    known = groups_by_name(entries)
    if resource not in known:
        raise UserError(f"nothing that writes logs is called {resource!r}", hint=did_you_mean(resource, known))
    return sorted(known[resource])


def groups_by_name(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """The log groups by everything that a person may call what writes them."""
    found: dict[str, set[str]] = {}
    for entry in entries:
        for group, names in _written(entry).items():
            for name in names:
                found.setdefault(name, set()).add(group)
    return found


def _written(entry: Entry) -> dict[str, tuple[str, ...]]:
    """The log groups that a resource writes or is, with what a person may call it."""
    match entry.type:
        case "aws_lambda_function":
            return {group_of(entry): (entry.label, entry.address, entry["function_name"])}
        case "aws_instance":
            return {f"/programs/{program}": (entry.label, entry.address, program) for program in entry.programs}
        case "aws_cloudwatch_log_group":
            return {entry["name"]: (entry.address, entry["name"])}
    return {}
