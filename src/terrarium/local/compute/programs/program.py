"""A program under its service manager: started, restarted, reloaded, stopped. The rim of `lifecycle`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

from terrarium.events import Event, Events
from terrarium.local.clock import Clock
from terrarium.local.compute.programs.lifecycle import Happening, Lifecycle, State
from terrarium.local.compute.programs.process import HOST, Ended, Process
from terrarium.local.compute.programs.settings import ProgramSettings

REMEMBERED = 20
"""Lines of output that are kept to explain a failure."""


class LogSink(Protocol):
    """Where a program's output goes."""

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Takes one log event; never blocks, never raises."""
        ...


class ProgramProcess:
    """A program that is kept running.

    Args:
        settings: What to run, and how.
        clock: Counts the seconds between restarts.
        logs: Gets each line.
        events: Told when it is ``started``, ``ready``, ``exited``, ``failed``, ``stopped``.
    """

    def __init__(self, settings: ProgramSettings, *, clock: Clock, logs: LogSink, events: Events) -> None:
        self.settings = settings
        self._clock = clock
        self._logs = logs
        self._events = events
        self._life = Lifecycle(settings.restart)
        self._process: Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._delay: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self.last_lines: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._life.state

    @property
    def pid(self) -> int | None:
        """The process id of the program while it runs."""
        return self._process.pid if self._process else None

    def address(self) -> tuple[str, int] | None:
        """Where it binds, for what stands in front of it; None while it does not run."""
        return (HOST, self._process.port) if self._process else None

    def start(self) -> None:
        """Starts it if it does not run."""
        self._on("start")

    def reload(self) -> None:
        """Its code has changed: ends it and starts it again, however often it failed before."""
        self._on("restart")

    async def stop(self) -> None:
        """Ends it; returns once nothing of it is left."""
        self._on("stop")
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_ready(self) -> bool:
        """Waits until it answers.

        Returns:
            False where it was stopped, or failed too often to be started again.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._ready() or self.state in ("failed", "inactive"))
        return self._ready()

    def _ready(self) -> bool:
        return self._process is not None and self._process.ready.is_set()

    def _on(self, happening: Happening) -> None:
        before = self.state
        effect = self._life.on(happening, self._clock.monotonic())
        if self._delay is not None and happening != "delay over":
            self._delay.cancel()
            self._delay = None
        match effect:
            case "spawn":
                self._process = Process(self.settings, self._line)
                self._task(self._run(self._process))
            case "terminate" if self._process is not None:
                self._process.terminate()
            case "wait":
                self._delay = self._task(self._wait())
            case _:
                pass
        if self.state != before and self.state in ("failed", "inactive"):
            self._publish("failed" if self.state == "failed" else "stopped", {"lines": list(self.last_lines)})
        self._task(self._tell())

    # A coroutine of ours yields nothing and takes nothing.
    def _task(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _wait(self) -> None:
        await self._clock.sleep(self.settings.restart.delay)
        self._on("delay over")

    async def _run(self, process: Process) -> None:
        self._publish("started", {"port": process.port})
        ready = asyncio.create_task(self._announce(process))
        try:
            ended = await process.run()
        except OSError as error:
            ended = Ended(None, str(error))
        finally:
            ready.cancel()
        self._process = None
        if ended.why:
            self._line(ended.why)
        self._publish("exited", {"status": ended.status, "why": ended.why})
        self._on("exited")

    async def _announce(self, process: Process) -> None:
        await process.ready.wait()
        self._publish("ready", {"port": process.port, "pid": process.pid})
        await self._tell()

    def _line(self, line: str) -> None:
        self.last_lines.append(line)
        group = self.settings.log_group or f"/programs/{self.settings.name}"
        self._logs.write(group, self.settings.name, line, int(self._clock.now() * 1000))

    # Plain JSON values, as Event has them.
    def _publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        self._events.publish(Event(self._clock.now(), self.settings.address or self.settings.name, kind, detail))
