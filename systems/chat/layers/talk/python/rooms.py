"""Who is in which room, and how many: a connection's item and its room's count change together, or not at all.

API Gateway does not promise to tell of every connection that ends, so whoever is found gone is forgotten on the way.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError
from sockets import CONFIG, Message, broadcast, setting
from words import RefusedError

# boto3 returns items as plain dictionaries.
Item = dict[str, Any]

HOUR = 3600
DAY = 24 * HOUR
# API Gateway ends every connection after two hours: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
LONGEST_CONNECTION = 2 * HOUR + 600
OPENING = 90  # seconds in which a connection may still be opening, when nothing can be sent to it yet
FORGOTTEN_AFTER = 30 * DAY  # without anybody coming
ATTEMPTS = 14
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
CROWDED = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
FAILED = "ConditionalCheckFailed"


@cache
def database() -> Any:
    """DynamoDB."""
    return boto3.resource("dynamodb", config=CONFIG)


def connections() -> Any:
    """The table of connections."""
    return database().Table(setting("CONNECTIONS_TABLE"))


def now() -> int:
    """Seconds since the epoch, as DynamoDB's expiry counts."""
    return int(time.time())


def find(connection_id: str) -> Item | None:
    """A connection's item, read consistently."""
    item: Item | None = connections().get_item(Key={"connectionId": connection_id}, ConsistentRead=True).get("Item")
    return item


def members(room: str) -> list[Item]:
    """Who is in a room. The index may lag behind by a moment."""
    return _indexed("byRoom", "roomId", room)


def of_user(user: str) -> list[Item]:
    """The connections of a person: one per open page."""
    return _indexed("byUser", "userId", user)


def _indexed(index: str, key: str, value: str) -> list[Item]:
    items: list[Item] = []
    request: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": "#key = :value",
        "ExpressionAttributeNames": {"#key": key},
        "ExpressionAttributeValues": {":value": value},
    }
    while True:
        page = connections().query(**request)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def enter(connection: Item, room: str | None) -> bool:
    """Keeps a new connection, in its first room or in none; False, and it is not kept, if the room is closed."""
    item = {**connection, "roomId": room} if room else connection
    put = {"TableName": setting("CONNECTIONS_TABLE"), "Item": item}
    try:
        return _together({"Put": put}, *_counts(None, room))
    except RefusedError:
        return False


def move(connection: Item, room: str | None) -> bool:
    """Takes a connection from its room to another, or to none; False if it has moved or gone meanwhile.

    Raises:
        RefusedError: The other room is closed.
    """
    before = connection.get("roomId")
    change: dict[str, Any] = {
        "TableName": setting("CONNECTIONS_TABLE"),
        "Key": {"connectionId": connection["connectionId"]},
        "UpdateExpression": "SET roomId = :room" if room else "REMOVE roomId",
        **_still_in(before),
    }
    if room:
        change["ExpressionAttributeValues"] = {**change.get("ExpressionAttributeValues", {}), ":room": room}
    return _together({"Update": change}, *_counts(before, room))


def forget(connection: Item) -> bool:
    """Deletes a connection and takes it out of its room; False if somebody else did, or it has moved meanwhile."""
    before = connection.get("roomId")
    delete = {
        "TableName": setting("CONNECTIONS_TABLE"),
        "Key": {"connectionId": connection["connectionId"]},
        **_still_in(before),
    }
    return _together({"Delete": delete}, *_counts(before, None))


def leave_for_good(connection_id: str) -> Item | None:
    """Forgets a connection wherever it is now; what it was, unless it was forgotten already."""
    for _ in range(ATTEMPTS):
        connection = find(connection_id)
        if connection is None:
            return None
        if forget(connection):
            return connection
    return None


def tell(room: str, message: Message, *, but: str = "") -> list[Item]:
    """Tells everybody in a room, and forgets who turns out to be gone; the others are told of that too.

    Returns:
        Who was in the room, the one who was left out included.
    """
    present = [one for one in members(room) if not _outlived(one)]
    gone = broadcast((one["connectionId"] for one in present if one["connectionId"] != but), message)
    clean_up(one for one in present if one["connectionId"] in gone)
    return present


def clean_up(connections_: Iterable[Item]) -> None:
    """Forgets connections that are gone, unless they are still opening, and tells their rooms."""
    for one in connections_:
        if now() - int(one["connectedAt"]) > OPENING and forget(one) and one.get("roomId"):
            tell_of("user_left", one, one["roomId"])


def tell_of(event: str, who: Item, room: str) -> list[Item]:
    """Tells a room that somebody came or went; whether they are still there in another window is said too."""
    present = [one for one in members(room) if not _outlived(one)]
    others = [one for one in present if one["connectionId"] != who["connectionId"]]
    message = {
        "type": event,
        "roomId": room,
        "userId": who["userId"],
        "username": who["username"],
        "elsewhere": any(one["userId"] == who["userId"] for one in others),
        "members": len(others) + (event == "user_joined"),
    }
    gone = broadcast((one["connectionId"] for one in others), message)
    clean_up(one for one in others if one["connectionId"] in gone)
    return others


def _outlived(connection: Item) -> bool:
    """Whether a connection cannot be open any more; if so it is forgotten."""
    if now() - int(connection["connectedAt"]) <= LONGEST_CONNECTION:
        return False
    forget(connection)
    return True


def _still_in(room: str | None) -> dict[str, Any]:
    """The condition that a connection exists and is where it was."""
    if room is None:
        return {"ConditionExpression": "attribute_exists(connectionId) AND attribute_not_exists(roomId)"}
    return {"ConditionExpression": "roomId = :before", "ExpressionAttributeValues": {":before": room}}


def _counts(before: str | None, after: str | None) -> list[dict[str, Any]]:
    if before == after:
        return []
    return [{"Update": _counted(room, by)} for room, by in ((before, -1), (after, 1)) if room]


def _counted(room: str, by: int) -> dict[str, Any]:
    counted = {
        "TableName": setting("ROOMS_TABLE"),
        "Key": {"roomId": room},
        "UpdateExpression": "ADD members :by SET expiresAt = :then",
        "ExpressionAttributeValues": {":by": by, ":then": now() + FORGOTTEN_AFTER},
    }
    # In the same transaction, so that nobody slips in while a room is being closed.
    return counted | ({"ConditionExpression": "attribute_not_exists(closedAt)"} if by > 0 else {})


def _together(*writes: dict[str, Any]) -> bool:
    """Writes all or nothing; False if a condition on a connection did not hold.

    Raises:
        RefusedError: A room is closed.
    """

    def write() -> bool:
        database().meta.client.transact_write_items(TransactItems=list(writes))
        return True

    try:
        return patiently(write)
    except ClientError as error:
        failed = [
            next(iter(one.values()))["TableName"]
            for one, reason in zip(writes, reasons(error), strict=False)
            if reason == FAILED
        ]
        if setting("ROOMS_TABLE") in failed:
            raise RefusedError("room_closed", "This room is closed, until a moderator opens it again") from error
        if failed:
            return False
        raise


def patiently(write: Callable[[], bool]) -> bool:
    """Tries again where others write the same item, or the table is out of capacity: many come into one room at once.

    SDKs do so for single writes, but not for transactions.
    """
    for attempt in range(ATTEMPTS):
        try:
            return write()
        except ClientError as error:
            if attempt == ATTEMPTS - 1 or not _is_crowded(error):
                raise
            time.sleep(random.uniform(0, min(0.02 * 2**attempt, 2)))  # noqa: S311  # spread, not secret
    return False


def _is_crowded(error: ClientError) -> bool:
    if error.response["Error"]["Code"] == "TransactionInProgressException":
        return True
    found = set(reasons(error))
    return bool(found & CROWDED) and FAILED not in found


def reasons(error: ClientError) -> list[str]:
    """Why a transaction was cancelled, write by write."""
    # botocore's stubs know no modelled members of errors.
    response: Any = error.response
    return [str(reason.get("Code")) for reason in response.get("CancellationReasons", [])]
