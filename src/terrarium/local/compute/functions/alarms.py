"""Many deadlines on one clock: setting one costs no task, so that each invocation can have its timeout."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

from terrarium.local.clock import Clock


class Alarm:
    """One deadline that can be moved or taken back.

    Args:
        alarms: Where it is kept.
        ring: What is called when its time has come.
    """

    __slots__ = ("_alarms", "_armed", "due", "ring")

    def __init__(self, alarms: Alarms, ring: Callable[[], None]) -> None:
        self._alarms = alarms
        self.ring = ring
        self.due: float | None = None
        self._armed: float | None = None  # the earliest entry in the heap; a later deadline waits for it and moves on

    def set(self, seconds: float) -> None:
        """Rings once, so many seconds from now, instead of whenever it was to ring."""
        self.due = self._alarms.clock.monotonic() + seconds
        if self._armed is None or self.due < self._armed:
            self._arm(self.due)

    def clear(self) -> None:
        """Does not ring any more."""
        self.due = None

    def reached(self, when: float) -> None:
        """The heap's entry for that moment came up."""
        if when != self._armed:
            return  # an earlier entry took its place
        self._armed = None
        if self.due is None:
            return
        if self.due > when:
            self._arm(self.due)
        else:
            self.due = None
            self.ring()

    def _arm(self, when: float) -> None:
        self._armed = when
        self._alarms.push(when, self)


class Alarms:
    """Keeps deadlines and rings them in order; one task, which sleeps until the next.

    Args:
        clock: The time they are measured in.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._task: asyncio.Task[None] | None = None
        self._asleep_until = 0.0

    def new(self, ring: Callable[[], None]) -> Alarm:
        """An alarm that is not set yet."""
        return Alarm(self, ring)

    def push(self, when: float, alarm: Alarm) -> None:
        """Has `alarm` told when that moment comes."""
        heapq.heappush(self._heap, (when, next(self._order), alarm))
        if self._task is None or self._task.done() or when < self._asleep_until:
            self._restart()

    async def stop(self) -> None:
        """Rings no more."""
        self._heap.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _restart(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._asleep_until = self._heap[0][0]
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._heap:
            self._asleep_until = self._heap[0][0]
            await self.clock.sleep(max(0.0, self._asleep_until - self.clock.monotonic()))
            self._asleep_until = float("-inf")  # ringing may set alarms; this task looks at them itself
            while self._heap and self._heap[0][0] <= self.clock.monotonic():
                when, _, alarm = heapq.heappop(self._heap)
                alarm.reached(when)
