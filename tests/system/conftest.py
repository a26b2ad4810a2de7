"""Systems brought up by the command, as a person would, in a folder of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

PATIENCE = 60.0  # seconds; a limit for what should take a fraction of one


@dataclass
class Up:
    """A system that `terrarium up` brought up."""

    process: subprocess.Popen[str]
    status: dict[str, Any]  # what `up --json` printed
    folder: Path

    @property
    def port(self) -> int:
        port: int = self.status["port"]
        return port

    @property
    def url(self) -> str:
        url: str = self.status["outputs"]["url"]
        return url

    def terrarium(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command in the same folder."""
        return terrarium(self.folder, *arguments)

    def end(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def terrarium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    command = [sys.executable, "-m", "terrarium.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
    )


def bring_up(folder: Path, *arguments: str) -> Up:
    """Brings a system up and waits until it says that it is."""
    command = [sys.executable, "-m", "terrarium.cli", "up", *arguments, "--json"]
    with (folder / "errors.txt").open("a") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    text = ""
    for line in process.stdout or ():
        text += line
        if line == "}\n":
            return Up(process, json.loads(text), folder)
    process.wait()
    raise AssertionError((folder / "errors.txt").read_text())


@contextlib.contextmanager
def living(folder: Path, *arguments: str) -> Iterator[Up]:
    """A system on a free port, for the tests of a module that leave it as it is."""
    one = bring_up(folder, *arguments, "--port", "0")
    try:
        yield one
    finally:
        one.end()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Brings systems up; whatever a test leaves running is ended."""
    running: list[Up] = []

    def start(system: Path | str, *arguments: str, folder: Path = tmp_path, port: int = 0) -> Up:
        running.append(bring_up(folder, str(system), "--port", str(port), *arguments))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
    for one in running:
        one.process.communicate(timeout=PATIENCE)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP and WebSocket client."""
    async with aiohttp.ClientSession() as client:
        yield client


def children(pid: int) -> list[int]:
    """Every descendant of a process."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    found, wanted = [], [pid]
    while wanted:
        parent = wanted.pop()
        below = [child for child, its in parents.items() if its == parent]
        found += below
        wanted += below
    return found


def moto_of(system: Up) -> list[int]:
    """The processes in which moto runs for a system."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(system.process.pid)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "moto_main" in line]


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits for a condition; fails where it does not come true."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def kill(pid: int) -> None:
    """kill -9, if it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
