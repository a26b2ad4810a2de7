"""What every handler of the queue shares: settings, the table, messages to browsers, and what of a player is public.

It knows items and connections. Who may sit at the board is decided in `seating`, never here.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Events are API Gateway's JSON, and boto3 returns items as plain dictionaries: neither has a static type.
Event = Mapping[str, Any]
Player = dict[str, Any]

LONGEST_NAME = 24  # characters
LISTED_PLAYERS = 200  # entries of one queueUpdate: a message holds at most 128 KB, an entry some 250 bytes
CONNECTIONS = Config(max_pool_connections=16, retries={"mode": "standard"})


class SettingMissingError(Exception):
    """An environment variable of the function is not set."""


def setting(name: str) -> str:
    """The environment variable `name`; SettingMissingError says which one is absent and who sets it."""
    value = os.environ.get(name)
    if not value:
        raise SettingMissingError(
            f"The environment variable {name} is not set: the architecture passes it to this function"
        )
    return value


TABLE: Any = boto3.resource("dynamodb", config=CONNECTIONS).Table(setting("PLAYERS_TABLE"))


@cache
def sockets() -> Any:
    """The client of the queue's management endpoint (`POST /@connections/{connectionId}`)."""
    return boto3.client("apigatewaymanagementapi", endpoint_url=setting("QUEUE_ENDPOINT"), config=CONNECTIONS)


def now() -> str:
    """The time in UTC with microseconds, written so that text order is time order."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def caller(event: Event) -> str:
    """The connectionId of the browser that sent the event."""
    return str(event["requestContext"]["connectionId"])


def body(event: Event) -> Mapping[str, Any]:
    """The message of the browser; empty if it is not a JSON object."""
    try:
        message = json.loads(event.get("body") or "{}")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def clean_name(name: object) -> str | None:
    """A username as it is kept: printable, single-spaced, at most LONGEST_NAME characters; None if nothing is left."""
    if not isinstance(name, str):
        return None
    printable = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", name[:1000])
        if letter.isspace() or unicodedata.category(letter)[0] != "C"
    )
    return re.sub(" +", " ", printable).strip()[:LONGEST_NAME].strip() or None


def is_seat(item: Mapping[str, Any]) -> bool:
    """Whether the item is one of the two seats, which share the table with the players."""
    return str(item["connectionId"]).startswith("seat#")


def find(connection_id: str) -> Player | None:
    """The item of a connection, read consistently."""
    item: Player | None = TABLE.get_item(Key={"connectionId": connection_id}, ConsistentRead=True).get("Item")
    return item


def in_status(status: str) -> list[Player]:
    """The players with that status in the order in which they joined. The index may lag behind by a moment."""
    query: dict[str, Any] = {
        "IndexName": "statusIndex",
        "KeyConditionExpression": "#status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": status},
    }
    return pages(TABLE.query, query)


def pages(read: Any, request: dict[str, Any]) -> list[Player]:
    """Every item of a query or a scan, page after page."""
    items: list[Player] = []
    while True:
        page = read(**request)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        request = {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]}


def in_order(players: Iterable[Player]) -> list[Player]:
    """Those who joined the queue, first come first; ties go by connectionId so that everybody sees the same order."""
    joined = (player for player in players if "joinedAt" in player)
    return sorted(joined, key=lambda player: (player["joinedAt"], player["connectionId"]))


def public(player: Player) -> dict[str, Any]:
    """What everybody may know of a player: never the session, which is the player's ticket to the board."""
    return {name: player.get(name) for name in ("connectionId", "username", "status", "marker", "joinedAt")}


def queue_update(queue: list[Player]) -> dict[str, Any]:
    """The message that tells a browser the queue as it is now."""
    return {
        "action": "queueUpdate",
        "queue": [public(player) for player in queue[:LISTED_PLAYERS]],
        "total": len(queue),
        "at": now(),
    }


def info(player: Player) -> dict[str, Any]:
    """The message with a player's own item, the ticket included: only ever for that player."""
    return {"action": "info", **public(player), "sessionId": player["sessionId"]}


def send_message(connection_id: str, message: Mapping[str, Any]) -> bool:
    """Send JSON to a browser; False if its connection is gone.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
    """
    try:
        sockets().post_to_connection(ConnectionId=connection_id, Data=json.dumps(message).encode())
    except ClientError as error:
        if error.response["Error"]["Code"] == "GoneException":
            return False
        raise
    return True


def broadcast(messages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Send each connection its message, several at a time; returns the connections that are gone."""
    with ThreadPoolExecutor(max_workers=16) as senders:
        arrived = list(senders.map(send_message, messages.keys(), messages.values()))
    return [connection_id for connection_id, there in zip(messages, arrived, strict=True) if not there]


def refuse(event: Event, code: str, message: str) -> dict[str, int]:
    """Tell the browser why its message was refused, and answer the route."""
    request = body(event).get("action")
    send_message(caller(event), {"action": "error", "request": request, "code": code, "message": message})
    return {"statusCode": 400}
