"""Who sits at the board: the two seats, and the only writes that change them.

A seat is an item of the same table, `seat#X` or `seat#O`, with its `holder` and a `seating`: an id that is new whenever
somebody sits down, so that a result can name the very seating which it ends. A seat and its player change in one
transaction. Hence two handlers that act at once cannot seat three players or give one marker twice, whatever they read.
It knows nothing of messages.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from utility import TABLE, Player, find, in_order, now

MARKERS = ("X", "O")
ATTEMPTS = 8  # of a write that meets another transaction; together they take about a second
STATUS = {"#status": "status"}
Answer = TypeVar("Answer")


class Seated(Enum):
    """How an attempt to seat a player ended."""

    DONE = "done"
    TAKEN = "the seat was taken meanwhile"
    MOVED = "the player left or sits already"


def seat_id(marker: str) -> str:
    """The key of a seat."""
    return f"seat#{marker}"


def fill_seats(waiting: Iterable[Player]) -> None:
    """Seat the first of those who wait wherever a seat is free."""
    line = deque(in_order(waiting))
    for marker in MARKERS:
        if "holder" not in (find(seat_id(marker)) or {}):
            seat_first(line, marker)


def seat_first(line: deque[Player], marker: str) -> None:
    """Give the seat to the first in line who still wants it."""
    while line:
        outcome = sit(line[0], marker)
        if outcome is Seated.TAKEN:
            return  # the first in line stays the first for the other seat
        line.popleft()
        if outcome is Seated.DONE:
            return


def sit(player: Player, marker: str) -> Seated:
    """Seat a player, if the seat is free and the player still waits at the same place."""
    seat = update(
        seat_id(marker),
        "SET holder = :player, seating = :seating, seatedAt = :now",
        "attribute_not_exists(holder)",
        {":player": player["connectionId"], ":seating": str(uuid.uuid4()), ":now": now()},
    )
    guest = update(
        player["connectionId"],
        "SET #status = :active, marker = :marker",
        "#status = :inactive AND joinedAt = :joined",
        {":active": "active", ":inactive": "inactive", ":marker": marker, ":joined": player["joinedAt"]},
        STATUS,
    )
    refused = transact(guest, seat)
    if not refused:
        return Seated.DONE
    return Seated.MOVED if 0 in refused else Seated.TAKEN


def leave(player: str, marker: str, seating: str) -> bool:
    """End a seating: the seat is free, and the player waits at the end of the line. False if it had ended before."""
    seat = update(
        seat_id(marker),
        "REMOVE holder, seating, seatedAt",
        "holder = :player AND seating = :seating",
        {":player": player, ":seating": seating},
    )
    guest = update(
        player,
        "SET #status = :inactive, joinedAt = :now, marker = :nobody",
        "#status = :active",
        {":inactive": "inactive", ":active": "active", ":now": now(), ":nobody": None},
        STATUS,
    )
    return not transact(seat, guest)


def forget(connection_id: str) -> bool:
    """Delete a player whose connection closed, and free the seat if it was held; True if a seat is free now."""
    for _ in range(ATTEMPTS):
        player = find(connection_id)
        if player is None:
            return False
        if player.get("status") != "active":
            if not transact(delete(connection_id, "attribute_not_exists(#status) OR #status <> :active")):
                return False
        elif not transact(delete(connection_id, "#status = :active"), free(connection_id, player["marker"])):
            return True
    raise RuntimeError(f"Connection {connection_id} kept changing while it was being deleted")


def release_orphan(seat: Player) -> None:
    """Free a seat whose holder has no item any more, as after a deletion by hand. A connectionId never comes back."""
    if "holder" in seat and find(seat["holder"]) is None:
        transact(free(seat["holder"], str(seat["connectionId"])[-1]))


def free(player: str, marker: str) -> dict[str, Any]:
    """The write that frees a seat, if the player holds it."""
    return update(seat_id(marker), "REMOVE holder, seating, seatedAt", "holder = :player", {":player": player})


def update(
    key: str, change: str, condition: str, values: dict[str, Any], names: dict[str, str] | None = None
) -> dict[str, Any]:
    """A conditional update as a part of a transaction."""
    request = {
        "TableName": TABLE.name,
        "Key": {"connectionId": key},
        "UpdateExpression": change,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    return {"Update": {**request, **({"ExpressionAttributeNames": names} if names else {})}}


def delete(key: str, condition: str) -> dict[str, Any]:
    """A conditional deletion as a part of a transaction."""
    return {
        "Delete": {
            "TableName": TABLE.name,
            "Key": {"connectionId": key},
            "ConditionExpression": condition,
            "ExpressionAttributeNames": STATUS,
            "ExpressionAttributeValues": {":active": "active"},
        }
    }


def transact(*writes: dict[str, Any]) -> list[int]:
    """Do all the writes or none; returns which of them found their condition unmet: none means done.

    A transaction that meets another one at the same item is cancelled with TransactionConflict, and tried again:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    # The client of a resource takes and returns Python values, so that items look the same everywhere.
    return patiently(lambda: refusals(lambda: TABLE.meta.client.transact_write_items(TransactItems=list(writes))))


def refusals(call: Callable[[], object]) -> list[int]:
    """Call; the places of the writes whose condition was unmet. Any other failure is raised."""
    try:
        call()
    except ClientError as error:
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        unmet = [place for place, code in enumerate(reasons) if code == "ConditionalCheckFailed"]
        if not unmet:
            raise
        return unmet
    return []


def patiently(call: Callable[[], Answer]) -> Answer:
    """Call again, after a short random pause, while the write meets somebody else's transaction."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return call()
        except ClientError as error:
            if not in_conflict(error):
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - a pause, not a secret
    return call()


def in_conflict(error: ClientError) -> bool:
    """Whether the write met another transaction at the same item."""
    if error.response["Error"]["Code"] == "TransactionConflictException":
        return True
    return any(reason.get("Code") == "TransactionConflict" for reason in error.response.get("CancellationReasons", []))
