"""Event source mappings: what reads a stream and invokes a function with its records.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.lambda_control.filters import described_filters, filter_attributes
from terrarium.local.api.lambda_control.functions import alive
from terrarium.local.api.lambda_control.mapping_checks import check_numbers, check_position
from terrarium.local.api.lambda_control.names import attributes, described
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.function_names import named
from terrarium.local.registry import Entry

TYPE = "aws_lambda_event_source_mapping"

_CHANGING = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError", "MaximumRetryAttempts", "FunctionResponseTypes", "Enabled",
    "TumblingWindowInSeconds",
)  # fmt: skip
_CREATED = (*_CHANGING, "EventSourceArn", "StartingPosition", "Tags")
_DESCRIBED = (
    "BatchSize", "EventSourceArn", "StartingPosition", "FunctionResponseTypes",
)  # fmt: skip
#: What holds for a stream where nothing is asked for.
_DEFAULTS = {
    "batch_size": 100,
    "maximum_batching_window_in_seconds": 0,
    "parallelization_factor": 1,
    "maximum_record_age_in_seconds": -1,
    "bisect_batch_on_function_error": False,
    "maximum_retry_attempts": -1,
    "tumbling_window_in_seconds": 0,
    "enabled": True,
}
#: What a change is called while it happens, by whether the mapping was enabled before and what it is after.
_TRANSITIONS = {(True, "Disabled"): "Disabling", (False, "Enabled"): "Enabling"}


# Bodies and answers have the members that each operation defines.
class MappingResources:
    """The event source mappings of a system.

    Args:
        resources: Where they are recorded and come alive.
        clock: Time.
    """

    def __init__(self, resources: Resources, clock: Clock) -> None:
        self._resources = resources
        self._clock = clock

    async def create(self, function_arn: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """CreateEventSourceMapping."""
        check_position(body)
        check_numbers(body)
        source = body.get("EventSourceArn")
        if self._resources.of(TYPE, event_source_arn=source, function_name=function_arn):
            message = (
                f'An event source mapping with event source arn (" {source} ") and function (" '
                f'{function_arn.rsplit(":", 1)[-1]} ") already exists. Please update or delete the existing mapping.'
            )
            raise AwsError("ResourceConflictException", message, 409, Type="User")
        id = str(uuid.uuid4())
        arn = f"{function_arn.split(':function:', maxsplit=1)[0]}:event-source-mapping:{id}"
        own = {"uuid": id, "id": id, "arn": arn, "function_name": function_arn, "function_arn": function_arn}
        asked = attributes(body, _CREATED) | filter_attributes(body) | _destination(body)
        values = _DEFAULTS | asked | own | {"last_modified_at": self._clock.now()}
        entry = await alive(self._resources.put(TYPE, id, values))
        return self._described(entry) | {"State": "Creating"}

    def get(self, id: str) -> dict[str, Any]:
        """GetEventSourceMapping."""
        return self._described(self._existing(id))

    def list(self, query: Mapping[str, str]) -> dict[str, Any]:
        """ListEventSourceMappings, of one function or one source or all."""
        wanted = named(query.get("FunctionName", ""))
        source = query.get("EventSourceArn")
        found = [
            self._described(entry)
            for entry in self._resources.of(TYPE)
            if wanted in (("", ""), named(entry["function_name"])) and source in (None, entry["event_source_arn"])
        ]
        return {"EventSourceMappings": found}

    async def update(self, id: str, body: Mapping[str, Any], function_arn: str | None) -> dict[str, Any]:
        """UpdateEventSourceMapping."""
        check_numbers(body)
        before = self._existing(id)
        values = attributes(body, _CHANGING) | filter_attributes(body) | _destination(body)
        values |= {"last_modified_at": self._clock.now()}
        values |= {"function_name": function_arn, "function_arn": function_arn} if function_arn else {}
        after = self._described(await alive(self._resources.change(before, values)))
        return after | {"State": _TRANSITIONS.get((before.get("enabled", True), after["State"]), "Updating")}

    async def delete(self, id: str) -> dict[str, Any]:
        """DeleteEventSourceMapping."""
        entry = self._existing(id)
        await self._resources.remove(entry)
        return self._described(entry) | {"State": "Deleting"}

    def _existing(self, id: str) -> Entry:
        found = self._resources.of(TYPE, uuid=id)
        if not found:
            raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User")
        return found[0]

    def _described(self, entry: Entry) -> dict[str, Any]:
        values = _DEFAULTS | {name: value for name, value in entry.values.items() if value is not None}
        return {
            "UUID": entry["uuid"],
            "EventSourceMappingArn": entry["arn"],
            "FunctionArn": entry["function_name"],
            "State": "Enabled" if values["enabled"] else "Disabled",
            "StateTransitionReason": "User action",
            "LastProcessingResult": entry.get("last_processing_result", "No records processed"),
            "LastModified": entry.get("last_modified_at", 0),
            "MaximumBatchingWindowInSeconds": values["maximum_batching_window_in_seconds"],
            "ParallelizationFactor": values["parallelization_factor"],
            "MaximumRecordAgeInSeconds": values["maximum_record_age_in_seconds"],
            "BisectBatchOnFunctionError": values["bisect_batch_on_function_error"],
            "MaximumRetryAttempts": values["maximum_retry_attempts"],
            "TumblingWindowInSeconds": values["tumbling_window_in_seconds"],
            "DestinationConfig": {"OnFailure": _on_failure(values)},
            **described(values, _DESCRIBED),
            **described_filters(values),
        }


def _destination(body: Mapping[str, Any]) -> dict[str, Any]:
    """The call's destination as ``destination_config``; nothing where it does not speak of one."""
    if body.get("DestinationConfig") is None:
        return {}
    arn = (body["DestinationConfig"].get("OnFailure") or {}).get("Destination")
    return {"destination_config": [{"on_failure": [{"destination_arn": arn}]}] if arn else []}


def _on_failure(values: Mapping[str, Any]) -> dict[str, Any]:
    blocks = (values.get("destination_config") or [{}])[0].get("on_failure") or [{}]
    return {"Destination": blocks[0]["destination_arn"]} if blocks[0].get("destination_arn") else {}
