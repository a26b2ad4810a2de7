"""Event invocations: accepted at once, run later, retried as documented, and told to whoever asks how they end.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. Retries are decided by
`EventAttempts`, which knows no time but what it is told; `EventQueue` sleeps and invokes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct, field

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.meter import Meter, NoMeter
from terrarium.local.compute.functions.report import iso
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult

RETRY_DELAYS = (60.0, 120.0)  # seconds before the first and the second retry of a function's error
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 300.0  # seconds, after throttling and after errors of the platform
MOST_WAITING = 10_000  # events; AWS has no such limit, a laptop's memory has


class EventSettings(Struct, frozen=True):
    """How a function's event invocations are treated.

    Attributes:
        maximum_retry_attempts: 0 to 2.
        maximum_event_age: Seconds, 60 to 21,600.
        on_success: ARN of who is told of events that succeed; empty for nobody.
        on_failure: ARN of who is told of the others.
    """

    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0
    on_success: str = ""
    on_failure: str = ""


class EventAttempts(Struct):
    """What to do after each attempt at one event.

    Args:
        settings: The function's.
        accepted: When the event was accepted, in seconds.
    """

    settings: EventSettings
    accepted: float
    failures: int = 0
    invocations: int = 0
    condition: str = ""
    _back_off: float = FIRST_BACK_OFF

    def succeeded(self) -> None:
        """The function returned."""
        self.invocations += 1
        self.condition = "Success"

    def failed(self, now: float) -> float | None:
        """The function raised or timed out.

        Returns:
            Seconds until the next attempt; None where it is given up, `condition` saying why.
        """
        self.invocations += 1
        self.failures += 1
        if self.failures > self.settings.maximum_retry_attempts:
            self.condition = "RetriesExhausted"
            return None
        return self._unless_too_old(now, RETRY_DELAYS[self.failures - 1])

    def refused(self, now: float) -> float | None:
        """The platform did not run it; as `failed`."""
        delay = self._back_off
        self._back_off = min(2 * delay, LONGEST_BACK_OFF)
        return self._unless_too_old(now, delay)

    def _unless_too_old(self, now: float, delay: float) -> float | None:
        if now + delay > self.accepted + self.settings.maximum_event_age:
            self.condition = "EventAgeExceeded"
            return None
        return delay


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
    """

    clock: Clock
    invoke: Invoke
    concluded: Callable[[Conclusion], None]
    meter: Meter = field(default_factory=NoMeter)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def put(
        self, function: FunctionSettings, settings: EventSettings, payload: bytes, request_id: str, target: str = ""
    ) -> None:
        """Accepts an event.

        Args:
            function: The function, or the version of it that is invoked.
            settings: How it is treated.
            payload: The event.
            request_id: Its id.
            target: What `invoke` is called with, where that is not the function's name: ``name:qualifier``.

        Raises:
            AwsError: More wait already than a laptop holds.
        """
        if len(self._tasks) >= MOST_WAITING:
            reason = "CallerRateLimitExceeded"
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason, Type="User")
        self.meter.counted("AsyncEventsReceived", function.name)
        attempts = EventAttempts(settings, self.clock.now())
        task = asyncio.create_task(self._run(function, attempts, payload, request_id, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Forgets what still waits."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(
        self, function: FunctionSettings, attempts: EventAttempts, payload: bytes, request_id: str, target: str
    ) -> None:
        delay: float | None = 0.0
        last = _Attempt()
        if (
            function.reserved_concurrency == 0
        ):  # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
            delay, last = None, _Attempt(refusal=_NEVER)
            attempts.condition = "ZeroReservedConcurrency"
        while delay is not None:
            if delay:
                await self.clock.sleep(delay)
            last, delay = await self._attempt(target or function.name, attempts, payload, request_id, last)
        context = {
            "requestId": request_id,
            # As it was invoked: which version of an alias ran is said beside it, in `executedVersion`.
            "functionArn": f"{function.arn}:{target.partition(':')[2] or function.version}",
            "condition": attempts.condition,
            "approximateInvokeCount": attempts.invocations,
        }
        if attempts.condition != "Success":
            self.meter.counted("AsyncEventsDropped", function.name)
        outcome = record(context, payload, last.result, self.clock.now())
        self.concluded(Conclusion(function, attempts.settings, payload, outcome, last.refusal))

    async def _attempt(
        self, name: str, attempts: EventAttempts, payload: bytes, request_id: str, last: _Attempt
    ) -> tuple[_Attempt, float | None]:
        self.meter.counted("AsyncEventAge", name, (self.clock.now() - attempts.accepted) * 1000)
        try:
            result = await self.invoke(name, payload, request_id)
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
