"""What was said in a room: kept by time, read a page at a time from the end."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import words
from botocore.exceptions import ClientError
from rooms import DAY, Item, database, now
from sockets import setting

KEPT = 30 * DAY
PAGE = 30  # messages
PAGE_BYTES = 96 * 1024  # a message of the API holds at most 128 KB
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
SHOWN = ("roomId", "userId", "username", "message", "sentAt")


def time_text(at: datetime | None = None) -> str:
    """A time in UTC with microseconds, written so that text order is time order."""
    return (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def keep(room: str, said: Item) -> Item:
    """Keeps a message under the time at which it was said, the next free microsecond; returns what others may see."""
    at = datetime.now(UTC)
    while True:
        message = {"roomId": room, "sentAt": time_text(at), **said}
        try:
            _table().put_item(
                Item={**message, "expiresAt": now() + KEPT}, ConditionExpression="attribute_not_exists(sentAt)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            at += timedelta(microseconds=1)
        else:
            return message


def page(room: str, before: object) -> dict[str, Any]:
    """The last messages of a room, or the last before a time: oldest first, and whether there are more.

    Args:
        room: Its id.
        before: The `sentAt` of a message; nothing for the end.
    """
    before = time_of(before)
    request: dict[str, Any] = {
        "KeyConditionExpression": "roomId = :room" + (" AND sentAt < :before" if before else ""),
        "ExpressionAttributeValues": {":room": room} | ({":before": before} if before else {}),
        "ScanIndexForward": False,
        "ConsistentRead": True,
        "Limit": PAGE + 1,
    }
    found = [{name: item[name] for name in SHOWN} for item in _table().query(**request)["Items"]]
    shown = fitting(found[:PAGE])
    return {"roomId": room, "messages": shown[::-1], "more": len(found) > len(shown)}


def time_of(given: object) -> str | None:
    """The time of a message, if one is given."""
    if given is None or (isinstance(given, str) and _TIME.fullmatch(given)):
        return given
    raise words.RefusedError("bad_time", "before is the sentAt of a message")


def fitting(messages: list[Item]) -> list[Item]:
    """As many of the messages as fit into one message of the API, at least one."""
    size = 0
    for number, message in enumerate(messages):
        size += len(json.dumps(message, ensure_ascii=False).encode()) + 1
        if size > PAGE_BYTES and number:
            return messages[:number]
    return messages


def _table() -> Any:
    return database().Table(setting("MESSAGES_TABLE"))
