"""Event invocations: accepted at once, run later, retried as documented, and told to whoever asks how they end.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. Retries are decided by
`EventAttempts`; `EventQueue` sleeps and invokes, and keeps every event on disk from before it is accepted until it has
been dealt with, so that what was accepted runs at least once, also after a death of this process.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct, field

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.event_attempts import EventAttempts, EventSettings
from terrarium.local.compute.functions.event_store import EventStore, Waiting
from terrarium.local.compute.functions.meter import Meter, NoMeter
from terrarium.local.compute.functions.report import iso
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult

MOST_WAITING = 10_000  # events; AWS has no such limit, a laptop's memory has
MOST_BYTES = 256 * 1024 * 1024  # of these events together


# An invocation record as destinations receive it; payloads are JSON of any shape.
Record = Mapping[str, Any]


class Conclusion(Struct, frozen=True):
    """What became of an event.

    Attributes:
        function: The function, as it was when the event was accepted.
        settings: How its events were treated then.
        payload: The event.
        record: The invocation record.
        refusal: What the platform said where it would not run the function at last.
    """

    function: FunctionSettings
    settings: EventSettings
    payload: bytes
    record: Record
    refusal: AwsError | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the function returned."""
        return bool(self.record["requestContext"]["condition"] == "Success")

    @property
    def request_id(self) -> str:
        """The event's request id."""
        return str(self.record["requestContext"]["requestId"])

    @property
    def error(self) -> tuple[int, str]:
        """Status and text of the last failure: a function's own error comes with status 200."""
        if self.refusal is not None:
            return self.refusal.status, self.refusal.message
        payload = self.record.get("responsePayload")
        message = payload.get("errorMessage") if isinstance(payload, dict) else None
        return 200, message if isinstance(message, str) else json.dumps(payload)


Invoke = Callable[[str, bytes, str], Awaitable[InvocationResult]]


class _Attempt(Struct, frozen=True):
    """What the attempts so far gave: the last result, and the refusal if the very last was one."""

    result: InvocationResult | None = None
    refusal: AwsError | None = None


_NEVER = AwsError(
    "TooManyRequestsException", "Function not invoked: it is configured with zero reserved concurrent executions", 429
)


class EventQueue(Struct):
    """The events that have been accepted and not yet dealt with.

    Args:
        clock: Time.
        invoke: Invokes a function by name with a payload and a request id.
        concluded: Called when an event has been dealt with, for better or worse.
        meter: Counts events.
        store: Where they are kept; in memory, if not given.
    """

    clock: Clock
    invoke: Invoke
    concluded: Callable[[Conclusion], None]
    meter: Meter = field(default_factory=NoMeter)
    store: EventStore = field(default_factory=EventStore)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _bytes: int = 0

    def put(
        self, function: FunctionSettings, settings: EventSettings, payload: bytes, request_id: str, target: str = ""
    ) -> None:
        """Accepts an event: once this returns it is kept.

        Args:
            function: The function, or the version of it that is invoked.
            settings: How it is treated.
            payload: The event.
            request_id: Its id.
            target: What `invoke` is called with, where that is not the function's name: ``name:qualifier``.

        Raises:
            AwsError: More wait already than a laptop holds, or it cannot be kept.
        """
        if len(self._tasks) >= MOST_WAITING or self._bytes + len(payload) > MOST_BYTES:
            reason = "CallerRateLimitExceeded"
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason, Type="User")
        now = self.clock.now()
        event = Waiting(request_id, target or function.name, payload, EventAttempts(settings, now), now)
        try:
            self.store.add(event)
        except OSError as fault:
            raise AwsError("ServiceException", f"The event could not be kept: {fault}", 500, Type="Service") from fault
        self.meter.counted("AsyncEventsReceived", function.name)
        self._begin(function, event)

    def resume(self, find: Callable[[str], FunctionSettings]) -> list[str]:
        """Takes up what an earlier run accepted and did not deal with.

        Args:
            find: The function that an event is for, by what was invoked.

        Returns:
            What was invoked of each event that went with its function.
        """
        lost = []
        for event in self.store.waiting():
            try:
                function = find(event.target)
            except AwsError:
                self.store.remove(event.request_id)
                lost.append(event.target)
            else:
                self._begin(function, event)
        return lost

    async def stop(self) -> None:
        """Tries nothing any more; what still waits is kept for the next start."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.store.close()

    def _begin(self, function: FunctionSettings, event: Waiting) -> None:
        task = asyncio.create_task(self._run(function, event))
        self._tasks.add(task)
        self._bytes += len(event.payload)
        task.add_done_callback(lambda task: self._done(task, len(event.payload)))

    def _done(self, task: asyncio.Task[None], size: int) -> None:
        self._tasks.discard(task)
        self._bytes -= size

    async def _run(self, function: FunctionSettings, event: Waiting) -> None:
        attempts, last = event.attempts, _Attempt()
        delay: float | None = max(0.0, event.due - self.clock.now())
        if attempts.too_old(self.clock.now()):
            delay = None
        elif (
            function.reserved_concurrency == 0
        ):  # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
            delay, last = None, _Attempt(refusal=_NEVER)
            attempts.condition = "ZeroReservedConcurrency"
        while delay is not None:
            if delay:
                await self.clock.sleep(delay)
            last, delay = await self._attempt(event, last)
            if delay is not None:
                self.store.postpone(event, self.clock.now() + delay)
        self._conclude(function, event, last)
        self.store.remove(event.request_id)

    def _conclude(self, function: FunctionSettings, event: Waiting, last: _Attempt) -> None:
        attempts = event.attempts
        context = {
            "requestId": event.request_id,
            # As it was invoked: which version of an alias ran is said beside it, in `executedVersion`.
            "functionArn": f"{function.arn}:{event.target.partition(':')[2] or function.version}",
            "condition": attempts.condition,
            "approximateInvokeCount": attempts.invocations,
        }
        if attempts.condition != "Success":
            self.meter.counted("AsyncEventsDropped", function.name)
        outcome = record(context, event.payload, last.result, self.clock.now())
        self.concluded(Conclusion(function, attempts.settings, event.payload, outcome, last.refusal))

    async def _attempt(self, event: Waiting, last: _Attempt) -> tuple[_Attempt, float | None]:
        attempts = event.attempts
        self.meter.counted("AsyncEventAge", event.target, (self.clock.now() - attempts.accepted) * 1000)
        try:
            result = await self.invoke(event.target, event.payload, event.request_id)
        except AwsError as refusal:
            gone = refusal.code == "ResourceNotFoundException"  # it will not come back by itself: retried as an error
            delay = attempts.failed(self.clock.now()) if gone else attempts.refused(self.clock.now())
            return _Attempt(last.result, refusal), delay
        if result.error is None:
            attempts.succeeded()
            return _Attempt(result), None
        return _Attempt(result), attempts.failed(self.clock.now())


def record(context: Record, payload: bytes, result: InvocationResult | None, now: float) -> Record:
    """The invocation record that a destination receives.

    See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations.
    """
    shape: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso(now),
        "requestContext": context,
        "requestPayload": json.loads(payload),
    }
    if result is not None:
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": result.executed_version}
        if result.error is not None:
            response["functionError"] = result.error
        shape |= {"responseContext": response, "responsePayload": _json(result.payload)}
    return shape


# Whatever the handler returned.
def _json(payload: bytes) -> Any:
    try:
        return json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return payload.decode(errors="replace")
