"""Provisioned throughput: so many units a second, and what was not used in the last five minutes as burst credit.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
"""

from __future__ import annotations

from msgspec import Struct

BURST_SECONDS = 300


class Bucket(Struct):
    """The units that are there to be taken.

    What a query costs is known only after it: a call passes while there is anything left, and may leave a debt.

    Attributes:
        rate: Units a second.
        level: Units there at the time `at`; a new bucket holds one second's.
        at: Seconds since the epoch.
    """

    rate: float
    level: float
    at: float

    def open(self, now: float) -> bool:
        """Whether a call may pass."""
        self._fill(now)
        return self.level > 0

    def take(self, units: float) -> None:
        """Takes what a call has cost."""
        self.level -= units

    def _fill(self, now: float) -> None:
        elapsed, self.at = max(now - self.at, 0.0), now
        self.level = min(self.level + elapsed * self.rate, self.rate * BURST_SECONDS)


class Throttle:
    """The buckets of all tables and global indexes, made when they are first asked for.

    A bucket's name carries its rate, so that changed throughput starts with a bucket of its own.
    """

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, str, str, float], Bucket] = {}

    def bucket(self, table: int, index: str, direction: str, rate: float, since: float) -> Bucket:
        """The bucket of a table (index "") or index for ``read`` or ``write``, unused since its making until now."""
        name = (table, index, direction, rate)
        if name not in self._buckets:
            self._buckets[name] = Bucket(rate, rate, since)
        return self._buckets[name]

    def forget(self, table: int) -> None:
        """Drops a deleted table's buckets."""
        self._buckets = {name: bucket for name, bucket in self._buckets.items() if name[0] != table}
