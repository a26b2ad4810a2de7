"""The execution log: what API Gateway tells of a request's way through it, by the route's logging level.

It writes down what it is told and decides nothing but whether a line is written; where logging is off it costs nothing.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from terrarium.errors import UserError

LEVELS: Final = ("OFF", "ERROR", "INFO")
"""https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html (LoggingLevel)"""

EVENT_BYTES: Final = 1024
"""A longer line is cut: "API Gateway currently limits log events to 1024 bytes" (set-up-logging)."""

_SECRET: Final = frozenset({"authorization", "x-api-key", "x-amz-security-token", "cookie"})
"""API Gateway "redacts authorization headers, API key values, and similar sensitive request parameters"."""

Write = Callable[[str], None]
"""Takes one line."""


class LogSink(Protocol):
    """Where log lines go. It never blocks and never raises."""

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """One log event."""
        ...


class Logging(Struct, frozen=True):
    """What of a route's requests is logged.

    Attributes:
        level: ``OFF``, ``ERROR`` or ``INFO``.
        data: Whether messages, events and replies are logged too; with ``INFO`` only.
    """

    level: str = "OFF"
    data: bool = False

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise UserError(f"the logging level {self.level!r} is unknown", hint=f"choose one of {', '.join(LEVELS)}")


OFF: Final = Logging()


def group_of(api_id: str, stage: str) -> str:
    """The log group that API Gateway makes for a WebSocket stage's execution log."""
    return f"/aws/apigateway/{api_id}/{stage}"


class Trace:
    """The lines of one request.

    Args:
        request_id: It begins each line, so that the lines of requests that run side by side can be told apart.
        logging: What is wanted.
        write: Takes a line.
    """

    __slots__ = ("_data", "_errors", "_infos", "_request_id", "_write")

    def __init__(self, request_id: str, logging: Logging, write: Write) -> None:
        self._request_id = request_id
        self._write = write
        self._errors = logging.level != "OFF"
        self._infos = logging.level == "INFO"
        self._data = self._infos and logging.data

    def error(self, text: str) -> None:
        """Something failed."""
        if self._errors:
            self._line(text)

    def info(self, text: str, *values: object) -> None:
        """A step on the way; values are put into the text only where it is written."""
        if self._infos:
            self._line(text % values)

    def data(self, label: str, value: bytes | str | Mapping[str, Any]) -> None:  # an event's values are any JSON
        """What went through: a message, an event, a reply; the log of them has to be asked for."""
        if self._data:
            self._line(f"{label}: {_text(value)}")

    def _line(self, text: str) -> None:
        line = f"({self._request_id}) {text}"
        encoded = line.encode("utf-8", "replace")
        if len(encoded) > EVENT_BYTES:
            line = encoded[: EVENT_BYTES - len(b" [TRUNCATED]")].decode("utf-8", "ignore") + " [TRUNCATED]"
        self._write(line)


def _nothing(line: str) -> None:
    """Writes nothing."""


SILENT: Final = Trace("", OFF, _nothing)
"""Of a request that nobody logs."""


def _text(value: bytes | str | Mapping[str, Any]) -> str:  # an event's values are any JSON
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(_redacted(value), ensure_ascii=False)


def _redacted(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with secrets in its headers masked, and without the copies of its headers."""
    shown = {name: value for name, value in event.items() if name != "multiValueHeaders"}
    if isinstance(headers := shown.get("headers"), dict):
        shown["headers"] = {name: "*****" if name.lower() in _SECRET else value for name, value in headers.items()}
    return shown
