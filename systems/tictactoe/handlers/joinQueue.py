"""joinQueue: a player takes a name and a place at the end of the line, or a free seat at once."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from seating import fill_seats, patiently
from utility import TABLE, Event, Player, body, caller, clean_name, find, in_status, info, now, refuse, send_message


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Join; a second joinQueue of the same connection keeps its place. The answer is the player's own `info`."""
    player = find(caller(event))
    if player is None:
        return refuse(event, "unknown", "This connection is not known any more: connect again")
    name = clean_name(body(event).get("username")) or player.get("username")
    if name is None:
        return refuse(event, "name", "Take a name before you join")
    joined = join(player["connectionId"], name)
    if joined is not None:
        # The index may not show this player yet, who would then wait beside a free seat.
        fill_seats({one["connectionId"]: one for one in [*in_status("inactive"), joined]}.values())
    current = find(player["connectionId"])
    if current is not None:
        send_message(current["connectionId"], info(current))
    return {"statusCode": 200}


def join(connection_id: str, name: str) -> Player | None:
    """Put the player at the end of the line; None if already in it."""

    def write() -> Player:
        attributes: Player = TABLE.update_item(
            Key={"connectionId": connection_id},
            UpdateExpression="SET username = :name, #status = :inactive, marker = :nobody, joinedAt = :now",
            ConditionExpression="attribute_exists(connectionId) AND attribute_not_exists(#status)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":name": name, ":inactive": "inactive", ":nobody": None, ":now": now()},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        return attributes

    try:
        return patiently(write)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return None
        raise
