"""$disconnect: a browser closed. Its item goes, its seat is free, and the next in line sits down."""

from __future__ import annotations

from typing import Any

from seating import fill_seats, forget
from utility import Event, caller, in_status


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Delete the connection and refill its seat. Everybody learns of it through the table's stream."""
    if forget(caller(event)):
        fill_seats(in_status("inactive"))
    return {"statusCode": 200}
