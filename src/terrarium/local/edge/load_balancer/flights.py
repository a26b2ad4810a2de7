"""Which requests targets are working on, so that they can be ended when a target's time is over."""

from __future__ import annotations

import asyncio
from typing import Any

from terrarium.local.edge.load_balancer.settings import Target


class Flights:
    """Tasks and the targets that they wait for."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[Any], tuple[str, Target]] = {}  # aiohttp's tasks, of whatever result
        self._cut: set[asyncio.Task[Any]] = set()

    def begin(self, arn: str, target: Target) -> asyncio.Task[Any]:
        """Notes that the current task waits for a target."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = (arn, target)
        return task

    def end(self, task: asyncio.Task[Any]) -> None:
        """Notes that it no longer does."""
        del self._tasks[task]
        self._cut.discard(task)

    def was_cut(self, task: asyncio.Task[Any]) -> bool:
        """Whether it was cut short, rather than cancelled by somebody else."""
        return task in self._cut

    def cut(self, arn: str, target: Target) -> None:
        """Ends whatever a target is working on."""
        for task, flight in self._tasks.items():
            if flight == (arn, target):
                self._cut.add(task)
                task.cancel()
