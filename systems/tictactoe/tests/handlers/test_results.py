"""How a game ends: only the board's word counts, and it counts once."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from tests.conftest import Browsers, Queue

KEY = b"k" * 32
BUCKET = "tictactoe-results"


@pytest.fixture(autouse=True)
def key(cloud: Any) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="keys/results", Body=KEY)


def result(queue: Queue, leaver: str, outcome: str = "win", key: bytes = KEY, **changes: Any) -> dict[str, str]:
    """What the board sends when the leaver has lost."""
    marker = queue.items()[leaver]["marker"]
    seat = queue.items()[f"seat#{marker}"]
    other = queue.seats()["O" if marker == "X" else "X"]
    facts = {
        "gameId": "g1",
        "outcome": outcome,
        "winner": None if outcome == "draw" else other,
        "leaves": leaver,
        "loser": None if outcome == "draw" else leaver,
        "marker": marker,
        "seating": seat["seating"],
        "at": "2030",
    }
    text = json.dumps({**facts, **changes}, sort_keys=True, separators=(",", ":"))
    return {"result": text, "signature": hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}


def test_the_loser_leaves_the_winner_stays_the_next_sits_down(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")
    queue.say("ann", "gameOVER", **result(queue, "bob"))

    assert queue.seats() == {"X": "ann", "O": "cat"}
    assert queue.line() == ["dan", "bob"]
    queue.check()


@pytest.mark.parametrize("outcome", ["draw", "forfeit"])
def test_whom_the_board_names_leaves(queue: Queue, outcome: str) -> None:
    queue.enter("ann", "bob", "cat")
    queue.say("bob", "gameOVER", **result(queue, "ann", outcome))

    assert queue.seats() == {"X": "cat", "O": "bob"}
    assert queue.line() == ["ann"]


def test_the_loser_sits_down_again_if_nobody_waits(queue: Queue) -> None:
    queue.enter("ann", "bob")
    before = queue.items()
    queue.say("ann", "gameOVER", **result(queue, "bob"))

    assert queue.seats() == {"X": "ann", "O": "bob"}
    assert queue.items()["seat#O"]["seating"] != before["seat#O"]["seating"]
    assert queue.items()["seat#X"] == before["seat#X"]
    queue.check()


def test_the_result_of_both_players_counts_once(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")
    word = result(queue, "bob")
    queue.say("ann", "gameOVER", **word)
    before = queue.items()
    queue.say("bob", "gameOVER", **word)

    assert queue.items() == before


def test_an_old_result_does_not_end_a_later_seating(queue: Queue) -> None:
    queue.enter("ann", "bob")
    word = result(queue, "bob")
    queue.say("ann", "gameOVER", **word)  # bob sits down again, at the same seat
    before = queue.items()
    queue.say("ann", "gameOVER", **word)

    assert queue.items() == before


def test_the_same_result_at_the_same_moment_counts_once(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan", "eve")
    word = result(queue, "bob")
    before = queue.items()
    with ThreadPoolExecutor(max_workers=8) as tabs:
        list(tabs.map(lambda _: queue.route("ann", "gameOVER", **word), range(16)))
    queue.settle(before)

    assert queue.seats() == {"X": "ann", "O": "cat"}
    assert queue.line() == ["dan", "eve", "bob"]
    queue.check()


def test_a_loser_who_closed_the_tab_is_not_brought_back(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat")
    word = result(queue, "bob")
    queue.leave("bob")
    queue.say("ann", "gameOVER", **word)

    assert queue.seats() == {"X": "ann", "O": "cat"}
    assert "bob" not in queue.items()


def test_a_forged_result_is_refused(queue: Queue, browsers: Browsers) -> None:
    queue.enter("ann", "bob", "cat")
    before = queue.items()
    answer = queue.say("bob", "gameOVER", **result(queue, "ann", key=b"guessed"))

    assert answer["statusCode"] == 400
    assert browsers.last("bob", "error")["code"] == "signature"
    assert queue.items() == before


def test_a_result_that_was_changed_after_signing_is_refused(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat")
    before = queue.items()
    word = result(queue, "bob")
    word["result"] = word["result"].replace('"bob"', '"ann"')
    queue.say("bob", "gameOVER", **word)

    assert queue.items() == before


@pytest.mark.parametrize(
    "message", [{}, {"result": "{}"}, {"result": {}, "signature": "00"}, {"result": "{}", "signature": "é"}]
)
def test_a_result_without_its_parts_is_refused(queue: Queue, browsers: Browsers, message: dict[str, Any]) -> None:
    queue.enter("ann", "bob")

    assert queue.say("bob", "gameOVER", **message)["statusCode"] == 400
    assert browsers.last("bob", "error")["request"] == "gameOVER"


def test_without_a_key_no_result_counts(queue: Queue) -> None:
    boto3.client("s3").delete_object(Bucket=BUCKET, Key="keys/results")
    queue.enter("ann", "bob")

    assert queue.say("bob", "gameOVER", **result(queue, "ann", key=b""))["statusCode"] == 400
    assert queue.seats() == {"X": "ann", "O": "bob"}


def test_a_replaced_key_is_noticed(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.enter("ann", "bob", "cat")
    queue.say("ann", "gameOVER", **result(queue, "bob"))
    boto3.client("s3").put_object(Bucket=BUCKET, Key="keys/results", Body=b"n" * 32)
    monkeypatch.setattr(queue.handlers["gameOver"], "PATIENCE", 0.0)
    queue.say("ann", "gameOVER", **result(queue, "cat", key=b"n" * 32))

    assert queue.seats() == {"X": "ann", "O": "bob"}
