"""The whole system, alive on this machine: started once per test worker, ended by its own process id."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import websockets

SYSTEM = Path(__file__).parents[2]
PATIENCE = 40.0  # seconds; a limit for what should take a fraction of one


@dataclass(frozen=True, slots=True)
class Alive:
    """A living system: where it is reached, and what it reports."""

    port: int
    outputs: dict[str, str]
    resources: list[dict[str, Any]]
    folder: Path

    @property
    def page(self) -> str:
        """The page."""
        return f"http://chat.localhost:{self.port}/"

    @property
    def aws(self) -> str:
        """The endpoint of the AWS API."""
        return f"http://localhost:{self.port}"

    def url(self, user: str, room: str = "general", token: str = "valid_test_token") -> str:
        """The address at which somebody connects."""
        asked = {"userId": user, "username": user.title(), "roomId": room, "token": token}
        return f"{self.outputs['websocket_api_endpoint']}?{urlencode(asked)}"

    def types(self) -> set[str]:
        """The types of everything that exists."""
        return {one["type"] for one in self.resources}

    def routes(self) -> set[str]:
        """The keys of the custom routes."""
        found = (one["address"].partition('["')[2] for one in self.resources if one["type"] == "aws_apigatewayv2_route")
        return {key.removesuffix('"]') for key in found if key}


@contextmanager
def bring_up(folder: Path, options: Sequence[str] = ()) -> Iterator[Alive]:
    """Bring the system up in a folder, and end it."""
    command = [sys.executable, "-m", "terrarium.cli", "up", str(SYSTEM / "architecture.py"), "--port", "0", "--json"]
    with (folder / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            [*command, *options], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        status = first_object(process)
        assert status, f"the system did not come up: {(folder / 'errors.txt').read_text()}"
        yield Alive(status["port"], status["outputs"], status["resources"], folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="session")
def living() -> Callable[..., AbstractContextManager[Alive]]:
    """Brings the system up in a folder, with further options."""
    return bring_up


@pytest.fixture(scope="session")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    # Paid by the request, as a table's few writes a second would hold up the tests.
    options = ["--var", "dynamodb_billing_mode=PAY_PER_REQUEST"]
    with bring_up(tmp_path_factory.mktemp("chat"), options) as system:
        yield system


def first_object(process: subprocess.Popen[str]) -> Any:
    """The JSON object that the process prints, None if it ends before."""
    text = ""
    for line in process.stdout or ():
        text += line
        if line == "}\n":
            return json.loads(text)
    return None


class Person:
    """Somebody with a connection."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def say(self, type: str, **message: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **message}))

    async def hear(self, type: str, wanted: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The next message that is wanted; if there is none, the failure shows what came instead."""
        heard: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    heard.append(str(await self.socket.recv()))
                    message: dict[str, Any] = json.loads(heard[-1])
                    if message.get("type") == type and wanted(message):
                        return message
        except TimeoutError:
            lines = "\n".join(heard[-8:])
        raise AssertionError(f"no {type} in {PATIENCE} s, but {len(heard)} other messages, the last of them:\n{lines}")


@pytest.fixture
async def enter(alive: Alive) -> AsyncIterator[Callable[..., Any]]:
    """Let people connect; afterwards they are gone."""
    async with AsyncExitStack() as stack:

        async def come(user: str, room: str = "general") -> Person:
            return Person(await stack.enter_async_context(websockets.connect(alive.url(user, room))))

        yield come
