"""Work that goes on beside what started it, and ends with its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """A set of running tasks, each held until it is done (asyncio itself holds them only weakly)."""

    def __init__(self) -> None:
        # Results are for who started it.
        self._running: set[asyncio.Task[Any]] = set()

    # A coroutine's first two type arguments are what it yields and is sent: nothing that matters here.
    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Runs it beside the caller."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def finish(self, patience: float) -> None:
        """Returns once all that runs, and what that starts in turn, is done; what is not done by then is ended.

        Args:
            patience: Seconds to wait.
        """
        end = asyncio.get_running_loop().time() + patience
        while self._running and (remaining := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._running, timeout=remaining)
        await self.cancel()

    async def cancel(self) -> None:
        """Ends all that runs, and what it starts in ending."""
        while self._running:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
