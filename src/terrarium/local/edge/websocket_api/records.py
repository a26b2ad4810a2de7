"""What is written down of each request: an access log line, metrics, an event.

It decides nothing; where nobody listens it costs next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from terrarium.events import Event as Happened
from terrarium.events import Events
from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api.context import Event, log_variables, milliseconds
from terrarium.local.edge.websocket_api.execution_log import SILENT, LogSink, Trace, group_of
from terrarium.local.edge.websocket_api.integrations import Result
from terrarium.local.edge.websocket_api.replies import ProxyReply, Refusal
from terrarium.local.edge.websocket_api.selection import CONNECT
from terrarium.local.edge.websocket_api.settings import ApiSettings

Metric = Callable[[str, float, str], None]
"""A metric's name, one value of it, and the route that it is of, empty where it is of none.

Names: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
"""

_EVENT_KINDS = {"CONNECT": "connected", "MESSAGE": "message", "DISCONNECT": "disconnected"}


def no_metric(name: str, value: float, route: str) -> None:
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

    def trace(self, settings: ApiSettings, route_key: str, request_id: str) -> Trace:
        """The execution log of one request."""
        route = settings.routes.get(route_key)
        logging = (route.logging if route is not None else None) or settings.logging
        logs = self._logs
        if logs is None or logging.level == "OFF":
            return SILENT
        group = group_of(settings.api_id, settings.stage)
        return Trace(
            request_id,
            logging,
            lambda line: logs.write(group, settings.api_id, line, milliseconds(self._clock.now())),
        )

    def sent(self, route: str) -> None:
        """One message that went to a client ("either from or to the client"): a route's answer, or a callback's."""
        self._metric("MessageCount", 1, route)

    def _count(self, context: Event, result: Result) -> None:
        for name in counted(context, result):
            self._metric(name, 1, context["routeKey"])
        if result.latency is not None and not result.mock:
            self._metric("IntegrationLatency", result.latency, context["routeKey"])

    def _publish(self, settings: ApiSettings, context: Event, result: Result) -> None:
        if self._events is None or not self._events.heard:
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
    took = None if result.latency is None or result.mock else round(result.latency)
    variables: dict[str, object] = {"status": answer.status, "integrationLatency": took, "integration.latency": took}
    if isinstance(answer, Refusal):
        return variables | _failure(answer, result.reason, called=took is not None)
    if took is None:
        return variables
    lambdas = {"integrationStatus": 200, "integration.integrationStatus": 200}
    return {**variables, **lambdas, "integration.status": answer.status}


def _failure(refusal: Refusal, reason: str, *, called: bool) -> dict[str, object]:
    error = refusal.message if called else None
    return {
        "error.message": refusal.message,
        "error.messageString": json.dumps(refusal.message),
        "error.responseType": refusal.response_type,
        "error.validationErrorString": reason or None,
        "integrationErrorMessage": error,
        "integration.error": error,
    }


def _admitted(answer: ProxyReply | Refusal) -> bool:
    return isinstance(answer, ProxyReply) and answer.succeeded
