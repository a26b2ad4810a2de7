"""Streams: which there are, their shards, and the records of the last 24 hours.

A stream has one open shard. After four hours it is closed and a child takes over, and switching the stream off closes
it for good: readers have to follow the lineage, as on AWS.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.records import position_of, record_of
from terrarium.local.data.tables.model.table import Keys
from terrarium.local.data.tables.storage.database import Database

RETENTION = 24 * 3600  # seconds
SHARD_LIFE = 4 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream; `enabled` while its table still writes to it. `created_at` in seconds since the epoch."""

    number: int
    arn: str
    label: str
    table: str
    view: str
    keys: Keys
    created_at: float
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: the positions from `first` to `last`, which is None while it is open."""

    id: str
    parent: str | None
    opened: float
    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record and what storage adds to it."""

    position: int
    created: float
    id: str
    record: dict[str, Any]  # the record as JSON, whose members have different types


class Journal:
    """All streams, by ARN."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams: dict[str, Stream] = {}
        self._open_shards: dict[int, Shard] = {}
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
            latest = self.shards(stream)[-1]
            if latest.last is None:
                self._open_shards[stream.number] = latest

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
        shard = self._shard_for_append(stream, now)
        record = json.dumps(record_of(change, view))
        written = self._database.write(
            "INSERT INTO records (stream, shard, created, id, record) VALUES (?, ?, ?, lower(hex(randomblob(16))), ?)",
            (stream.number, shard.id, now, record),
        )
        assert written.lastrowid, "an inserted row has a number"
        self._touched.add(arn)

    def shards(self, stream: Stream) -> list[Shard]:
        """A stream's shards, the oldest first."""
        rows = self._database.read(
            "SELECT id, parent, opened, first, last FROM shards WHERE stream = ? ORDER BY first", (stream.number,)
        )
        return [Shard(*row) for row in rows.fetchall()]

    def records(self, shard: Shard, after: int, since: float, limit: int) -> list[StoredRecord]:
        """A shard's records past a position, none older than `since` (seconds since the epoch)."""
        rows = self._database.read(
            "SELECT position, created, id, record FROM records WHERE shard = ? AND position > ? AND created >= ? "
            "ORDER BY position LIMIT ?",
            (shard.id, after, since, limit),
        )
        return [StoredRecord(at, created, id_, json.loads(text)) for at, created, id_, text in rows.fetchall()]

    def last_position(self) -> int:
        """The position of the latest record of all streams, or 0."""
        row = self._database.read("SELECT seq FROM sqlite_sequence WHERE name = 'records'").fetchone()
        return int(row[0]) if row else 0

    def trim(self, now: float) -> None:
        """Deletes records older than 24 hours, and the closed shards and ended streams that they leave empty."""
        horizon = now - RETENTION
        write = self._database.write
        if self._database.read("SELECT 1 FROM records WHERE created < ? LIMIT 1", (horizon,)).fetchone():
            write("DELETE FROM records WHERE created < ?", (horizon,))
        if self._database.read("SELECT 1 FROM shards WHERE closed < ? LIMIT 1", (horizon,)).fetchone():
            write("DELETE FROM shards WHERE closed < ?", (horizon,))
            write("DELETE FROM streams WHERE number NOT IN (SELECT stream FROM shards)")
            self.load()

    async def changed(self, arn: str, after: str | None) -> None:
        """Returns once the stream has a committed record past that sequence number, or any where it is None."""
        last = position_of(after) if after is not None else 0
        while True:
            await self._database.settled()
            stream = self._streams.get(arn)
            if stream is not None and self._has_record_past(stream, last):
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

    def _has_record_past(self, stream: Stream, position: int) -> bool:
        row = self._database.read(
            "SELECT 1 FROM records WHERE stream = ? AND position > ? LIMIT 1", (stream.number, position)
        ).fetchone()
        return row is not None

    def _tell_followers(self) -> None:
        touched, self._touched = self._touched, set()
        for arn in touched:
            for follower in self._followers.pop(arn, ()):
                if not follower.done():
                    follower.set_result(None)

    def _shard_for_append(self, stream: Stream, now: float) -> Shard:
        shard = self._open_shards[stream.number]
        if now - shard.opened < SHARD_LIFE:
            return shard
        self._close_shard(stream, now)
        return self._open_shard(stream, shard.id, now)

    def _open_shard(self, stream: Stream, parent: str | None, now: float) -> Shard:
        first = self.last_position() + 1
        # Its form on AWS: when it began, in milliseconds, and a distinguishing part of eight hexadecimal digits.
        shard = Shard(f"shardId-{int(now * 1000):020d}-{stream.number:08x}", parent, now, first, None)
        self._database.write(
            "INSERT INTO shards (id, stream, parent, opened, first) VALUES (?, ?, ?, ?, ?)",
            (shard.id, stream.number, parent, now, first),
        )
        self._open_shards[stream.number] = shard
        return shard

    def _close_shard(self, stream: Stream, now: float) -> None:
        shard = self._open_shards.pop(stream.number)
        last = max(self.last_position(), shard.first)
        self._database.write("UPDATE shards SET last = ?, closed = ? WHERE id = ?", (last, now, shard.id))

    def _save(self, stream: Stream) -> None:
        definition = {name: value for name, value in asdict(stream).items() if name not in ("number", "arn")}
        self._database.write(
            "INSERT OR REPLACE INTO streams VALUES (?, ?, ?)", (stream.number, stream.arn, json.dumps(definition))
        )
        self._streams[stream.arn] = stream


def _stream(number: int, arn: str, definition: str) -> Stream:
    members = json.loads(definition)
    return Stream(number=number, arn=arn, **members | {"keys": Keys(**members["keys"])})
