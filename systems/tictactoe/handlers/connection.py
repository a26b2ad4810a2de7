"""$connect: a browser opened the queue. It gets an item and a private session, and is in no line yet."""

from __future__ import annotations

import uuid
from typing import Any

from utility import TABLE, Event, caller, now


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Store the connection. Nothing can be sent to it before this returns, so the session follows with `sendInfo`."""
    TABLE.put_item(Item={"connectionId": caller(event), "sessionId": str(uuid.uuid4()), "connectedAt": now()})
    return {"statusCode": 200}
