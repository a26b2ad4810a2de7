"""What a browser says, and who hears it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Browsers, Chat


def test_everybody_in_the_room_hears_a_message_and_nobody_else(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.enter("cat", room="developers")
    chat.say("ann", "chat", message="  Hello\r\nthere\x00 ", ref="r1")

    heard = browsers.last("bob", "chat")
    assert (heard["message"], heard["userId"], heard["roomId"]) == ("Hello \nthere", "ann", "general")
    assert "ref" not in heard
    assert browsers.last("ann", "chat") == {**heard, "ref": "r1"}
    assert not browsers.of("cat", "chat")


def test_a_room_shows_who_is_there_and_what_was_said(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.say("ann", "chat", message="one")
    chat.say("ann", "chat", message="two")
    chat.enter("cat", room="developers")
    chat.say("cat", "join_room", roomId="general")

    seen = browsers.last("cat", "room_joined")
    assert [one["message"] for one in seen["messages"]] == ["one", "two"]
    assert {one["userId"] for one in seen["people"]} == {"ann", "bob", "cat"}
    assert (seen["members"], seen["more"], seen["roomId"]) == (3, False, "general")
    assert browsers.last("ann", "user_joined")["userId"] == "cat"
    assert chat.counts() == {"general": 3, "developers": 0}


def test_looking_again_at_ones_own_room_changes_nothing(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    before = len(browsers.told["ann"])
    chat.say("bob", "join_room", roomId="General")

    assert len(browsers.told["ann"]) == before
    assert chat.counts() == {"general": 2}


def test_history_is_scrolled_page_by_page_without_a_gap(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    for number in range(70):
        chat.say("ann", "chat", message=str(number))
    chat.say("ann", "join_room", roomId="general")
    seen = browsers.last("ann", "room_joined")["messages"]
    more = True
    while more:
        chat.send("ann", json.dumps({"type": "history", "before": seen[0]["sentAt"]}))
        page = browsers.last("ann", "history")
        seen = page["messages"] + seen
        more = page["more"]

    assert [one["message"] for one in seen] == [str(number) for number in range(70)]


def test_a_page_of_the_longest_messages_fits_into_one_message(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    for _ in range(30):
        assert chat.say("ann", "chat", message="😀" * 2000)["statusCode"] == 200
    chat.say("ann", "join_room", roomId="general")

    seen = browsers.last("ann", "room_joined")  # which refuses more than API Gateway takes
    assert 5 < len(seen["messages"]) < 30
    assert seen["more"] is True


def test_a_whisper_reaches_both_in_all_their_windows_and_is_kept_nowhere(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "cat")
    chat.enter("bob", room="developers")
    chat.connect("bob2", userId="bob", username="Bob")
    chat.connect("ann2", userId="ann", username="Ann")
    chat.say("ann", "private_message", targetUserId="bob", message="psst", ref="r")

    for window in ("ann", "ann2", "bob", "bob2"):
        assert browsers.last(window, "private_message")["message"] == "psst"
    assert browsers.last("ann", "private_message")["ref"] == "r"
    assert not browsers.of("cat", "private_message")
    assert chat.tables["messages"].scan()["Items"] == []


def test_a_whisper_to_oneself_arrives_once_in_each_window(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    chat.say("ann", "private_message", targetUserId="ann", message="note")
    assert len(browsers.of("ann", "private_message")) == 1


def test_the_rooms_are_listed_fullest_first(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.enter("cat", room="developers")
    chat.say("cat", "room_list")

    assert browsers.last("cat", "room_list")["rooms"] == [
        {"roomId": "general", "members": 2},
        {"roomId": "developers", "members": 1},
    ]


def test_typing_is_shown_to_the_others_and_kept_nowhere(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.say("ann", "typing_indicator")
    chat.say("ann", "typing_indicator", isTyping=False)

    assert [one["isTyping"] for one in browsers.of("bob", "typing_indicator")] == [True, False]
    assert not browsers.of("ann", "typing_indicator")


def test_who_leaves_the_room_still_hears_whispers(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    chat.say("bob", "leave_room")
    chat.say("ann", "chat", message="all")
    chat.say("ann", "private_message", targetUserId="bob", message="you")

    assert browsers.last("bob", "room_left")["roomId"] == "general"
    assert not browsers.of("bob", "chat")
    assert browsers.last("bob", "private_message")["message"] == "you"
    assert chat.counts() == {"general": 1}


@pytest.mark.parametrize(
    ("type", "message", "code"),
    [
        ("chat", {}, "bad_message"),
        ("chat", {"message": 5}, "bad_message"),
        ("chat", {"message": " \n\x07"}, "empty"),
        ("chat", {"message": "x" * 2001}, "too_long"),
        ("chat", {"message": "x", "roomId": "developers"}, "not_in_room"),
        ("typing_indicator", {"roomId": "developers"}, "not_in_room"),
        ("leave_room", {"roomId": "developers"}, "not_in_room"),
        ("history", {"roomId": "developers"}, "not_in_room"),
        ("history", {"before": "yesterday"}, "bad_time"),
        ("join_room", {}, "bad_room"),
        ("join_room", {"roomId": "a#b"}, "bad_room"),
        ("private_message", {"message": "x"}, "bad_user"),
        ("private_message", {"message": "x", "targetUserId": "nobody"}, "not_here"),
        ("shout", {"message": "x"}, "unknown_type"),
    ],
)
def test_what_is_not_allowed_is_told_to_its_sender_only(
    chat: Chat, browsers: Browsers, type: str, message: dict[str, Any], code: str
) -> None:
    chat.enter("ann", "bob")
    before = len(browsers.told["bob"])
    assert chat.say("ann", type, **message, ref="mine")["statusCode"] == 400

    told = browsers.last("ann", "error")
    assert (told["code"], told["request"], told["ref"]) == (code, type, "mine")
    assert told["message"]
    assert len(browsers.told["bob"]) == before


@pytest.mark.parametrize(
    "body", ["", "hi", "[]", "null", '"chat"', "{}", '{"type": 5}', '{"type": "' + "x" * 500 + '"}']
)
def test_what_is_no_message_is_told(chat: Chat, browsers: Browsers, body: str) -> None:
    chat.enter("ann")
    chat.send("ann", body)
    assert browsers.last("ann", "error")["code"] in {"bad_json", "unknown_type"}
    assert len(json.dumps(browsers.last("ann", "error"))) < 400


def test_a_type_without_a_route_is_not_served_by_the_default_route(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    chat.send("ann", '{"type": "chat", "message": "x"}')
    assert browsers.last("ann", "error")["code"] == "unknown_type"


def test_nothing_can_be_said_in_no_room(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann")
    chat.say("ann", "leave_room")
    chat.say("ann", "chat", message="x")
    assert browsers.last("ann", "error")["code"] == "no_room"


def test_a_connection_that_was_forgotten_is_told_and_closed(chat: Chat, browsers: Browsers) -> None:
    chat.say("ann", "chat", message="x")
    assert browsers.last("ann", "error")["code"] == "unknown_connection"
    assert browsers.closed == ["ann"]
