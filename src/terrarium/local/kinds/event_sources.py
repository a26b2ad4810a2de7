"""Event source mappings: changes of a table invoke a function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace

from terrarium.analysis.event_pattern import PatternError, Wanted, compile_event_pattern
from terrarium.catalog.stream_mappings import BOUNDS, LEAST_AGE
from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.shard_delivery import Discarded
from terrarium.local.compute.functions.stream_batch import FOREVER, StreamSettings
from terrarium.local.compute.functions.stream_poller import StreamMapping
from terrarium.local.compute.functions.stream_source import StreamRecords
from terrarium.local.compute.functions.targets import OF_STREAMS
from terrarium.local.function_names import named
from terrarium.local.kinds.checkpoints import FileCheckpoints
from terrarium.local.kinds.event_invoke_configs import destination
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.registry import Entry


class EventSourceKind:
    """Mappings from the streams of tables."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_event_source_mapping",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._mappings: dict[str, StreamMapping] = {}
        self._results: dict[str, str] = {}  # by the mapping's address

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if ":dynamodb:" not in entry.get("event_source_arn", ""):
            raise NotAliveError("only streams of tables invoke functions here yet")
        wanted(entry)
        on_failure(entry)
        check_numbers(entry)
        return {}

    async def start(self) -> None:
        for entry in self._parts.registry.alive(*self.types):
            await self.arrived(entry)

    async def stop(self) -> None:
        for uuid in tuple(self._mappings):
            await self._end(uuid)

    async def arrived(self, entry: Entry) -> None:
        """Reads on with the mapping's settings, from where it was."""
        await self._end(entry["uuid"])
        if entry.get("enabled", True):
            self._mappings[entry["uuid"]] = mapping = self._made(entry)
            await mapping.start()

    async def left(self, entry: Entry) -> None:
        """Reads no more, and forgets where it was."""
        await self._end(entry["uuid"])
        self._results.pop(entry.address, None)
        self._checkpoints(entry).unlink(missing_ok=True)

    async def _end(self, uuid: str) -> None:
        mapping = self._mappings.pop(uuid, None)
        if mapping is not None:
            await mapping.stop()

    def _checkpoints(self, entry: Entry) -> Path:
        return self._parts.folder / "checkpoints" / f"{entry['uuid']}.json"

    def reached_at(self, entry: Entry) -> str:
        return f"on each change of {entry['event_source_arn'].split(':table/')[-1].split('/')[0]}"

    def _made(self, entry: Entry) -> StreamMapping:
        streams = self._parts.streams
        return StreamMapping(
            self._settings(entry),
            records=StreamRecords(entry["event_source_arn"], streams.call, streams.changed),
            invoke=self._parts.functions.invoke,
            clock=self._parts.clock,
            checkpoints=FileCheckpoints(self._checkpoints(entry)),
            discarded=self._discarded(entry),
            attempted=functools.partial(self._attempted, entry.address, _function(entry)),
        )

    def _attempted(self, address: str, function: str, succeeded: bool, age: float) -> None:
        """Says of the mapping how the last attempt went, where that is another than before."""
        self._parts.meter.counted("IteratorAge", function, age * 1000)
        result = "OK" if succeeded else "PROBLEM: Function call failed"
        if self._results.get(address) != result:
            self._results[address] = result
            entry = self._parts.registry[address]
            self._parts.registry.put(replace(entry, values={**entry.values, "last_processing_result": result}))

    def _discarded(self, entry: Entry) -> Discarded:
        """Tells the mapping's destination of a batch, in the name of the function's role."""
        target, name = on_failure(entry), _function(entry)

        # The record is JSON, as Lambda documents it.
        async def discarded(record: Mapping[str, Any], event: bytes, shard: str) -> None:
            try:
                function = self._parts.functions.get(name)
            except AwsError:
                return  # without a function there is no role in whose name anybody could be told
            await self._parts.deliveries.discarded(function, target, record, event, f"{entry['uuid']}/{shard}")

        return discarded

    @staticmethod
    def _settings(entry: Entry) -> StreamSettings:
        """Source of the defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html."""
        return StreamSettings(
            stream_arn=entry["event_source_arn"],
            function=_function(entry),
            function_arn=entry["function_name"],
            batch_size=int(entry.get("batch_size", 100)),
            starting_position=entry.get("starting_position", "LATEST"),
            window=float(entry.get("maximum_batching_window_in_seconds", 0)),
            maximum_retry_attempts=int(entry.get("maximum_retry_attempts", FOREVER)),
            maximum_record_age=int(entry.get("maximum_record_age_in_seconds", FOREVER)),
            bisect=bool(entry.get("bisect_batch_on_function_error", False)),
            report_batch_item_failures="ReportBatchItemFailures" in entry.get("function_response_types", []),
            parallelization_factor=int(entry.get("parallelization_factor", 1)),
            tumbling_window=int(entry.get("tumbling_window_in_seconds", 0)),
            wanted=wanted(entry),
        )


def _function(entry: Entry) -> str:
    return named(str(entry["function_name"])).target


def on_failure(entry: Entry) -> str:
    """The ARN of who is told of batches that are given up; empty for nobody.

    Raises:
        UserError: It is nothing that can be told.
    """
    return destination(entry, entry.block("destination_config"), "on_failure", OF_STREAMS, "destination_arn")


def check_numbers(entry: Entry) -> None:
    """Refuses numbers that are out of Lambda's bounds.

    Raises:
        UserError: One is.
    """
    for name, (least, most) in BOUNDS.items():
        if not least <= int(entry.get(name, least)) <= most:
            raise UserError(f"{entry.address}.{name} is between {least} and {most}", where=entry.origin)
    if -1 < int(entry.get("maximum_record_age_in_seconds", FOREVER)) < LEAST_AGE:
        raise UserError(
            f"{entry.address}.maximum_record_age_in_seconds is -1, or at least {LEAST_AGE}", where=entry.origin
        )


def wanted(entry: Entry) -> Callable[[Mapping[str, Any]], bool]:
    """What tells whether one of a mapping's filters lets a record through.

    Raises:
        UserError: One is no event pattern.
    """
    filters = [_compiled(one.get("pattern") or "", entry) for one in entry.block("filter_criteria").get("filter") or ()]
    return (lambda record: any(lets_through(record) for lets_through in filters)) if filters else lambda _record: True


def _compiled(pattern: str, entry: Entry) -> Wanted:
    try:
        return compile_event_pattern(pattern)
    except PatternError as fault:
        raise UserError(
            f"a filter of {entry.address} is no event pattern: {fault}",
            where=entry.origin,
            hint="https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html lists what can be said",
        ) from fault
