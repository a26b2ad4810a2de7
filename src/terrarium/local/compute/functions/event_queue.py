"""Event invocations: accepted at once, run later, retried as documented, and told to whoever asks how they end.

See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. Retries are decided by
`EventAttempts`, which knows no time but what it is told; `EventQueue` sleeps and invokes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.report import iso
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult

RETRY_DELAYS = (60.0, 120.0)  # seconds before the first and the second retry of a function's error
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 300.0  # seconds, after throttling and after errors of the platform
MOST_WAITING = 10_000  # events; AWS has no such limit, a laptop's memory has


@dataclass(frozen=True, slots=True)
class EventSettings:
    """How a function's event invocations are treated.

    Attributes:
        maximum_retry_attempts: 0 to 2.
        maximum_event_age: Seconds, 60 to 21,600.
    """

    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0


@dataclass(slots=True)
class EventAttempts:
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
Invoke = Callable[[str, bytes, str], Awaitable[InvocationResult]]


@dataclass(slots=True)
class EventQueue:
    """The events that have been accepted and not yet dealt with.

    Args:
        clock: Time.
        invoke: Invokes a function by name with a payload and a request id.
        concluded: Called with the function's name and the invocation record when an event has been dealt with, for
            better or worse: any ``requestContext.condition`` but ``Success`` is a failure.
    """

    clock: Clock
    invoke: Invoke
    concluded: Callable[[str, Record], None]
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def put(self, function: FunctionSettings, settings: EventSettings, payload: bytes, request_id: str) -> None:
        """Accepts an event.

        Raises:
            AwsError: More wait already than a laptop holds.
        """
        if len(self._tasks) >= MOST_WAITING:
            reason = "CallerRateLimitExceeded"
            raise AwsError("TooManyRequestsException", "Rate Exceeded.", 429, Reason=reason, Type="User")
        attempts = EventAttempts(settings, self.clock.now())
        task = asyncio.create_task(self._run(function, attempts, payload, request_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Forgets what still waits."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, function: FunctionSettings, attempts: EventAttempts, payload: bytes, request_id: str) -> None:
        delay: float | None = 0.0
        result: InvocationResult | None = None
        while delay is not None:
            if delay:
                await self.clock.sleep(delay)
            result, delay = await self._attempt(function.name, attempts, payload, request_id, result)
        context = {
            "requestId": request_id,
            "functionArn": f"{function.arn}:{function.version}",
            "condition": attempts.condition,
            "approximateInvokeCount": attempts.invocations,
        }
        self.concluded(function.name, record(context, payload, result, self.clock.now()))

    async def _attempt(
        self, name: str, attempts: EventAttempts, payload: bytes, request_id: str, last: InvocationResult | None
    ) -> tuple[InvocationResult | None, float | None]:
        try:
            result = await self.invoke(name, payload, request_id)
        except AwsError:
            return last, attempts.refused(self.clock.now())
        if result.error is None:
            attempts.succeeded()
            return result, None
        return result, attempts.failed(self.clock.now())


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
