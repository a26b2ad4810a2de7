"""Coming and going: who is let in, who is counted, who is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Browsers, Chat


def test_who_comes_in_is_counted_and_seen(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.enter("cat", room="Developers")

    assert chat.counts() == {"general": 2, "developers": 1}
    assert browsers.last("ann", "user_joined") == {
        "type": "user_joined",
        "roomId": "general",
        "userId": "bob",
        "username": "Bob",
        "elsewhere": False,
        "members": 2,
    }
    assert not browsers.of("cat", "user_joined")


@pytest.mark.parametrize("token", [None, "", "wrong", "valid_test_tokén", "valid_test_token "])
def test_without_a_valid_token_nobody_comes_in(chat: Chat, token: str | None) -> None:
    assert chat.connect("ann", token=token)["statusCode"] == 401
    assert chat.present() == {}


@pytest.mark.parametrize("environment", ["prod", "production", "PROD-eu", ""])
def test_the_token_for_tests_opens_nothing_in_production(
    chat: Chat, environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", environment) if environment else monkeypatch.delenv("ENVIRONMENT")
    assert chat.connect("ann")["statusCode"] == 401


@pytest.mark.parametrize(
    "asked",
    [
        {"userId": None},
        {"userId": "a b"},
        {"userId": "x" * 65},
        {"username": "\u200b\n"} | {"userId": "é"},
        {"username": "x" * 33},
        {"roomId": ""},
        {"roomId": "no spaces"},
        {"roomId": "x" * 41},
        {"roomId": "../etc"},
    ],
)
def test_names_that_are_not_allowed_are_refused_in_words(chat: Chat, asked: dict[str, str | None]) -> None:
    answer = chat.connect("ann", **asked)
    assert answer["statusCode"] == 400
    assert answer["body"]
    assert chat.present() == {}


def test_whoever_gives_no_room_and_no_name_gets_both(chat: Chat) -> None:
    assert chat.connect("ann", roomId=None, username=None)["statusCode"] == 200
    found = chat.tables["connections"].get_item(Key={"connectionId": "ann"})["Item"]
    assert (found["roomId"], found["username"]) == ("general", "ann")


def test_who_closes_the_page_is_forgotten_and_the_others_see_it(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.leave("bob")
    chat.leave("bob")

    assert chat.counts() == {"general": 1}
    assert len(browsers.of("ann", "user_left")) == 1
    assert browsers.last("ann", "user_left")["members"] == 1


def test_a_person_with_two_windows_stays_when_one_closes(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    for window in ("bob1", "bob2"):
        chat.connect(window, userId="bob", username="Bob")
    chat.leave("bob1")

    assert [one["elsewhere"] for one in browsers.of("ann", "user_joined")] == [False, True]
    assert browsers.last("ann", "user_left")["elsewhere"] is True
    chat.check()


def test_a_connection_that_is_found_gone_is_forgotten(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob", "cat")
    browsers.gone.add("bob")
    chat.say("ann", "chat", message="hello")

    assert chat.counts() == {"general": 2}
    assert browsers.last("cat", "user_left")["userId"] == "bob"
    chat.check()


def test_a_connection_that_is_still_opening_is_kept(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    chat.connect("bob")
    browsers.gone.add("bob")  # nothing can be sent to it before $connect has been answered
    chat.say("ann", "chat", message="hello")
    browsers.gone.clear()
    chat.say("ann", "chat", message="again")

    assert browsers.last("bob", "chat")["message"] == "again"
    assert chat.counts() == {"general": 2}


def test_a_connection_older_than_any_can_be_is_forgotten(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.age("bob", 3 * 3600)
    chat.say("ann", "chat", message="hello")

    assert not browsers.of("bob", "chat")
    assert chat.counts() == {"general": 1}


def test_everything_that_is_kept_expires(chat: Chat) -> None:
    chat.enter("ann")
    chat.say("ann", "chat", message="hello")

    for table in chat.tables.values():
        assert all(int(item["expiresAt"]) > 1_700_000_000 for item in table.scan()["Items"])


def test_many_who_come_move_and_go_at_once_are_counted_right(chat: Chat) -> None:
    names = [f"p{number}" for number in range(24)]

    def life(name: str) -> None:
        chat.connect(name)
        chat.say(name, "join_room", roomId=f"room{len(name) % 2}")
        if name.endswith("3"):
            chat.leave(name)

    with ThreadPoolExecutor(max_workers=8) as people:
        list(people.map(life, names))
    assert sum(chat.counts().values()) == len([name for name in names if not name.endswith("3")])
    chat.check()


def test_two_moves_of_one_person_at_once_count_once(chat: Chat) -> None:
    chat.enter("ann")
    with ThreadPoolExecutor(max_workers=6) as moves:
        list(moves.map(lambda number: chat.say("ann", "join_room", roomId=f"r{number % 3}"), range(12)))
    assert sum(chat.counts().values()) == 1
    chat.check()
