"""Where people sign in: who they are is what the authorizer says, and moderators may close rooms."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Browsers, Chat


def moderate(chat: Chat, connection_id: str, type: str, **message: Any) -> Any:
    """Close or open a room: types without a route, which come by $default."""
    return chat.send(connection_id, json.dumps({"type": type, **message}))


def test_what_somebody_calls_themselves_does_not_count(chat: Chat) -> None:
    assert chat.sign_in("ann", userId="bob", username="Bob") == {"statusCode": 200}
    found = chat.tables["connections"].get_item(Key={"connectionId": "ann"})["Item"]
    assert (found["userId"], found["username"], "isModerator" in found) == ("ann-sub", "Ann", False)


def test_production_lets_in_who_signed_in(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "prod")
    assert chat.sign_in("ann") == {"statusCode": 200}
    assert chat.connect("bob")["statusCode"] == 401


def test_a_closed_room_is_left_by_everybody_and_entered_by_nobody(chat: Chat, browsers: Browsers) -> None:
    chat.sign_in("mod", "moderators")
    chat.enter("ann", "bob")
    chat.enter("cat", room="developers")
    assert moderate(chat, "mod", "close_room", ref="r1")["statusCode"] == 200

    told = {"type": "room_closed", "roomId": "general", "userId": "mod-sub", "username": "Mod"}
    assert [browsers.last(name, "room_closed") for name in ("ann", "bob")] == [told, told]
    assert browsers.last("mod", "room_closed") == {**told, "ref": "r1"}
    assert not browsers.of("cat", "room_closed")
    assert chat.present() == {"developers": 1}
    chat.say("cat", "join_room", roomId="general")
    assert browsers.last("cat", "error")["code"] == "room_closed"
    assert chat.present() == {"developers": 1}  # she is where she was
    chat.say("ann", "chat", message="hello?")
    assert browsers.last("ann", "error")["code"] == "no_room"
    chat.say("ann", "room_list")
    assert {"roomId": "general", "members": 0, "closed": True} in browsers.last("ann", "room_list")["rooms"]
    chat.check()


def test_who_connects_to_a_closed_room_is_in_none_and_may_go_elsewhere(chat: Chat, browsers: Browsers) -> None:
    chat.sign_in("mod", "moderators", room="office")
    moderate(chat, "mod", "close_room", roomId="general")
    chat.enter("ann")
    chat.say("ann", "join_room", roomId="general")
    assert browsers.last("ann", "error")["code"] == "room_closed"
    chat.say("ann", "join_room", roomId="developers")
    assert browsers.last("ann", "room_joined")["roomId"] == "developers"
    chat.check()


def test_a_closed_room_is_opened_again(chat: Chat, browsers: Browsers) -> None:
    chat.sign_in("mod", "moderators")
    chat.enter("ann")
    moderate(chat, "mod", "close_room")
    assert moderate(chat, "mod", "open_room", roomId="general")["statusCode"] == 200
    assert browsers.last("mod", "room_opened")["roomId"] == "general"
    chat.say("ann", "join_room", roomId="general")
    assert browsers.last("ann", "room_joined")["members"] == 1
    chat.say("mod", "join_room", roomId="general")
    assert browsers.last("mod", "room_joined")["you"]["isModerator"] is True
    assert "isModerator" not in browsers.last("ann", "room_joined")["you"]
    chat.check()


@pytest.mark.parametrize("type", ["close_room", "open_room"])
def test_others_may_not(chat: Chat, browsers: Browsers, type: str) -> None:
    chat.sign_in("ann", "early", "moderator")
    chat.enter("bob")
    for name in ("ann", "bob"):
        moderate(chat, name, type, ref="r")
        assert (browsers.last(name, "error")["code"], browsers.last(name, "error")["ref"]) == ("not_allowed", "r")
    assert chat.present() == {"general": 2}


def test_a_closed_room_is_not_forgotten_and_an_open_one_is(chat: Chat) -> None:
    chat.sign_in("mod", "moderators")
    chat.enter("ann")
    moderate(chat, "mod", "close_room")
    rooms = chat.tables["rooms"]
    assert "expiresAt" not in rooms.get_item(Key={"roomId": "general"})["Item"]
    moderate(chat, "mod", "open_room", roomId="general")
    assert set(rooms.get_item(Key={"roomId": "general"})["Item"]) == {"roomId", "members", "expiresAt"}


def test_who_is_gone_when_a_room_closes_is_forgotten(chat: Chat, browsers: Browsers) -> None:
    chat.sign_in("mod", "moderators")
    chat.enter("ann", "bob")
    browsers.gone.add("bob")
    moderate(chat, "mod", "close_room")
    assert "Item" not in chat.tables["connections"].get_item(Key={"connectionId": "bob"})
    assert browsers.of("ann", "room_closed")


def test_nobody_slips_in_while_a_room_is_being_closed(chat: Chat) -> None:
    chat.sign_in("mod", "moderators", room="office")
    names = [f"p{number}" for number in range(24)]

    def life(name: str) -> None:
        if name == "p12":
            moderate(chat, "mod", "close_room", roomId="general")
        else:
            chat.connect(name)

    with ThreadPoolExecutor(max_workers=8) as people:
        list(people.map(life, names))
    assert chat.present() == {"office": 1}
    assert chat.counts()["general"] == 0
