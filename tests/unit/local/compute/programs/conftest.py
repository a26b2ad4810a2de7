"""Programs to run, and what is seen of them."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from terrarium.events import Event, Events
from terrarium.local.clock import SystemClock
from terrarium.local.compute.programs import NginxSettings, Programs, ProgramSettings, RestartPolicy
from terrarium.local.edge.load_balancer import Relay

SERVER = """
import http.server, json, os, subprocess, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            os._exit(3)
        self.answer({"path": self.path, "headers": dict(self.headers), "env": dict(os.environ), "argv": sys.argv})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"size": len(body), "headers": dict(self.headers)})

    def answer(self, value):
        body = json.dumps(value | {"pid": os.getpid(), "child": child.pid, "keeper": os.getppid()}).encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1000)"])
print("hello from", os.path.basename(os.getcwd()))
print("and to stderr", file=sys.stderr)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@dataclass
class Seen:
    """Keeps log lines and events, and waits for them."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        self.lines.append((group, stream, message))
        self.news.set()

    def event(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something holds, which news may have made true."""
        while not holds():
            self.news.clear()
            await self.news.wait()


async def gone(pid: int) -> None:
    """Returns once a process has ended, whoever's child it is."""
    if not hasattr(os, "pidfd_open"):
        while _alive(pid):  # noqa: ASYNC110 - nobody tells us of others' children here
            await asyncio.sleep(0.01)
        return
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await asyncio.to_thread(select.select, [handle], [], [], 60)
        assert select.select([handle], [], [], 0)[0], f"{pid} still lives"
    finally:
        os.close(handle)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(name="gone")
def _gone() -> Callable[[int], Any]:
    return gone


@pytest.fixture(name="server")
def _server() -> str:
    return SERVER


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., ProgramSettings]:
    """Settings for a program with the given source, by default a server that tells what it got."""

    def make(source: str = SERVER, **changes: Any) -> ProgramSettings:
        folder = tmp_path / "app"
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text(source)
        quick = RestartPolicy(delay=0.01, stop_timeout=changes.pop("stop_timeout", 10))
        return ProgramSettings("i-1", folder, ("python3.12", "-S", "app.py"), restart=quick, **changes)

    return make


@pytest.fixture
async def seen() -> Seen:
    return Seen()


@pytest.fixture
async def programs(seen: Seen) -> AsyncIterator[Programs]:
    def relay(nginx: NginxSettings) -> Relay:
        return Relay(connect_timeout=nginx.connect_timeout, idle_timeout=nginx.read_timeout)

    events = Events()
    events.subscribe(seen.event)
    made = Programs(clock=SystemClock(), logs=seen, events=events, relay=relay)
    yield made
    await made.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
