"""The table's stream: whatever changed, every browser gets the queue as it is now.

It also heals. The index behind the other handlers may lag, and $disconnect is delivered with best effort only
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html);
this function sees every change and the whole table, so a seat never stays empty while somebody waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from seating import fill_seats, forget, release_orphan
from utility import LISTED_PLAYERS, TABLE, Event, Player, broadcast, in_order, is_seat, pages, queue_update

# A connection has its item shortly before it can receive: until then it looks gone, and must not be deleted.
# https://repost.aws/knowledge-center/410-gone-api-gateway
OPENING = timedelta(seconds=30)


def handler(event: Event, _context: Any) -> None:
    """Tell everybody, if the change can be seen in the queue; then seat whoever can sit."""
    items = pages(TABLE.scan, {"ConsistentRead": True})
    players = [item for item in items if not is_seat(item)]
    if any(is_visible(record["dynamodb"]) for record in event["Records"]):
        for connection_id in tell(players):
            forget(connection_id)
    for seat in filter(is_seat, items):
        release_orphan(seat)
    fill_seats(player for player in players if player.get("status") == "inactive")


def is_visible(change: Mapping[str, Any]) -> bool:
    """Whether the changed item is, or was, in the queue. Seats and mere onlookers are not."""
    return any("status" in change.get(image, {}) for image in ("OldImage", "NewImage"))


def tell(players: list[Player]) -> list[str]:
    """Send everybody the queue; returns the connections that are gone, those aside that may still be opening."""
    queue = in_order(players)
    message = queue_update(queue)
    far = {
        player["connectionId"]: {**message, "place": place}
        for place, player in enumerate(queue, 1)
        if place > LISTED_PLAYERS
    }
    gone = broadcast({player["connectionId"]: far.get(player["connectionId"], message) for player in players})
    opened = (datetime.now(UTC) - OPENING).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    old = {player["connectionId"] for player in players if player.get("connectedAt", "") < opened}
    return [connection_id for connection_id in gone if connection_id in old]
