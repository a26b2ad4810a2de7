"""Whispers that are kept: for the two of them, and readable to nobody who has only the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.conftest import Browsers, Chat


@pytest.fixture
def keeping(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """The chat, where whoever deployed wants whispers kept."""
    monkeypatch.setenv("WHISPERS_TABLE", "whispers")
    monkeypatch.setenv("WHISPERS_KEY", boto3.client("kms").create_key()["KeyMetadata"]["Arn"])
    return chat


def whisper(chat: Chat, sender: str, to: str, text: str, **more: Any) -> Any:
    return chat.say(sender, "private_message", targetUserId=to, message=text, **more)


def kept(chat: Chat, browsers: Browsers, name: str, **asked: Any) -> Any:
    chat.send(name, json.dumps({"type": "private_history", **asked}))
    return browsers.last(name, "private_history")


def items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = boto3.resource("dynamodb").Table("whispers").scan()["Items"]
    return found


def test_a_whisper_waits_for_who_is_away(keeping: Chat, browsers: Browsers) -> None:
    keeping.enter("ann")
    assert whisper(keeping, "ann", "bob", "psst", targetUsername="Bob", ref="r")["statusCode"] == 200
    told = browsers.last("ann", "private_message")
    keeping.enter("bob")
    assert kept(keeping, browsers, "bob") == {
        "type": "private_history",
        "messages": [{name: value for name, value in told.items() if name != "ref"}],
        "more": False,
    }
    assert kept(keeping, browsers, "ann")["messages"] == kept(keeping, browsers, "bob")["messages"]


def test_nobody_else_has_a_whisper(keeping: Chat, browsers: Browsers) -> None:
    keeping.enter("ann", "bob", "eve")
    whisper(keeping, "ann", "bob", "between us")
    assert kept(keeping, browsers, "eve")["messages"] == []


def test_the_table_does_not_hold_what_was_whispered(keeping: Chat) -> None:
    keeping.enter("ann", "bob")
    whisper(keeping, "ann", "bob", "a secret of some length")
    assert len(items()) == 2
    for item in items():
        assert "secret" not in repr(item)
        assert int(item["expiresAt"]) > 1_700_000_000
    assert keeping.tables["messages"].scan()["Items"] == []


def test_what_is_moved_to_others_does_not_open(keeping: Chat, browsers: Browsers) -> None:
    keeping.enter("ann", "bob", "eve")
    whisper(keeping, "ann", "bob", "between us")
    stolen = {**items()[0], "userId": "eve", "said_userId": "eve"}
    boto3.resource("dynamodb").Table("whispers").put_item(Item=stolen)
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        kept(keeping, browsers, "eve")


@pytest.mark.parametrize("text", ["x", "é" * 2000, "😀" * 2000])
def test_the_longest_whisper_is_kept_whole(keeping: Chat, browsers: Browsers, text: str) -> None:
    keeping.enter("ann", "bob")
    assert whisper(keeping, "ann", "bob", text)["statusCode"] == 200
    (found,) = kept(keeping, browsers, "bob")["messages"]
    assert found["message"] == text


def test_a_whisper_to_oneself_is_kept_once(keeping: Chat, browsers: Browsers) -> None:
    keeping.enter("ann")
    whisper(keeping, "ann", "ann", "note")
    assert [one["message"] for one in kept(keeping, browsers, "ann")["messages"]] == ["note"]


def test_whispers_are_scrolled_page_by_page_without_a_gap(keeping: Chat, browsers: Browsers) -> None:
    keeping.enter("ann", "bob")
    for number in range(35):
        whisper(keeping, "ann", "bob", str(number))
    page = kept(keeping, browsers, "bob")
    assert page["more"] is True
    earlier = kept(keeping, browsers, "bob", before=page["messages"][0]["sentAt"])
    seen = [*earlier["messages"], *page["messages"]]
    assert [one["message"] for one in seen] == [str(number) for number in range(35)]
    assert earlier["more"] is False


def test_where_whispers_are_not_kept_there_are_none(chat: Chat, browsers: Browsers) -> None:
    chat.enter("ann", "bob")
    whisper(chat, "ann", "bob", "psst")
    assert kept(chat, browsers, "bob") == {"type": "private_history", "messages": [], "more": False}
    assert items() == []
