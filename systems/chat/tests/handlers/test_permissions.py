"""What each function must be allowed to do, and nothing more: the architecture grants exactly this."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from terrarium.load import load
from terrarium.model.graph import Architecture

if TYPE_CHECKING:
    from tests.conftest import Browsers, Chat

ARCHITECTURE = Path(__file__).parents[2] / "architecture.py"


def granted(app: Architecture, function: str) -> set[str]:
    """What the architecture lets a function do to tables, and to whispers' key, as `table: action`."""
    policies = "".join(
        repr(one.attributes["policy"])
        for one in app.resources
        if re.fullmatch(rf"aws_iam_role_policy\.{function}(_optional\d*)?", one.address)
    )
    found: set[str] = set()
    for actions, owner in re.findall(
        r"'Action': \[([^\]]*)\], 'Resource': \[?(?:aws_dynamodb_table|aws_kms_key)\.(\w+)\.arn", policies
    ):
        found |= {f"{owner}: {action}" for action in re.findall(r"(?:dynamodb|kms):(\w+)", actions) if owner != "data"}
    return found


@pytest.fixture
def keeping(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """With everything on, so that everything that is granted can be used."""
    monkeypatch.setenv("WHISPERS_TABLE", "whispers")
    monkeypatch.setenv("WHISPERS_KEY", boto3.client("kms").create_key()["KeyMetadata"]["Arn"])
    return chat


def test_each_function_uses_the_permissions_that_it_is_granted(keeping: Chat, browsers: Browsers) -> None:
    chat = keeping
    chat.enter("ann", "bob", "cat", "dan")
    browsers.gone.add("dan")
    chat.enter("eve")  # finds dan gone
    for type, message in {
        "chat": {"message": "x"},
        "private_message": {"message": "x", "targetUserId": "bob"},
        "typing_indicator": {},
        "join_room": {"roomId": "developers"},
        "room_list": {},
        "history": {},
        "private_history": {},
        "leave_room": {},
    }.items():
        chat.say("ann", type, **message)
    browsers.gone.add("cat")
    chat.say("bob", "chat", message="x")
    chat.leave("bob")
    chat.sign_in("mod", "moderators")
    for type in ("close_room", "open_room"):
        chat.send("mod", json.dumps({"type": type, "roomId": "general"}))

    app = load(str(ARCHITECTURE))
    assert chat.used == {name: granted(app, name) for name in ("connect", "disconnect", "message")}
