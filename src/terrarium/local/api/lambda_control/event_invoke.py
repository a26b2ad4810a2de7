"""How event invocations of a function, a version or an alias are treated, by the API.

What destinations are told, others see to; here they are kept as they are given.
https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html and its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.api.lambda_control.asked import Answer, Asked, Body, Operations, not_found, page, within
from terrarium.local.api.lambda_control.dependents import belonging, owner
from terrarium.local.api.lambda_control.functions import alive
from terrarium.local.api.lambda_control.names import attributes
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.function_names import LATEST, FunctionName
from terrarium.local.registry import Entry

TYPE = "aws_lambda_function_event_invoke_config"

_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
#: Each with the least and the most that Lambda takes.
_BOUNDS = {"MaximumRetryAttempts": (0, 2), "MaximumEventAgeInSeconds": (60, 21_600)}
_DESTINATIONS = {"OnSuccess": "on_success", "OnFailure": "on_failure"}


# Bodies and answers have the members that each operation defines.
class EventInvokeResources:
    """The settings of event invocations of a system.

    Args:
        resources: Where they are recorded and take effect.
        clock: Time.
        arn: The ARN of a function, a version or an alias; it refuses where there is none.
    """

    def __init__(self, resources: Resources, clock: Clock, arn: Callable[[FunctionName], str]) -> None:
        self._resources = resources
        self._clock = clock
        self._arn = arn
        path = "functions/([^/]+)/event-invoke-config"
        self.operations: Operations = (
            ("PUT", path, self._put),
            ("POST", path, self._update),
            ("GET", path, self._get),
            ("DELETE", path, self._delete),
            ("GET", f"{path}/list", self._list),
        )

    async def _put(self, asked: Asked) -> Answer:
        """Takes the place of all that was there: what is not given is Lambda's default again."""
        self._arn(asked.target)
        _check(asked.body)
        if not any(name in asked.body for name in _MEMBERS):
            message = "You must specify at least one of error handling or destination setting."
            raise AwsError("InvalidParameterValueException", message)
        cleared = dict.fromkeys(("maximum_retry_attempts", "maximum_event_age_in_seconds", "destination_config"))
        return await self._write(asked, cleared | attributes(asked.body, _MEMBERS))

    async def _update(self, asked: Asked) -> Answer:
        """Changes what is given, and keeps the rest."""
        self._existing(asked)
        _check(asked.body)
        return await self._write(asked, attributes(asked.body, _MEMBERS))

    # Attributes are of any type.
    async def _write(self, asked: Asked, values: Mapping[str, Any]) -> Answer:
        entry = self._find(asked.target)
        changed = {**values, "last_modified": self._clock.now()}
        if entry is None:
            own = {"function_name": asked.function, "qualifier": asked.qualifier}
            name = asked.target.key.replace(":", "-")
            entry = await alive(self._resources.put(TYPE, name, own | changed))
        else:
            entry = await alive(self._resources.change(entry, changed))
        return 200, self._described(entry)

    async def _get(self, asked: Asked) -> Answer:
        return 200, self._described(self._existing(asked))

    async def _delete(self, asked: Asked) -> Answer:
        await self._resources.remove(self._existing(asked))
        return 204, None

    async def _list(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        found = belonging(self._resources, FunctionName(asked.function), TYPE)
        listed = sorted((self._described(entry) for entry in found), key=_arn_of)
        return 200, page("FunctionEventInvokeConfigs", listed, asked.query, marker=_arn_of)

    def _find(self, target: FunctionName) -> Entry | None:
        return next((entry for entry in self._resources.of(TYPE) if owner(entry).key == target.key), None)

    def _existing(self, asked: Asked) -> Entry:
        arn = self._arn(asked.target)
        entry = self._find(asked.target)
        if entry is None:
            raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
        return entry

    def _described(self, entry: Entry) -> Body:
        target = owner(entry)
        written = entry.block("destination_config")
        destinations = {
            member: {"Destination": block[0]["destination"]} if (block := written.get(name)) else {}
            for member, name in _DESTINATIONS.items()
        }
        limits = {
            "MaximumRetryAttempts": entry.get("maximum_retry_attempts"),
            "MaximumEventAgeInSeconds": entry.get("maximum_event_age_in_seconds"),
        }
        return {
            "FunctionArn": self._arn(FunctionName(target.name, target.qualifier or LATEST)),
            "LastModified": entry.get("last_modified", 0),
            "DestinationConfig": destinations,
        } | {name: int(value) for name, value in limits.items() if value is not None}


def _check(body: Mapping[str, Any]) -> None:
    for member, (least, most) in _BOUNDS.items():
        within(member, body.get(member), least, most)


def _arn_of(described: Body) -> str:
    return str(described["FunctionArn"])
