"""Time limits for many things at once, on a clock that is passed in.

It knows nothing of what it times. What runs out of time is told so and goes on running: a function that API Gateway
stopped waiting for is not stopped by that.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from terrarium.local.clock import Clock


class Deadline:
    """One thing's time limit."""

    __slots__ = ("_line", "at", "expire")

    def __init__(self, at: float, expire: Callable[[], None], line: OrderedDict[Deadline, None]) -> None:
        self.at = at
        self.expire = expire
        self._line = line

    def met(self) -> bool:
        """Ends the limit. True if there was time left, False if it had run out before."""
        if self not in self._line:
            return False
        del self._line[self]
        return True


class Deadlines:
    """All time limits of one API.

    Limits of the same length run out in the order in which they were set, so each length has one queue and one task
    that sleeps until its head: setting and meeting a limit costs no timer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: dict[float, OrderedDict[Deadline, None]] = {}
        self._watchers: dict[float, asyncio.Task[None]] = {}

    def set(self, seconds: float, expire: Callable[[], None]) -> Deadline:
        """Calls `expire` once that many seconds have passed, unless the limit was met before."""
        line = self._lines.setdefault(seconds, OrderedDict())
        deadline = Deadline(self._clock.monotonic() + seconds, expire, line)
        line[deadline] = None
        if seconds not in self._watchers:
            self._watchers[seconds] = asyncio.create_task(self._watch(seconds, line), name="websocket-api-deadlines")
        return deadline

    async def close(self) -> None:
        """Stops watching; limits that are set no longer run out."""
        watchers = list(self._watchers.values())
        self._watchers.clear()
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

    async def _watch(self, seconds: float, line: OrderedDict[Deadline, None]) -> None:
        while line:
            head = next(iter(line))
            remaining = head.at - self._clock.monotonic()
            if remaining > 0:
                await self._clock.sleep(remaining)
            elif head.met():
                head.expire()
        del self._watchers[seconds]
