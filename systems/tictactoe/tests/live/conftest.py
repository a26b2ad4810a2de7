"""The whole system, alive on this machine: started once per test worker, ended by its own process id."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import websockets

PATIENCE = 30.0  # seconds; a limit for what should take a fraction of one


@dataclass(frozen=True, slots=True)
class Alive:
    """Where the system is reached. Names under .localhost may not resolve, so programs connect to the loopback."""

    port: int
    queue_url: str

    @property
    def page(self) -> str:
        """The page, through the load balancer."""
        return f"http://tictactoe.localhost:{self.port}/"


@pytest.fixture(scope="session")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alive]:
    folder = tmp_path_factory.mktemp("tictactoe")
    system = str(Path(__file__).parents[2] / "architecture.py")
    command = [sys.executable, "-m", "terrarium.cli", "up", system, "--port", "0", "--json"]
    with (folder / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        status = first_object(process)
        assert status, f"the system did not come up: {(folder / 'errors.txt').read_text()}"
        yield Alive(status["port"], status["outputs"]["queue_url"])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def first_object(process: subprocess.Popen[str]) -> Any:
    """The JSON object that the process prints, None if it ends before."""
    text = ""
    for line in process.stdout or ():
        text += line
        if line == "}\n":
            return json.loads(text)
    return None


class Player:
    """Somebody with a page open, as plain WebSockets: the line, and later the board."""

    def __init__(self, alive: Alive, stack: AsyncExitStack) -> None:
        self.alive, self.stack = alive, stack
        self.queue: Any = None
        self.board: Any = None
        self.info: dict[str, Any] = {}
        self.state: dict[str, Any] = {}  # of the board, as last seen

    async def connect(self) -> Player:
        """Open the line, and learn who one is."""
        self.queue = await self.stack.enter_async_context(websockets.connect(self.alive.queue_url))
        await self.say("sendInfo")
        self.info = await self.hear("info")
        return self

    async def join(self, name: str) -> Player:
        await self.say("joinQueue", username=name)
        self.info = await self.hear("info", lambda message: message["status"] is not None)
        return self

    async def sit(self) -> Player:
        """Open the board with one's ticket."""
        url = f"ws://tictactoe.localhost:{self.alive.port}/board"
        connection = websockets.connect(url, host="127.0.0.1", port=self.alive.port)
        self.board = await self.stack.enter_async_context(connection)
        await self.tell("hello", connectionId=self.info["connectionId"], sessionId=self.info["sessionId"])
        await self.see("welcome")
        return self

    async def say(self, action: str, **message: Any) -> None:
        await self.queue.send(json.dumps({"action": action, **message}))

    async def hear(self, action: str, wanted: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The next message of the line that is wanted."""
        return await until(self.queue, lambda message: message.get("action") == action and wanted(message))

    async def tell(self, type: str, **message: Any) -> None:
        await self.board.send(json.dumps({"type": type, **message}))

    async def see(self, type: str, wanted: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The next message of the board that is wanted. A state counts as long as no newer one came, as on the page."""
        if type == "state" and self.state and wanted(self.state):
            return self.state

        def fits(message: dict[str, Any]) -> bool:
            if message["type"] == "state":
                self.state = message
            return message["type"] == type and wanted(message)

        return await until(self.board, fits)

    async def line(self, *places: str) -> None:
        """Wait until the line is exactly this, as people joined: "Ann X" sits at the board, "Cat" waits."""

        def fits(update: dict[str, Any]) -> bool:
            return [f"{one['username']} {one['marker'] or ''}".strip() for one in update["queue"]] == [*places]

        await self.hear("queueUpdate", fits)

    async def move(self, number: int, cell: int) -> None:
        """Wait for the move of that number, and play. A state may be told twice, hence the number."""

        def mine(state: dict[str, Any]) -> bool:
            return self.is_up(state) and sum(one is not None for one in state["cells"]) == number

        state = await self.see("state", mine)
        await self.tell("move", game=state["game"], cell=cell)

    def is_up(self, state: dict[str, Any]) -> bool:
        seat = state["turn"] and state["seats"][state["turn"]]
        return bool(seat) and seat["connectionId"] == self.info["connectionId"]

    async def hand_in(self) -> dict[str, Any]:
        """Wait for the board's word, and bring it to the line."""
        word = await self.see("result")
        await self.say("gameOVER", result=word["result"], signature=word["signature"])
        facts: dict[str, Any] = json.loads(word["result"])
        return facts


async def until(socket: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first wanted message of a WebSocket; if there is none, the failure shows what came instead."""
    heard: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                heard.append(str(await socket.recv()))
                message: dict[str, Any] = json.loads(heard[-1])
                if wanted(message):
                    return message
    except TimeoutError:
        lines = "\n".join(heard[-8:])
    raise AssertionError(f"not heard in {PATIENCE} s, but {len(heard)} other messages, the last of them:\n{lines}")


@pytest_asyncio.fixture(loop_scope="session")
async def players(alive: Alive) -> AsyncIterator[Callable[..., Any]]:
    """Make players who join one after the other; afterwards the line is empty again."""
    async with AsyncExitStack() as stack:

        async def enter(*names: str) -> list[Player]:
            return [await (await Player(alive, stack).connect()).join(name) for name in names]

        yield enter
    async with AsyncExitStack() as stack:
        last = await Player(alive, stack).connect()
        while True:
            await last.say("sendInfo")
            if not (await last.hear("queueUpdate"))["queue"]:
                break
