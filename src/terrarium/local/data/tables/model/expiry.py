"""When an item expires: its TTL attribute is a number of seconds since the epoch, and no more than five years ago.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
"""

from __future__ import annotations

from decimal import Decimal

from terrarium.local.data.tables.values.wire import Item

OLDEST = 5 * 365 * 24 * 3600  # seconds
# What storage's integers hold; later than that is never.
_LATEST = 2**63 - 1


def expiry_of(item: Item, attribute: str) -> int | None:
    """Seconds since the epoch at which an item expires, or None where it has no such number."""
    text = item.get(attribute, {}).get("N")
    if text is None:
        return None
    moment = int(Decimal(text))
    return moment if 0 <= moment <= _LATEST else None
