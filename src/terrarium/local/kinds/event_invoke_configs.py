"""How a function's event invocations are treated: how often they are retried, and who is told what became of them.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.dependents import owner
from terrarium.local.compute.functions import EventSettings
from terrarium.local.compute.functions.targets import DESTINATIONS, service_of
from terrarium.local.kinds.kind import NotAliveError, Parts, Passive
from terrarium.local.registry import Entry

#: Each with the least and the most that Lambda takes.
_BOUNDS = {"maximum_retry_attempts": (0, 2), "maximum_event_age_in_seconds": (60, 21_600)}
#: A bucket is told of failures only.
_OF_SUCCESS = tuple(service for service in DESTINATIONS if service != "s3")


class EventInvokeConfigKind(Passive):
    """Settings of event invocations."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_function_event_invoke_config",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if not self._parts.registry.alive("aws_lambda_function", function_name=owner(entry).name):
            raise NotAliveError("its function does nothing here")
        self._parts.functions.configure_events(owner(entry).key, event_settings(entry))
        return {}

    async def arrived(self, entry: Entry) -> None:
        """It holds since it was created."""

    async def left(self, entry: Entry) -> None:
        """Events are treated as if nothing had been said."""
        self._parts.functions.configure_events(owner(entry).key, EventSettings())


def event_settings(entry: Entry) -> EventSettings:
    """A resource's settings; what it leaves out is Lambda's default.

    Raises:
        UserError: Something is beyond what Lambda takes.
    """
    for name, (least, most) in _BOUNDS.items():
        if not least <= int(entry.get(name, most)) <= most:
            raise UserError(f"{entry.address}.{name} is between {least} and {most}", where=entry.origin)
    destinations = (entry.get("destination_config") or [{}])[0]
    return EventSettings(
        maximum_retry_attempts=int(entry.get("maximum_retry_attempts", 2)),
        maximum_event_age=float(entry.get("maximum_event_age_in_seconds", 21_600)),
        on_success=destination(entry, destinations, "on_success", _OF_SUCCESS),
        on_failure=destination(entry, destinations, "on_failure", DESTINATIONS),
    )


# Blocks have attributes of any type.
def destination(
    entry: Entry, blocks: Mapping[str, Any], name: str, services: tuple[str, ...], attribute: str = "destination"
) -> str:
    """The ARN in one of a resource's blocks about destinations; empty where there is none.

    Raises:
        UserError: It is nothing that can be told.
    """
    arn = str((blocks.get(name) or [{}])[0].get(attribute) or "")
    if arn and service_of(arn) not in services:
        raise UserError(
            f"{entry.address}.{name} cannot be {arn}", where=entry.origin, hint=f"it can be of {', '.join(services)}"
        )
    return arn
