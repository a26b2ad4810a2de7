"""What became of events and batches, on its way to whoever was to be told: dead letters and destinations.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions import targets
from terrarium.local.compute.functions.event_queue import Conclusion
from terrarium.local.compute.functions.settings import FunctionSettings
from terrarium.local.compute.functions.targets import Request, Text

#: Of the error's text, in a dead letter's attribute: 1 KB.
#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
_LONGEST_MESSAGE = 1024
_LAST_SECONDS = 10.0  # that deliveries may take while everything ends

#: Asks in the name of a role and of a session of it; the answer's status, headers and body.
Send = Callable[[Request, str, str], Awaitable[tuple[int, Mapping[str, str], bytes]]]


class Count(Protocol):
    """Takes one occurrence of a metric of a function."""

    def __call__(self, metric: str, function: str, /) -> None: ...


class Deliveries:
    """Tells of what has been dealt with, each once. What cannot be told is counted and said aloud.

    Args:
        clock: Time.
        send: Asks services.
        count: Counts what was not delivered.
        report: Told in a sentence of each such thing.
        new_id: Makes ids.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        send: Send,
        count: Count,
        report: Callable[[str], None],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._clock = clock
        self._send = send
        self._count = count
        self._report = report
        self._new_id = new_id
        self._tasks: set[asyncio.Task[None]] = set()

    def concluded(self, conclusion: Conclusion) -> None:
        """An event has been dealt with: its dead letter and its record are on their way."""
        function, settings = conclusion.function, conclusion.settings
        if not conclusion.succeeded and function.dead_letter:
            self._begin(function, function.dead_letter, dead_letter(conclusion), "DeadLetterErrors")
        destination = settings.on_success if conclusion.succeeded else settings.on_failure
        if destination:
            text = invocation_record(conclusion, self._key(f"async/{function.name}"))
            self._begin(function, destination, text, "DestinationDeliveryFailures")

    # The record is JSON, as Lambda documents it.
    async def discarded(
        self, function: FunctionSettings, destination: str, record: Mapping[str, Any], event: bytes, place: str
    ) -> None:
        """A mapping gives up a batch; returns once that is told, or could not be.

        Args:
            function: The mapping's.
            destination: Who is told; nobody where it is empty.
            record: What they are told.
            event: The batch as the function would have received it, which only a bucket gets.
            place: The mapping and the shard, for a bucket's key.
        """
        if destination:
            whole = {"payload": event.decode()} if targets.service_of(destination) == "s3" else {}
            text = Text(json.dumps({**record, **whole}), key=self._key(place))
            await self._deliver(function, destination, text, "DestinationDeliveryFailures")

    async def stop(self) -> None:
        """Returns once everything on its way has arrived; what takes too long is said to be lost."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, function: FunctionSettings, target: str, text: Text, metric: str) -> None:
        task = asyncio.create_task(self._deliver(function, target, text, metric))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, function: FunctionSettings, target: str, text: Text, metric: str) -> None:
        try:
            fault = targets.fault(*await self._send(targets.request_to(target, text), function.role, function.name))
        except AwsError as refusal:
            fault = refusal
        except asyncio.CancelledError:
            self._lost(function, target, metric, "the system ended first")
            raise
        if fault is not None:
            self._lost(function, target, metric, str(fault))

    def _lost(self, function: FunctionSettings, target: str, metric: str, reason: str) -> None:
        self._count(metric, function.name)
        what = "a dead letter" if metric == "DeadLetterErrors" else "an invocation record"
        self._report(f"{what} of function {function.name} did not reach {target}: {reason}")

    def _key(self, place: str) -> str:
        """A bucket's key: ``aws/lambda/<place>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<UUID>``."""
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        return f"aws/lambda/{place}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{self._new_id()}"


def dead_letter(conclusion: Conclusion) -> Text:
    """The event itself, with attributes that say what became of it.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    code, message = conclusion.error
    attributes = {
        "RequestID": ("String", conclusion.request_id),
        "ErrorCode": ("Number", str(code)),
        "ErrorMessage": ("String", message.encode()[:_LONGEST_MESSAGE].decode(errors="ignore") or "Unknown"),
    }
    return Text(conclusion.payload.decode(), attributes)


def invocation_record(conclusion: Conclusion, key: str) -> Text:
    """An event's invocation record, for any destination."""
    result = "Success" if conclusion.succeeded else "Failure"
    about = (str(conclusion.record["requestContext"]["functionArn"]),)
    title = f"Lambda Function Invocation Result - {result}"
    return Text(json.dumps(conclusion.record), title=title, about=about, key=key)
