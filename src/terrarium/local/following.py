"""Log events as plain values, the last few first and then as they come, for whoever follows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from terrarium.local.watch.log_records import LogEvent
from terrarium.local.watch.logs import LogStore

# An event as plain JSON values.
Line = Mapping[str, Any]
# A reader that is slower than this loses lines rather than filling memory; all of them are in the log.
WAITING = 10_000


def line(event: LogEvent) -> Line:
    """One event."""
    return {"time": event.timestamp, "group": event.group, "stream": event.stream, "message": event.message}


async def follow(logs: LogStore, groups: Sequence[str], *, last: int, on: bool) -> AsyncIterator[Line]:
    """The last events, then the coming ones until the reader has had enough.

    Args:
        logs: Where they are kept.
        groups: Names of the groups to follow; none for every group.
        last: How many of the past.
        on: Whether to go on with what comes.
    """
    waiting: asyncio.Queue[Line] = asyncio.Queue(WAITING)
    loop = asyncio.get_running_loop()

    def offer(event: LogEvent) -> None:
        if not waiting.full():
            waiting.put_nowait(line(event))

    def heard(event: LogEvent) -> None:  # in the writer's thread
        if not groups or event.group in groups:
            loop.call_soon_threadsafe(offer, event)

    for event in logs.tail(last, groups):
        yield line(event)
    if not on:
        return
    unsubscribe = logs.subscribe(heard)
    try:
        while True:
            yield await waiting.get()
    finally:
        unsubscribe()
