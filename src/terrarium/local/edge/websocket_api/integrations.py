"""Calling what a route integrates, by its type, within its time limit.

It knows no connections: an event goes to the backend that was passed in, and a result comes back. What each type does
is in `integration_types`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api.context import Event
from terrarium.local.edge.websocket_api.deadlines import Deadlines
from terrarium.local.edge.websocket_api.execution_log import SILENT, Trace
from terrarium.local.edge.websocket_api.http_backend import HttpBackend
from terrarium.local.edge.websocket_api.integration_types import (
    TYPES,
    BackendError,
    Call,
    CallService,
    Invoke,
    answer,
    no_services,
)
from terrarium.local.edge.websocket_api.replies import ProxyReply, Refusal
from terrarium.local.edge.websocket_api.settings import ApiSettings, Integration, Route
from terrarium.local.edge.websocket_api.tasks import Tasks

T = TypeVar("T")
U = TypeVar("U")
_log = logging.getLogger(__name__)


class Result(Struct, frozen=True):
    """What came of a request.

    Attributes:
        answer: The integration's reply, or what API Gateway says instead.
        latency: Milliseconds that the integration took; None where none was called.
        mock: Whether that was a mock, whose latency is nobody's.
        reason: What was wrong with a message that its model refused.
    """

    answer: ProxyReply | Refusal
    latency: float | None = None
    mock: bool = False
    reason: str = ""


def check_types(settings: ApiSettings) -> None:
    """Raises UserError for an integration type that does not come alive."""
    for route in settings.routes.values():
        if route.integration is not None and route.integration.type not in TYPES:
            raise UserError(
                f"the route {route.key!r} has an integration of type {route.integration.type}",
                hint=f"WebSocket APIs on the laptop integrate {', '.join(TYPES)}",
            )


class Integrations:
    """Calls integrations, each within its own time.

    Args:
        invoke: Runs functions.
        clock: Time for the limits.
        tasks: Where calls run, which go on after API Gateway stopped waiting for them.
        http: Calls HTTP endpoints; ended with this.
        services: Calls AWS services.
    """

    def __init__(
        self, invoke: Invoke, clock: Clock, tasks: Tasks, http: HttpBackend, services: CallService = no_services
    ) -> None:
        self._invoke = invoke
        self._services = services
        self._http = http
        self._clock = clock
        self._tasks = tasks
        self._deadlines = Deadlines(clock)

    async def call(self, route: Route, integration: Integration, event: Event, trace: Trace = SILENT) -> Result:
        """What the integration answers, or that it failed or took too long; it raises nothing."""
        call = Call(route, integration, event, trace, self._invoke, self._http, self._services)
        late, failed = Refusal.INTEGRATION_TIMEOUT, Refusal.INTEGRATION_FAILURE
        found, latency = await self.within(
            integration.timeout,
            lambda: answer(call),
            f"route {route.key}",
            late=late,
            failed=failed,
            failure=trace.error,
        )
        if found is late:
            trace.error("Execution failed due to a timeout error")
        trace.info("Received response. Integration latency: %d ms", latency)
        return Result(found, latency, mock=integration.type == "MOCK")

    async def within(
        self,
        seconds: float,
        work: Callable[[], Awaitable[T]],
        what: str,
        *,
        late: U,
        failed: U,
        failure: Callable[[str], None] = lambda _: None,
    ) -> tuple[T | U, float]:
        """What a call answers within its time, and the milliseconds it took; it raises nothing.

        Args:
            seconds: The time.
            work: The call; it goes on where nobody waits for it any longer.
            what: What is called, for the log.
            late: The answer where time ran out.
            failed: The answer where the call failed.
            failure: Told why it failed.
        """
        started = self._clock.monotonic()
        outcome: asyncio.Future[T | U] = asyncio.get_running_loop().create_future()
        deadline = self._deadlines.set(seconds, lambda: _settle(outcome, late))
        self._tasks.start(_answer(work, what, failed, outcome, failure), "websocket-api-integration")
        try:
            answer = await outcome
        finally:
            deadline.met()
        return answer, (self._clock.monotonic() - started) * 1000

    async def close(self) -> None:
        """Stops timing what is still called, and lets go of connections."""
        await self._deadlines.close()
        await self._http.close()


async def _answer(
    work: Callable[[], Awaitable[T]],
    what: str,
    failed: U,
    outcome: asyncio.Future[T | U],
    failure: Callable[[str], None],
) -> None:
    answer: T | U = failed
    try:
        answer = await work()
    except (AwsError, BackendError) as error:
        # Lambda refused (too many requests, no such function), or an endpoint cannot be reached. The client learns no
        # more than that it failed.
        _log.warning("%s: %s", what, error)
        failure(f"Execution failed due to an error of the integration: {error}")
    except Exception:  # noqa: BLE001  # whatever a backend raises, its client is told no more than that it failed
        _log.exception("%s: the backend failed", what)
        failure("Execution failed due to an internal error")
    finally:
        _settle(outcome, answer)


def _settle(outcome: asyncio.Future[T], answer: T) -> None:
    if not outcome.done():
        outcome.set_result(answer)
