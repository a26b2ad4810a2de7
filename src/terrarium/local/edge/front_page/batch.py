"""What a viewer has not been told yet, in bounded memory. Pure: however much happens, a message stays small."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from terrarium.events import Event

MOST_LINES = 400
MOST_RESOURCES = 500
LONGEST_LINE = 16_384  # characters; the log itself has all of them
_LONGEST_FACT = 300
_MOST_FACTS = 12

# Plain JSON values.
Facts = Mapping[str, Any]


class Batch:
    """Gathers log lines and events until they are taken.

    The newest lines stay, older ones are counted. Events become counts for each resource, with the last one's facts.
    """

    def __init__(self) -> None:
        self._lines: deque[Facts] = deque(maxlen=MOST_LINES)
        self._lost = 0
        self._pulses: dict[str, dict[str, Any]] = {}  # as they go on the wire

    def line(self, line: Facts) -> None:
        """Adds a log line."""
        self._lost += len(self._lines) == MOST_LINES
        self._lines.append(shortened(line))

    def event(self, event: Event) -> None:
        """Adds what happened to a resource."""
        if event.resource not in self._pulses and len(self._pulses) >= MOST_RESOURCES:
            return
        pulse = self._pulses.setdefault(event.resource, {"counts": {}})
        counts = pulse["counts"]
        counts[event.kind] = counts.get(event.kind, 0) + 1
        pulse |= {"time": event.time, "kind": event.kind, "detail": _plain(event.detail)}

    def take(self) -> dict[str, Any]:  # as they go on the wire
        """Everything gathered, as plain JSON values; nothing is kept."""
        taken = {"lines": [*self._lines], "lost": self._lost, "pulses": self._pulses}
        self._lines.clear()
        self._lost = 0
        self._pulses = {}
        return taken


def shortened(line: Facts) -> Facts:
    """The same line; a very long one is cut, and says so."""
    message = line["message"]
    if len(message) <= LONGEST_LINE:
        return line
    return {**line, "message": f"{message[:LONGEST_LINE]}… ({len(message)} characters)"}


def _plain(detail: Facts) -> dict[str, Any]:  # scalar JSON values
    """The facts that fit beside a name: numbers and short texts."""
    scalars = {name: value for name, value in detail.items() if isinstance(value, str | int | float | None)}
    first = list(scalars.items())[:_MOST_FACTS]
    return {name: value[:_LONGEST_FACT] if isinstance(value, str) else value for name, value in first}
