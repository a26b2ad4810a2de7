"""What a log consists of, as plain values: events in streams in groups.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogsConcepts.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class Position(NamedTuple):
    """A place in the order of events: by time, then by arrival.

    Attributes:
        timestamp: Milliseconds since the epoch.
        id: The event's number.
    """

    timestamp: int
    id: int


#: Before every event, and after every one.
START = Position(-1, -1)
END = Position(2**62, 2**62)


# A tuple, because several of them are made for each invocation.
class LogEvent(NamedTuple):
    """One event.

    Attributes:
        timestamp: When it happened, in milliseconds since the epoch.
        ingested: When it arrived, likewise.
        id: Its number in the store, 0 before it is stored.
    """

    group: str
    stream: str
    timestamp: int
    message: str
    ingested: int
    id: int = 0

    @property
    def position(self) -> Position:
        return Position(self.timestamp, self.id)


class LogGroup(Struct, frozen=True):
    """A group: retention in days (None keeps events for ever), size in bytes, times in milliseconds."""

    name: str
    created: int
    retention: int | None
    size: int
    tags: Mapping[str, str]


class LogStream(Struct, frozen=True):
    """A stream of a group; its event times are None while it is empty. Milliseconds throughout."""

    name: str
    created: int
    first_event: int | None
    last_event: int | None
    last_ingested: int | None
