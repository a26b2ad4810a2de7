"""sendInfo: a browser asks who it is, and sees the queue. Its first message after the connection opened."""

from __future__ import annotations

from typing import Any

from utility import Event, caller, find, in_order, in_status, info, queue_update, refuse, send_message


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Answer with the caller's own item, the ticket to the board included, and then with the queue."""
    player = find(caller(event))
    if player is None:
        return refuse(event, "unknown", "This connection is not known any more: connect again")
    queue = in_order([*in_status("active"), *in_status("inactive")])
    if send_message(player["connectionId"], info(player)):
        send_message(player["connectionId"], queue_update(queue))
    return {"statusCode": 200}
