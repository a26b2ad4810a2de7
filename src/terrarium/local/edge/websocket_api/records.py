"""What is written down of each request: an access log line, metrics, an event.

It decides nothing; where nobody listens it costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from terrarium.events import Event as Happened
from terrarium.events import Events
from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api.context import Event, log_variables, milliseconds
from terrarium.local.edge.websocket_api.integrations import Result
from terrarium.local.edge.websocket_api.replies import ProxyReply, Refusal
from terrarium.local.edge.websocket_api.selection import CONNECT
from terrarium.local.edge.websocket_api.settings import ApiSettings

Metric = Callable[[str, float], None]
"""A metric's name and one value of it.

Names: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
"""

_EVENT_KINDS = {"CONNECT": "connected", "MESSAGE": "message", "DISCONNECT": "disconnected"}


class LogSink(Protocol):
    """Where log lines go. It never blocks and never raises."""

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """One log event."""
        ...


def no_metric(name: str, value: float) -> None:
    """Counts nothing."""


class Records:
    """Writes down what happened to one API."""

    def __init__(self, clock: Clock, logs: LogSink | None, events: Events | None, metric: Metric) -> None:
        self._clock = clock
        self._logs = logs
        self._events = events
        self._metric = metric

    def request(self, settings: ApiSettings, context: Event, result: Result) -> None:
        """One request: a connection, a message, a disconnection."""
        self._count(context, result)
        if self._logs is not None and settings.access_log is not None:
            line = settings.access_log.format.render(log_variables(context, outcome(result)))
            self._logs.write(settings.access_log.group, settings.api_id, line, milliseconds(self._clock.now()))
        self._publish(settings, context, result)

    def sent(self) -> None:
        """One message that went to a client: "either from or to the client"."""
        self._metric("MessageCount", 1)

    def _count(self, context: Event, result: Result) -> None:
        for name in counted(context, result):
            self._metric(name, 1)
        if result.latency is not None:
            self._metric("IntegrationLatency", result.latency)

    def _publish(self, settings: ApiSettings, context: Event, result: Result) -> None:
        if self._events is None:
            return
        refused = context["eventType"] == "CONNECT" and not _admitted(result.answer)
        detail = {
            "connectionId": context["connectionId"],
            "route": context["routeKey"],
            "status": result.answer.status,
            "milliseconds": result.latency,
        }
        kind = "refused" if refused else _EVENT_KINDS[context["eventType"]]
        self._events.publish(Happened(self._clock.now(), settings.address, kind, detail))


def counted(context: Event, result: Result) -> list[str]:
    """The metrics that one request counts in."""
    names = ["MessageCount"] if context["eventType"] == "MESSAGE" else []
    if context["routeKey"] == CONNECT and result.latency is not None:
        names.append("ConnectCount")
    answer = result.answer
    if isinstance(answer, ProxyReply):
        return [*names, "IntegrationError"] if answer.status >= 400 else names
    return [*names, "ClientError" if result.latency is None and answer.status < 500 else "ExecutionError"]


def outcome(result: Result) -> dict[str, object]:
    """The access log variables that tell what came of a request.

    `integrationStatus` is Lambda's own status, `integration.status` the one that the function returned:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
    """
    answer = result.answer
    took = None if result.latency is None else round(result.latency)
    variables: dict[str, object] = {"status": answer.status, "integrationLatency": took, "integration.latency": took}
    if isinstance(answer, Refusal):
        return variables | _failure(answer, called=took is not None)
    if took is None:
        return variables
    lambdas = {"integrationStatus": 200, "integration.integrationStatus": 200}
    return {**variables, **lambdas, "integration.status": answer.status}


def _failure(refusal: Refusal, *, called: bool) -> dict[str, object]:
    error = refusal.message if called else None
    return {
        "error.message": refusal.message,
        "error.messageString": json.dumps(refusal.message),
        "error.responseType": refusal.response_type,
        "integrationErrorMessage": error,
        "integration.error": error,
    }


def _admitted(answer: ProxyReply | Refusal) -> bool:
    return isinstance(answer, ProxyReply) and 200 <= answer.status < 300
