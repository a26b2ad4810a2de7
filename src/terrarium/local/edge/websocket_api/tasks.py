"""Work that goes on beside what started it, and ends with its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """A set of running tasks, each held until it is done (asyncio itself holds them only weakly)."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    # A coroutine's first two type arguments are what it yields and is sent: nothing that matters here.
    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Runs it beside the caller."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def finish(self) -> None:
        """Returns once all that runs, and what that starts in turn, is done."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def cancel(self) -> None:
        """Ends all that runs."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
