"""Streams: which there are, their shards, and the records of the last 24 hours.

A stream has one open shard. After four hours it is closed and a child takes over, and switching the stream off closes
it for good: readers have to follow the lineage, as on AWS. Each stream has an SQLite table of its own, to whose end
records are added; a shard is the records between two positions. The last record is never deleted, so that positions go
on from it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.records import position_of, record_of
from terrarium.local.data.tables.model.table import Keys
from terrarium.local.data.tables.storage.database import Database

RETENTION = 24 * 3600  # seconds
SHARD_LIFE = 4 * 3600  # seconds


class Stream(Struct, frozen=True):
    """A stream; `enabled` while its table still writes to it. `created_at` in seconds since the epoch."""

    number: int
    arn: str
    label: str
    table: str
    view: str
    keys: Keys
    created_at: float
    enabled: bool = True


class Shard(Struct, frozen=True):
    """A shard: the positions from `first` to `last`; None while it is open, and before `first` if it closed empty."""

    id: str
    parent: str | None
    opened: float
    first: int
    last: int | None


class StoredRecord(Struct, frozen=True):
    """A record and what storage adds to it."""

    position: int
    created: float
    record: dict[str, Any]  # the record as JSON, whose members have different types


class Journal:
    """All streams, by ARN."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams: dict[str, Stream] = {}
        self._open_shards: dict[int, Shard] = {}
        self._last: dict[int, int] = {}
        self._touched: set[str] = set()
        self._followers: dict[str, set[asyncio.Future[None]]] = {}
        database.after_commit.append(self._tell_followers)
        database.after_rollback.append(self.load)

    def load(self) -> None:
        """Reads what the file says."""
        rows = self._database.read("SELECT number, arn, definition FROM streams").fetchall()
        self._streams = {arn: _stream(number, arn, definition) for number, arn, definition in rows}
        self._open_shards = {}
        self._touched = set()
        for stream in self._streams.values():
            shards = self.shards(stream)
            if shards[-1].last is None:
                self._open_shards[stream.number] = shards[-1]
            self._last[stream.number] = self._last_on_disk(stream, shards)

    def _last_on_disk(self, stream: Stream, shards: list[Shard]) -> int:
        row = self._database.read(f"SELECT max(position) FROM records_{stream.number}").fetchone()
        return max(row[0] or 0, *(shard.last or shard.first - 1 for shard in shards))

    def get(self, arn: str) -> Stream | None:
        """The stream with that ARN, or None."""
        return self._streams.get(arn)

    def all(self) -> list[Stream]:
        """All streams, in the order of their ARNs."""
        return sorted(self._streams.values(), key=lambda stream: stream.arn)

    def enable(self, arn: str, label: str, table: str, view: str, keys: Keys, now: float) -> None:
        """Begins a stream."""
        number = 1 + max((stream.number for stream in self._streams.values()), default=0)
        stream = Stream(number, arn, label, table, view, keys, now)
        self._save(stream)
        self._database.write(
            f"CREATE TABLE records_{number} (position INTEGER PRIMARY KEY, created REAL NOT NULL, record TEXT NOT NULL)"
        )
        self._last[number] = 0
        self._open_shard(stream, None, now)

    def disable(self, arn: str, now: float) -> None:
        """Ends a stream: its records stay readable for their 24 hours."""
        stream = self._streams[arn]
        self._close_shard(stream, now)
        self._save(replace(stream, enabled=False))

    def append(self, change: Change, now: float) -> None:
        """Writes the record of a change, if the table has a stream and anything changed."""
        view, arn = change.table.stream_view, change.table.stream_arn
        if view is None or arn is None or not change.alters:
            return
        stream = self._streams[arn]
        self._roll(stream, now)
        self._last[stream.number] += 1
        self._database.note(
            f"INSERT INTO records_{stream.number} VALUES (?, ?, ?)",
            (self._last[stream.number], now, json.dumps(record_of(change, view))),
        )
        self._touched.add(arn)

    def shards(self, stream: Stream) -> list[Shard]:
        """A stream's shards, the oldest first."""
        rows = self._database.read(
            "SELECT id, parent, opened, first, last FROM shards WHERE stream = ? ORDER BY first, opened",
            (stream.number,),
        )
        return [Shard(*row) for row in rows.fetchall()]

    def records(self, stream: Stream, shard: Shard, after: int, since: float, limit: int) -> list[StoredRecord]:
        """A shard's records past a position, none older than `since` (seconds since the epoch)."""
        last = self._last[stream.number] if shard.last is None else shard.last
        rows = self._database.read(
            f"SELECT position, created, record FROM records_{stream.number} "
            "WHERE position > ? AND position <= ? AND created >= ? ORDER BY position LIMIT ?",
            (max(after, shard.first - 1), last, since, limit),
        )
        return [StoredRecord(position, created, json.loads(text)) for position, created, text in rows.fetchall()]

    def last_position(self, stream: Stream) -> int:
        """The position of a stream's latest record, or 0."""
        return self._last[stream.number]

    def trim(self, now: float) -> None:
        """Deletes records older than 24 hours, and the closed shards and ended streams that they leave empty."""
        horizon = now - RETENTION
        for stream in self.all():
            self._trim_records(stream, horizon)
        if self._database.read("SELECT 1 FROM shards WHERE closed < ? LIMIT 1", (horizon,)).fetchone():
            self._database.write("DELETE FROM shards WHERE closed < ?", (horizon,))
            for stream in self.all():
                if not self.shards(stream):
                    self._database.write("DELETE FROM streams WHERE number = ?", (stream.number,))
                    self._database.write(f"DROP TABLE records_{stream.number}")
                    del self._streams[stream.arn]

    def _trim_records(self, stream: Stream, horizon: float) -> None:
        oldest = self._database.read(
            f"SELECT created FROM records_{stream.number} WHERE position < ? ORDER BY position LIMIT 1",
            (self._last[stream.number],),
        ).fetchone()
        if oldest is not None and oldest[0] < horizon:
            self._database.write(
                f"DELETE FROM records_{stream.number} WHERE created < ? AND position < ?",
                (horizon, self._last[stream.number]),
            )

    async def changed(self, arn: str, after: str | None) -> None:
        """Returns once the stream has a committed record past that sequence number, or any where it is None."""
        last = position_of(after) if after is not None else 0
        while True:
            await self._database.settled()
            stream = self._streams.get(arn)
            if stream is not None and self._last[stream.number] > last:
                return
            await self._next_record(arn)

    async def _next_record(self, arn: str) -> None:
        follower: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        followers = self._followers.setdefault(arn, set())
        followers.add(follower)
        try:
            await follower
        finally:
            followers.discard(follower)

    def _tell_followers(self) -> None:
        touched, self._touched = self._touched, set()
        for arn in touched:
            for follower in self._followers.pop(arn, ()):
                if not follower.done():
                    follower.set_result(None)

    def _roll(self, stream: Stream, now: float) -> None:
        """Opens a child where the open shard has had its time."""
        shard = self._open_shards[stream.number]
        if now - shard.opened >= SHARD_LIFE:
            self._close_shard(stream, now)
            self._open_shard(stream, shard.id, now)

    def _open_shard(self, stream: Stream, parent: str | None, now: float) -> None:
        # Its form on AWS: when it began, in milliseconds, and a distinguishing part of eight hexadecimal digits.
        shard_id = f"shardId-{int(now * 1000):020d}-{stream.number:08x}"
        shard = Shard(shard_id, parent, now, self._last[stream.number] + 1, None)
        self._database.write(
            "INSERT INTO shards (id, stream, parent, opened, first) VALUES (?, ?, ?, ?, ?)",
            (shard.id, stream.number, parent, now, shard.first),
        )
        self._open_shards[stream.number] = shard

    def _close_shard(self, stream: Stream, now: float) -> None:
        shard = self._open_shards.pop(stream.number)
        last = self._last[stream.number]
        self._database.write("UPDATE shards SET last = ?, closed = ? WHERE id = ?", (last, now, shard.id))

    def _save(self, stream: Stream) -> None:
        definition = {name: value for name, value in to_builtins(stream).items() if name not in ("number", "arn")}
        self._database.write(
            "INSERT OR REPLACE INTO streams VALUES (?, ?, ?)", (stream.number, stream.arn, json.dumps(definition))
        )
        self._streams[stream.arn] = stream


def _stream(number: int, arn: str, definition: str) -> Stream:
    members = json.loads(definition)
    return Stream(number=number, arn=arn, **members | {"keys": Keys(**members["keys"])})
