"""Tumbling windows: a state that goes from one invocation to the next, as long as their records are of one window.

Pure: whoever delivers says what time it is.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from terrarium.local.compute.functions.stream_batch import StreamRecord, created

LARGEST_STATE = 1_048_576  # bytes, for each shard; a state beyond that ends its window early

_AROUND = 512  # bytes of an event beside its records and the state
# A state is whatever JSON the function keeps there.
State = Any


class TumblingWindow(Struct):
    """The window of a shard, open from its first record until it is closed.

    Args:
        seconds: How long windows are; 0 for none.
    """

    seconds: int
    start: int | None = None
    state: State = None

    @property
    def end(self) -> float:
        """When the open window is over, in seconds since the epoch; never, if none is open."""
        return float("inf") if self.start is None else float(self.start + self.seconds)

    def of(self, record: StreamRecord) -> int | None:
        """When a record's window begins."""
        return int(created(record)) // self.seconds * self.seconds if self.seconds else None

    def end_of(self, record: StreamRecord) -> float:
        """When a record's window is over; never, without windows."""
        start = self.of(record)
        return float("inf") if start is None else float(start + self.seconds)

    def open(self, record: StreamRecord) -> None:
        """Begins the window of a record, unless it is open."""
        if self.start is None:
            self.start, self.state = self.of(record), {}

    def close(self) -> None:
        """Ends the window; its state is gone."""
        self.start = self.state = None

    def members(self, shard_id: str, *, final: bool = False, early: bool = False) -> dict[str, Any]:
        """What an event says of the open window, besides its records and their source; nothing without windows."""
        if self.start is None:
            return {}
        return {
            "window": {"start": _iso(self.start), "end": _iso(self.start + self.seconds)},
            "state": self.state,
            "shardId": shard_id,
            "isFinalInvokeForWindow": final,
            "isWindowTerminatedEarly": early,
        }

    def accept(self, payload: bytes) -> bool:
        """Takes the state that a function returned.

        Returns:
            False where it returned none, which is a failure.
        """
        if self.start is None:
            return True
        try:
            answer = json.loads(payload or b"null")
        except (ValueError, RecursionError):
            return False
        if not isinstance(answer, dict) or "state" not in answer:
            return False
        self.state = answer["state"]
        return True

    @property
    def size(self) -> int:
        """Bytes that an event is longer by; nothing without windows."""
        return 0 if self.start is None else len(json.dumps(self.state)) + _AROUND

    @property
    def is_full(self) -> bool:
        """Whether the state is larger than a state may be."""
        return self.size > LARGEST_STATE + _AROUND

    def kept(self, place: str) -> str:
        """A place as it is kept: with the state, where a window is open."""
        return place if self.start is None else json.dumps({"place": place, "start": self.start, "state": self.state})

    def remember(self, place: str) -> None:
        """Goes on with the state that was kept with a place."""
        if place.startswith("{") and self.seconds:
            kept = json.loads(place)
            self.start, self.state = kept["start"], kept["state"]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
