"""The board as browsers meet it: the page, tickets, moves, and results that the queue believes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from board.match import MOVE_TIME, Match, Seat
from board.room import INSIST, Room
from board.server import make_app
from board.settings import Settings
from botocore.exceptions import EndpointConnectionError

KEY = b"k" * 32
WEB = Path(__file__).parents[2] / "web"


class Seats:
    """The players' table: who sits, and which ticket is whose."""

    def __init__(self) -> None:
        self.held: dict[str, Seat | None] = {"X": None, "O": None}
        self.numbers = itertools.count()
        self.broken = False

    def sit(self, marker: str, player: str | None) -> None:
        number = next(self.numbers)
        self.held[marker] = Seat(player, player.title(), f"seating-{number}", f"{number:04}") if player else None

    def seats(self) -> dict[str, Seat | None]:
        if self.broken:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")
        return dict(self.held)

    def vouches(self, connection_id: str, session_id: str) -> bool:
        return session_id == f"session-of-{connection_id}"


class Browser:
    """One open board."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.passed: list[dict[str, Any]] = []  # messages that came while another was awaited

    async def say(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def until(self, type: str, **facts: Any) -> dict[str, Any]:
        """The next message of that type with those facts."""
        while True:
            message: dict[str, Any] = await self.socket.receive_json(timeout=10)
            if message["type"] == type and all(message[name] == value for name, value in facts.items()):
                return message
            self.passed.append(message)

    async def result(self) -> dict[str, Any]:
        """The result, whether it came already or is to come."""
        came = [message for message in self.passed if message["type"] == "result"]
        return came[-1] if came else await self.until("result")

    async def hello(self, player: str) -> None:
        await self.say(type="hello", connectionId=player, sessionId=f"session-of-{player}")
        await self.until("welcome", connectionId=player)

    async def refusal(self, **message: Any) -> str:
        await self.say(**message)
        code: str = (await self.until("refused"))["code"]
        return code


class Board:
    """The service on a free port, with its time and its seats in the test's hands."""

    def __init__(self, client: TestClient[Any, Any], seats: Seats) -> None:
        self.client, self.seats = client, seats
        self.time = 0.0

    async def open(self, player: str | None = None) -> Browser:
        browser = Browser(await self.client.ws_connect("/board"))
        if player:
            await browser.hello(player)
        return browser

    async def pair(self) -> tuple[Browser, Browser, str]:
        """Ann and Bob at the board, and the id of their game."""
        self.seats.sit("X", "ann")
        self.seats.sit("O", "bob")
        ann, bob = await self.open("ann"), await self.open("bob")
        state = await ann.until("state", phase="playing")
        return ann, bob, state["game"]

    async def win(self, ann: Browser, bob: Browser, game: str) -> None:
        for number, (browser, cell) in enumerate([(ann, 0), (bob, 3), (ann, 1), (bob, 4), (ann, 2)], 1):
            await browser.say(type="move", game=game, cell=cell)
            state = await ann.until("state")
            while sum(cell is not None for cell in state["cells"]) < number:
                state = await ann.until("state")


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    seats = Seats()
    ids = itertools.count(1)
    boards: list[Board] = []

    def clock() -> float:
        return boards[0].time if boards else 0.0

    match = Match(clock=clock, now=lambda: "2030", new_id=lambda: f"game-{next(ids)}")
    settings = Settings(0, "players", "wss://queue.example.com/production", "bucket", WEB)
    app = make_app(settings, Room(match, seats, KEY, clock))
    async with TestClient(TestServer(app), connector=aiohttp.TCPConnector(limit=0)) as client:
        boards.append(Board(client, seats))
        yield boards[0]


async def test_the_page_and_the_address_of_the_queue_are_served(board: Board) -> None:
    async with board.client.get("/") as page:
        assert (page.status, page.content_type) == (200, "text/html")
        policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self' wss://queue.example.com;" in policy
    async with board.client.get("/config.json") as config:
        assert await config.json() == {"queueUrl": "wss://queue.example.com/production"}
    async with board.client.get("/healthz") as health:
        assert (health.status, await health.text()) == (200, "ok")


@pytest.mark.parametrize("path", ["/../services/board/server.py", "/%2e%2e/README.md", "/nothing.js"])
async def test_only_the_web_folder_is_served(board: Board, path: str) -> None:
    async with board.client.get(path) as answer:
        assert answer.status in (403, 404)


async def test_onlookers_see_the_game_live(board: Board) -> None:
    ann, _, game = await board.pair()
    guest = await board.open()
    await guest.until("state", watching=3)
    await ann.say(type="move", game=game, cell=4)
    state = await guest.until("state", turn="O")
    assert state["cells"][4] == "X"
    assert state["seats"]["O"]["username"] == "Bob"


async def test_a_wrong_ticket_gives_no_seat(board: Board) -> None:
    _, _, game = await board.pair()
    eve = await board.open()
    assert await eve.refusal(type="hello", connectionId="ann", sessionId="session-of-eve") == "ticket"
    assert await eve.refusal(type="move", game=game, cell=0) == "seat"


async def test_a_move_out_of_turn_or_on_a_taken_cell_is_refused(board: Board) -> None:
    ann, bob, game = await board.pair()
    assert await bob.refusal(type="move", game=game, cell=0) == "turn"
    await ann.say(type="move", game=game, cell=0)
    await bob.until("state", turn="O")
    assert await bob.refusal(type="move", game=game, cell=0) == "taken"
    assert await bob.refusal(type="move", game="game-0", cell=1) == "game"


@pytest.mark.parametrize(
    "message", [{"type": "win"}, {}, {"type": "move", "game": "game-1", "cell": True}, {"type": "move", "cell": "0"}]
)
async def test_what_the_board_does_not_understand_it_refuses(board: Board, message: dict[str, Any]) -> None:
    assert await (await board.open()).refusal(**message) == "message"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", aiohttp.WSCloseCode.INVALID_TEXT),
        ("[1]", aiohttp.WSCloseCode.INVALID_TEXT),
        ("[" * 900, aiohttp.WSCloseCode.INVALID_TEXT),
        (b"\x00", aiohttp.WSCloseCode.UNSUPPORTED_DATA),
        ("x" * 4000, aiohttp.WSCloseCode.MESSAGE_TOO_BIG),
    ],
)
async def test_nonsense_closes_the_connection(board: Board, frame: str | bytes, code: int) -> None:
    browser = await board.open()
    await (browser.socket.send_str(frame) if isinstance(frame, str) else browser.socket.send_bytes(frame))
    assert await close_code(browser) == code
    await (await board.open()).until("state", watching=1)


async def test_a_flood_closes_the_connection(board: Board) -> None:
    browser = await board.open()
    for _ in range(30):
        await browser.say(type="look")
    assert await close_code(browser) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_tickets_cannot_be_tried_without_end(board: Board) -> None:
    eve = await board.open()
    codes = [await eve.refusal(type="hello", connectionId="ann", sessionId=str(guess)) for guess in range(6)]
    assert codes == ["ticket"] * 5 + ["hello"]


async def test_both_players_get_the_signed_result(board: Board) -> None:
    ann, bob, game = await board.pair()
    await board.win(ann, bob, game)
    for browser in (ann, bob):
        message = await browser.result()
        signature = hmac.new(KEY, message["result"].encode(), hashlib.sha256).hexdigest()
        assert message["signature"] == signature
        facts = json.loads(message["result"])
        assert (facts["outcome"], facts["winner"], facts["leaves"]) == ("win", "ann", "bob")
        assert (facts["marker"], facts["seating"]) == ("O", "seating-1")


async def test_a_result_that_nobody_delivers_goes_to_onlookers_too(board: Board) -> None:
    ann, bob, game = await board.pair()
    guest = await board.open()
    await board.win(ann, bob, game)
    await ann.result()
    board.time += INSIST
    await guest.say(type="look")
    assert json.loads((await guest.result())["result"])["leaves"] == "bob"


async def test_the_clock_runs_for_whoever_does_not_move(board: Board) -> None:
    ann, bob, _ = await board.pair()
    board.time += MOVE_TIME
    await bob.say(type="look")
    assert json.loads((await ann.result())["result"])["outcome"] == "forfeit"
    assert (await bob.until("state", phase="over"))["verdict"]["winner"] == "bob"


async def test_a_table_that_cannot_be_read_is_said_and_the_game_goes_on(board: Board) -> None:
    ann, bob, game = await board.pair()
    board.seats.broken = True
    await ann.say(type="look")
    await ann.until("state", trouble=True)
    await ann.say(type="move", game=game, cell=0)
    assert (await bob.until("state", turn="O", trouble=True))["cells"][0] == "X"
    board.seats.broken = False
    await ann.say(type="look")
    await ann.until("state", trouble=False)


async def test_a_new_pair_begins_after_the_end_was_seen(board: Board) -> None:
    ann, bob, game = await board.pair()
    await board.win(ann, bob, game)
    board.seats.sit("O", "cat")
    board.time += 10
    await ann.say(type="look")
    state = await ann.until("state", phase="playing")
    assert (state["seats"]["O"]["username"], state["seats"]["X"]["wins"]) == ("Cat", 1)


async def test_a_player_who_comes_back_plays_on(board: Board) -> None:
    ann, bob, game = await board.pair()
    await ann.say(type="move", game=game, cell=0)
    await bob.until("state", turn="O")
    await ann.socket.close()
    again = await board.open("ann")
    await bob.say(type="move", game=game, cell=3)
    await again.until("state", turn="X")
    await again.say(type="move", game=game, cell=1)
    assert (await again.until("state", turn="O"))["cells"][:4] == ["X", "X", None, "O"]


async def test_two_hundred_onlookers_all_see_the_move(board: Board) -> None:
    ann, _, game = await board.pair()
    guests = await asyncio.gather(*[board.open() for _ in range(200)])
    await ann.say(type="move", game=game, cell=8)

    async def sees(guest: Browser) -> Any:
        return (await guest.until("state", turn="O"))["cells"][8]

    assert set(await asyncio.gather(*map(sees, guests))) == {"X"}


async def close_code(browser: Browser) -> int | None:
    """The code with which the board closes."""
    while True:
        frame = await browser.socket.receive(timeout=10)
        if frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            return browser.socket.close_code
