"""How fast and how far the number of workers may grow, so that a laptop stays usable whatever a system does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

# Called when its turn has come; says whether a worker was started.
Start = Callable[[], bool]


class StartGate:
    """Lets starts through a few at a time, and asks for an idle worker's place when there are too many.

    Args:
        at_once: How many may be in Init at the same time.
        most: How many workers there may be.
        evict: Retires an idle worker; says whether there was one. Its end must reach `ended`.
    """

    def __init__(self, at_once: int, most: int, evict: Callable[[], bool]) -> None:
        self._at_once = at_once
        self._most = most
        self._evict = evict
        self._queue: deque[Start] = deque()
        self._starting = 0
        self._running = 0
        self._pumping = False

    def request(self, start: Start) -> None:
        """Queues a start."""
        self._queue.append(start)
        self.pump()

    def started(self) -> None:
        """A worker has left Init."""
        self._starting -= 1
        self.pump()

    def ended(self) -> None:
        """A worker is gone."""
        self._running -= 1
        self.pump()

    def pump(self) -> None:
        """Lets through what may go; to be called too when a worker has become idle."""
        if self._pumping:
            return  # evicting or starting led back here; the loop below goes on
        self._pumping = True
        try:
            while self._queue and self._starting < self._at_once and self._has_room():
                self._let_through(self._queue.popleft())
        finally:
            self._pumping = False

    def _let_through(self, start: Start) -> None:
        if start():
            self._starting += 1
            self._running += 1

    def _has_room(self) -> bool:
        return self._running < self._most or self._evict()
