"""Functions whose handlers a test writes, and a log that it can read."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import textwrap
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from terrarium.events import Event, Events
from terrarium.local.clock import Clock, SystemClock
from terrarium.local.compute.functions import Functions, FunctionSettings, InvocationResult

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "ASIALAPTOP", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
RUNS_IN = f"python3.{sys.version_info.minor}"
ENDPOINT = "http://127.0.0.1:4500"


class Log:
    """A log sink that keeps everything, by group and stream."""

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], list[str]] = defaultdict(list)

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        self.streams[group, stream].append(message)

    @property
    def lines(self) -> list[str]:
        return [line for lines in self.streams.values() for line in lines]


class Laptop:
    """Functions under test.

    Args:
        folder: Where handlers are written.
        clock: Their time.
        options: Further arguments of `Functions`.
    """

    def __init__(self, folder: Path, clock: Clock | None = None, **options: Any) -> None:
        self.folder = folder
        self.credentials: Callable[[FunctionSettings], Mapping[str, str]] = lambda settings: CREDENTIALS
        self.log = Log()
        self.events: list[Event] = []
        events = Events()
        events.subscribe(self.events.append)
        self.functions = Functions(
            clock=clock or SystemClock(),
            logs=self.log,
            events=events,
            credentials=lambda settings: self.credentials(settings),  # noqa: PLW0108 - a test may replace it
            endpoint=lambda: ENDPOINT,
            **{"private": False, **options},  # handlers of most tests leave files where the test finds them
        )

    def write(self, text: str, file: str = "app.py") -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def function(self, text: str = "", name: str = "hello", **settings: Any) -> str:
        """A function whose handler is `handler` in a file of that text."""
        if text:
            self.write(text)
        basis = FunctionSettings(
            name=name,
            arn=f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
            handler="app.handler",
            runtime=RUNS_IN,
            code=self.folder,
            layers=(),
            environment={},
            timeout=30,
            memory=256,
            region="us-east-1",
            log_group=f"/aws/lambda/{name}",
            role="arn:aws:iam::000000000000:role/hello",
        )
        self.functions.put(replace(basis, **settings))
        return name

    async def invoke(self, event: Any = None, name: str = "hello") -> InvocationResult:
        """Invokes it and waits for its log too: else the last lines are written a turn later."""
        return await self.functions.invoke(name, json.dumps(event).encode(), with_log=True)

    async def result(self, event: Any = None, name: str = "hello") -> Any:
        """What the handler returned; fails where it raised."""
        result = await self.invoke(event, name)
        assert result.error is None, result.payload
        return json.loads(result.payload)

    async def error(self, event: Any = None, name: str = "hello") -> dict[str, Any]:
        """The shape of the error that came back."""
        result = await self.invoke(event, name)
        assert result.error == "Unhandled"
        shape: dict[str, Any] = json.loads(result.payload)
        return shape


@contextlib.asynccontextmanager
async def running(folder: Path, clock: Clock | None = None, **options: Any) -> AsyncIterator[Laptop]:
    laptop = Laptop(folder, clock, **options)
    await laptop.functions.start()
    try:
        yield laptop
    finally:
        await laptop.functions.stop()


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        if Path("/proc/self/stat").exists():
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
        return False
    return state != "Z"


async def until(condition: Callable[[], bool]) -> None:
    """Returns once something is so; the test's own timeout is the limit."""
    while not condition():  # noqa: ASYNC110 - what is waited for happens in other processes
        await asyncio.sleep(0.01)


def starting(lines: list[str], start: str) -> list[str]:
    """The lines that begin so."""
    return [line for line in lines if line.startswith(start)]


def member(lines: list[str], start: str) -> str:
    """The one line that begins so."""
    [line] = starting(lines, start)
    return line


def fields(report: str) -> Mapping[str, str]:
    """The members of a REPORT line."""
    return dict(part.split(": ", 1) for part in report.split("\t") if ": " in part)
