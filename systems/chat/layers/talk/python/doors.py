"""Rooms that a moderator closes, and opens again. It knows counts and connections, and tells nobody."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rooms import FORGOTTEN_AFTER, Item, database, members, move, now
from sockets import SENDERS, setting

SWEEPS = 8
FIRST_WAIT = 0.05  # seconds; doubled with each sweep


def shut(room: str, by: str) -> list[Item]:
    """Closes a room for everybody until it is opened again.

    Nobody comes in from the first write on. The index of who is in it may lag behind, while the count never does: so it
    is swept until the count says that nobody is left.

    Args:
        room: Its id.
        by: The userId of who closes it.

    Returns:
        Those who were in it, and are in no room now.
    """
    table = database().Table(setting("ROOMS_TABLE"))
    table.update_item(
        Key={"roomId": room},
        UpdateExpression="SET closedAt = :now, closedBy = :by ADD members :none",
        ExpressionAttributeValues={":now": now(), ":by": by, ":none": 0},
    )
    gone: dict[str, Item] = {}
    for sweep in range(SWEEPS):
        present = members(room)
        with ThreadPoolExecutor(max_workers=SENDERS) as movers:
            moved = list(movers.map(lambda one: move(one, None), present))
        gone |= {one["connectionId"]: one for one, went in zip(present, moved, strict=True) if went}
        # Whoever leaves lets the room expire one day; a closed one stays.
        left = table.update_item(
            Key={"roomId": room}, UpdateExpression="REMOVE expiresAt", ReturnValues="ALL_NEW"
        )["Attributes"]  # fmt: skip
        if int(left.get("members", 0)) <= 0:
            break
        time.sleep(FIRST_WAIT * 2**sweep)
    return list(gone.values())


def open_again(room: str) -> None:
    """Lets people in again; a room that is open stays so."""
    values: dict[str, Any] = {":then": now() + FORGOTTEN_AFTER, ":none": 0}
    database().Table(setting("ROOMS_TABLE")).update_item(
        Key={"roomId": room},
        UpdateExpression="REMOVE closedAt, closedBy SET expiresAt = :then ADD members :none",
        ExpressionAttributeValues=values,
    )
