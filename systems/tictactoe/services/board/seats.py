"""Who sits at the board, and who is who: the players' table, read only. It takes nobody's word but the table's."""

from __future__ import annotations

import hmac
from typing import Any

from board.game import MARKERS
from board.match import Seat

Item = dict[str, dict[str, str]]  # attributes as DynamoDB writes them


class Table:
    """The players' table, read consistently, so that whoever just sat down is seen.

    Args:
        client: boto3's DynamoDB client; its calls block, so call these methods in a thread.
        name: the table's name.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def seats(self) -> dict[str, Seat | None]:
        """Who holds each marker."""
        return {marker: self._seat(marker) for marker in MARKERS}

    def vouches(self, connection_id: str, session_id: str) -> bool:
        """Whether a browser that shows this ticket is that player: the session is known to its owner only."""
        if not 0 < len(connection_id) <= 128 or connection_id.startswith("seat#"):
            return False
        session = text(self._find(connection_id), "sessionId")
        return bool(session) and hmac.compare_digest(session.encode(), session_id.encode())

    def _seat(self, marker: str) -> Seat | None:
        seat = self._find(f"seat#{marker}")
        player = text(seat, "holder")
        if not player:
            return None
        return Seat(player, text(self._find(player), "username"), text(seat, "seating"), text(seat, "seatedAt"))

    def _find(self, key: str) -> Item:
        answer = self._client.get_item(TableName=self._name, Key={"connectionId": {"S": key}}, ConsistentRead=True)
        item: Item = answer.get("Item", {})
        return item


def text(item: Item, attribute: str) -> str:
    """A text attribute, empty where there is none."""
    return item.get(attribute, {}).get("S", "")
