"""What the board asks of AWS: the seats, the tickets, the key. And what it says when its settings are wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from board.results import obtain_key, sign
from board.seats import Table
from board.settings import SettingError, read_settings

if TYPE_CHECKING:
    from tests.conftest import Browsers, Queue

GOOD = {"PLAYERS_TABLE": "t", "QUEUE_URL": "wss://q/production", "RESULTS_BUCKET": "b"}


@pytest.fixture
def table(queue: Queue) -> Table:
    return Table(boto3.client("dynamodb"), queue.table.name)


def test_the_seats_are_those_that_the_queue_gave(queue: Queue, table: Table) -> None:
    assert table.seats() == {"X": None, "O": None}
    queue.enter("ann", "bob", "cat")
    seats = table.seats()
    assert {marker: seat and (seat.player, seat.username) for marker, seat in seats.items()} == {
        "X": ("ann", "Ann"),
        "O": ("bob", "Bob"),
    }
    assert seats["O"] is not None
    assert seats["O"].seating == queue.items()["seat#O"]["seating"]


def test_a_ticket_is_worth_what_the_table_says(queue: Queue, table: Table, browsers: Browsers) -> None:
    queue.enter("ann", "bob")
    ticket = browsers.last("ann", "info")["sessionId"]
    assert table.vouches("ann", ticket)
    assert not table.vouches("bob", ticket)
    assert not table.vouches("ann", "")
    for nobody in ("", "eve", "seat#X", "x" * 4000):
        assert not table.vouches(nobody, "")


def test_a_result_of_the_board_is_believed_by_the_queue(queue: Queue, table: Table) -> None:
    key = obtain_key(boto3.client("s3"), "tictactoe-results")
    queue.enter("ann", "bob", "cat")
    seat = table.seats()["O"]
    assert seat is not None
    facts = {"gameId": "g", "leaves": seat.player, "marker": "O", "seating": seat.seating}
    queue.say("ann", "gameOVER", **sign(key, facts))
    assert queue.seats() == {"X": "ann", "O": "cat"}


def test_boards_that_start_at_once_agree_on_one_key(cloud: Any) -> None:
    with ThreadPoolExecutor(max_workers=4) as boards:
        keys = set(boards.map(lambda _: obtain_key(boto3.client("s3"), "tictactoe-results"), range(4)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingError, match=r"PLAYERS_TABLE.*QUEUE_URL.*RESULTS_BUCKET"):
        read_settings({})


@pytest.mark.parametrize("port", ["http", "-1", "70000", "８０"])
def test_a_port_must_be_one(port: str) -> None:
    with pytest.raises(SettingError, match="PORT"):
        read_settings({**GOOD, "PORT": port})


def test_the_page_is_found_beside_the_services_or_where_it_is_said_to_be(tmp_path: Path) -> None:
    assert (read_settings(GOOD).web_folder / "index.html").is_file()
    (tmp_path / "index.html").touch()
    assert read_settings({**GOOD, "WEB_FOLDER": str(tmp_path)}).web_folder == tmp_path
    with pytest.raises(SettingError, match="WEB_FOLDER"):
        read_settings({**GOOD, "WEB_FOLDER": str(tmp_path / "nowhere")})
