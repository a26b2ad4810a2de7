"""$disconnect: a page closed. Its connection goes, its room is one fewer, and the others see it."""

from __future__ import annotations

from typing import Any

from rooms import leave_for_good, tell_of
from sockets import Event, caller


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Forget the connection. Whoever found it gone before has done so already."""
    connection = leave_for_good(caller(event))
    if connection is not None and connection.get("roomId"):
        tell_of("user_left", connection, connection["roomId"])
    return {"statusCode": 200}
