"""TicTacToe through the laptop cloud: API Gateway, functions, table, stream, balancer and board, as one."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live.conftest import Alive, Player

    Players = Callable[..., Awaitable[list[Player]]]

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

WIN = (0, 3, 1, 4, 2)  # cells in turn: X has the upper row
DRAW = (0, 1, 2, 4, 3, 5, 7, 6, 8)


async def play(x: Player, o: Player, cells: tuple[int, ...]) -> None:
    for number, cell in enumerate(cells):
        await (o if number % 2 else x).move(number, cell)


def get(alive: Alive, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", alive.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": f"tictactoe.localhost:{alive.port}"})
        return connection.getresponse().read()
    finally:
        connection.close()


async def test_the_balancer_serves_the_page_and_the_address_of_the_queue(alive: Alive) -> None:
    assert b"Tic Tac Toe" in await asyncio.to_thread(get, alive, "/")
    assert json.loads(await asyncio.to_thread(get, alive, "/config.json"))["queueUrl"].endswith("/production")


async def test_the_first_two_play_and_the_rest_wait(players: Players) -> None:
    ann, *_ = await players("Ann", "Bob", "Cat")
    await ann.line("Ann X", "Bob O", "Cat")


async def test_a_game_is_won_and_the_loser_goes_to_the_end(players: Players) -> None:
    ann, bob, cat, dan = await players("Ann", "Bob", "Cat", "Dan")
    await asyncio.gather(ann.sit(), bob.sit(), cat.sit())
    await play(ann, bob, WIN)
    facts, again = await asyncio.gather(ann.hand_in(), bob.hand_in())
    assert facts == again
    assert (facts["outcome"], facts["leaves"]) == ("win", bob.info["connectionId"])
    await dan.line("Ann X", "Cat O", "Dan", "Bob")
    state = await cat.see(
        "state", lambda message: message["phase"] == "playing" and message["seats"]["O"]["username"] == "Cat"
    )
    assert state["seats"]["X"]["wins"] == 1


async def test_after_a_draw_the_one_who_sat_longer_makes_room(players: Players) -> None:
    ann, bob, cat = await players("Ann", "Bob", "Cat")
    await asyncio.gather(ann.sit(), bob.sit())
    await play(ann, bob, DRAW)
    assert (await bob.hand_in())["outcome"] == "draw"
    await cat.line("Bob O", "Cat X", "Ann")


async def test_a_closed_tab_frees_the_seat(players: Players) -> None:
    ann, bob, _ = await players("Ann", "Bob", "Cat")
    await ann.queue.close()
    await bob.line("Bob O", "Cat X")


async def test_a_forged_result_is_refused(players: Players) -> None:
    ann, bob = await players("Ann", "Bob")
    forged = {"leaves": ann.info["connectionId"], "marker": "X", "seating": "?", "gameId": "?"}
    await bob.say("gameOVER", result=json.dumps(forged), signature="00" * 32)
    assert (await bob.hear("error"))["code"] == "signature"
    await bob.say("sendInfo")
    await bob.line("Ann X", "Bob O")


async def test_nobody_plays_with_another_players_id(players: Players) -> None:
    ann, bob, eve = await players("Ann", "Bob", "Eve")
    await asyncio.gather(ann.sit(), eve.sit())
    await eve.tell("hello", connectionId=ann.info["connectionId"], sessionId=eve.info["sessionId"])
    assert (await eve.see("refused"))["code"] == "ticket"
    state = await ann.see("state", ann.is_up)
    await eve.tell("move", game=state["game"], cell=0)
    assert (await eve.see("refused"))["code"] == "seat"
    assert bob.info["sessionId"] not in json.dumps(state)


async def test_a_new_name_reaches_everybody(players: Players) -> None:
    ann, bob = await players("Ann", "Bob")
    await bob.say("updateDB", username="Bobby")
    await ann.line("Ann X", "Bobby O")


async def test_twenty_who_join_at_once_take_two_seats(players: Players, alive: Alive) -> None:
    first, *_ = await players("First")
    async with AsyncExitStack() as stack:
        crowd = [type(first)(alive, stack) for _ in range(20)]
        await asyncio.gather(*[one.connect() for one in crowd])
        await asyncio.gather(*[one.join(f"P{number}") for number, one in enumerate(crowd)])
        update = await first.hear("queueUpdate", lambda message: message["total"] == 21 and settled(message["queue"]))
        assert sorted(one["marker"] or "-" for one in update["queue"])[-2:] == ["O", "X"]


def settled(queue: list[dict[str, object]]) -> bool:
    """Whether two sit, each with a marker of their own."""
    return sorted(str(one["marker"]) for one in queue if one["status"] == "active") == ["O", "X"]
