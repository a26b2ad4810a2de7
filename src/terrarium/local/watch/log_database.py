"""Log events on disk: SQLite tables and the statements on them.

It knows neither threads nor limits on what is written; `logs.py` does. Every method works within the caller's lock.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.watch.log_records import END, START, LogEvent, LogGroup, LogStream, Position

#: Of the tables below; to be raised with every change of them.
_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    retention INTEGER, size INTEGER NOT NULL, tags TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
    first_event INTEGER, last_event INTEGER, last_ingested INTEGER, UNIQUE (grp, name)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, grp INTEGER NOT NULL, stream INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, ingested INTEGER NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_group ON events (grp, timestamp, id);
CREATE INDEX IF NOT EXISTS events_of_stream ON events (stream, timestamp, id);
"""

#: What CloudWatch counts for an event beside its message: the batch size in API_PutLogEvents.html.
EVENT_OVERHEAD = 26

_SELECT = """
SELECT groups.name, streams.name, events.timestamp, events.message, events.ingested, events.id
FROM events JOIN streams ON streams.id = events.stream JOIN groups ON groups.id = events.grp
"""

# One statement adds many events: it is told to SQLite once, and other threads of Python run while SQLite does it.
_COLUMNS = 5
_MOST_VALUES = 100 * _COLUMNS  # SQLite before 3.32 takes 999


@functools.lru_cache(maxsize=_MOST_VALUES // _COLUMNS)
def _insertion(events: int) -> str:
    places = ",".join([f"({','.join('?' * _COLUMNS)})"] * events)
    return f"INSERT INTO events (grp, stream, timestamp, ingested, message) VALUES {places}"  # noqa: S608  # fixed text


class _Portion(Struct):
    """What one transaction adds to one stream."""

    group_id: int
    stream_id: int
    first: int
    last: int
    ingested: int
    size: int = 0

    def count(self, timestamp: int, message: str, ingested: int) -> None:
        if timestamp < self.first:
            self.first = timestamp
        elif timestamp > self.last:
            self.last = timestamp
        self.ingested = max(self.ingested, ingested)
        self.size += bytes_of(message)


class LogDatabase:
    """The tables in one file.

    Args:
        file: Where they are; made where there is none.

    Raises:
        UserError: The file is damaged, cannot be opened, or was written by another version.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
            self._prepare()
        except sqlite3.Error as fault:
            hint = f"remove {file.name}, or run `terrarium reset`; either forgets the logs"
            raise UserError(f"{file} cannot be read: {fault}", hint=hint) from fault
        self._groups: dict[str, int] = {}
        self._streams: dict[tuple[str, str], int] = {}

    def _prepare(self) -> None:
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._lay_out()
        except sqlite3.Error:
            self._db.close()
            raise

    def _lay_out(self) -> None:
        """Makes the tables in a new file, and refuses one whose tables are others."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and version != _VERSION:
            raise sqlite3.DatabaseError("another version of Terrarium wrote it")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        self._db.close()

    def append(self, events: Iterable[LogEvent]) -> None:
        """Adds events, with the groups and streams that they name, as one transaction.

        Raises:
            sqlite3.Error: Nothing was added, for example because the disk is full.
        """
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._insert(events)
            self._db.execute("COMMIT")
        except BaseException:
            self._groups.clear()
            self._streams.clear()
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _insert(self, events: Iterable[LogEvent]) -> None:
        portions: dict[tuple[str, str], _Portion] = {}
        values: list[object] = []
        for group, stream, timestamp, message, ingested, _ in events:
            portion = portions.get((group, stream))
            if portion is None:
                portion = portions[group, stream] = self._portion(group, stream, timestamp, ingested)
            portion.count(timestamp, message, ingested)
            values += (portion.group_id, portion.stream_id, timestamp, ingested, message)
        for start in range(0, len(values), _MOST_VALUES):
            some = values[start : start + _MOST_VALUES]
            self._db.execute(_insertion(len(some) // _COLUMNS), some)
        for portion in portions.values():
            self._add_up(portion)

    def _portion(self, group: str, stream: str, timestamp: int, ingested: int) -> _Portion:
        """What a transaction adds to one stream; the group and the stream are made where they are missing."""
        stream_id = self._streams.get((group, stream))
        if stream_id is None:
            self.add_group(group, ingested)
            self.add_stream(group, stream, ingested)
            stream_id = self._streams[group, stream] = self._stream_id(group, stream) or 0
        return _Portion(self._group_id(group) or 0, stream_id, timestamp, timestamp, ingested)

    def _add_up(self, portion: _Portion) -> None:
        self._db.execute("UPDATE groups SET size = size + ? WHERE id = ?", (portion.size, portion.group_id))
        self._db.execute(
            "UPDATE streams SET first_event = min(ifnull(first_event, ?1), ?1), last_ingested = ?3, "
            "last_event = max(ifnull(last_event, ?2), ?2) WHERE id = ?4",
            (portion.first, portion.last, portion.ingested, portion.stream_id),
        )

    def _group_id(self, name: str) -> int | None:
        if name not in self._groups:
            row = self._db.execute("SELECT id FROM groups WHERE name = ?", (name,)).fetchone()
            if row is None:
                return None
            self._groups[name] = row[0]
        return self._groups[name]

    def _stream_id(self, group: str, name: str) -> int | None:
        found = self._db.execute("SELECT id FROM streams WHERE grp = ? AND name = ?", (self._group_id(group), name))
        row = found.fetchone()
        return None if row is None else int(row[0])

    def add_group(self, name: str, created: int, retention: int | None = None) -> bool:
        """Makes a group; False where it is there already."""
        values = (name, created, retention)
        done = self._db.execute(
            "INSERT OR IGNORE INTO groups (name, created, retention, size) VALUES (?, ?, ?, 0)", values
        )
        return done.rowcount == 1

    def remove_group(self, name: str) -> bool:
        """Removes a group with all that is in it; False where there is none."""
        group = self._group_id(name)
        if group is None:
            return False
        for statement in ("events WHERE grp", "streams WHERE grp", "groups WHERE id"):
            self._db.execute(f"DELETE FROM {statement} = ?", (group,))  # noqa: S608  # three fixed texts
        self._forget(name)
        return True

    def add_stream(self, group: str, name: str, created: int) -> bool:
        """Makes a stream in a group that is there; False where the stream is there already."""
        values = (self._group_id(group), name, created)
        return (
            self._db.execute("INSERT OR IGNORE INTO streams (grp, name, created) VALUES (?, ?, ?)", values).rowcount
            == 1
        )

    def remove_stream(self, group: str, name: str) -> bool:
        """Removes a stream with its events; False where there is none."""
        stream = self._stream_id(group, name)
        if stream is None:
            return False
        gone = self._measure("stream = ?", (stream,))
        self._db.execute("UPDATE groups SET size = size - ? WHERE name = ?", (gone, group))
        self._db.execute("DELETE FROM events WHERE stream = ?", (stream,))
        self._db.execute("DELETE FROM streams WHERE id = ?", (stream,))
        self._forget(group)
        return True

    def _forget(self, group: str) -> None:
        self._groups.pop(group, None)
        self._streams = {key: stream for key, stream in self._streams.items() if key[0] != group}

    def set_retention(self, group: str, days: int | None) -> None:
        self._db.execute("UPDATE groups SET retention = ? WHERE name = ?", (days, group))

    def set_tags(self, group: str, tags: Mapping[str, str]) -> None:
        self._db.execute("UPDATE groups SET tags = ? WHERE name = ?", (json.dumps(dict(tags)), group))

    def groups(self) -> list[LogGroup]:
        """Every group, by name."""
        rows = self._db.execute("SELECT name, created, retention, size, tags FROM groups ORDER BY name")
        return [LogGroup(name, created, days, size, json.loads(tags)) for name, created, days, size, tags in rows]

    def streams(self, group: str) -> list[LogStream]:
        """Every stream of a group, by name."""
        rows = self._db.execute(
            "SELECT name, created, first_event, last_event, last_ingested FROM streams WHERE grp = ? ORDER BY name",
            (self._group_id(group),),
        )
        return [LogStream(*row) for row in rows]

    def page(
        self, group: str, stream: str | None, after: Position, before: Position, limit: int, *, newest: bool = False
    ) -> list[LogEvent]:
        """Events between two positions, neither included, in order; the newest of them first where `newest`."""
        scope, scoped = ("events.grp", self._group_id(group))
        if stream is not None:
            scope, scoped = ("events.stream", self._stream_id(group, stream))
        order = "DESC" if newest else "ASC"
        rows = self._db.execute(
            f"{_SELECT} WHERE {scope} = ? "
            "AND (events.timestamp, events.id) > (?, ?) AND (events.timestamp, events.id) < (?, ?) "
            f"ORDER BY events.timestamp {order}, events.id {order} LIMIT ?",
            (scoped, *after, *before, limit),
        )
        return [LogEvent(*row) for row in rows]

    def newest(self, groups: Sequence[str], limit: int) -> list[LogEvent]:
        """The last events that arrived in some groups, or in all where none is named, oldest first."""
        marks = ",".join("?" * len(groups))
        where = f"WHERE groups.name IN ({marks})" if groups else ""
        rows = self._db.execute(f"{_SELECT} {where} ORDER BY events.id DESC LIMIT ?", (*groups, limit))
        return [LogEvent(*row) for row in rows][::-1]

    def trim(self, group: str, limit: int) -> None:
        """Removes a group's oldest events until it is no larger than `limit` bytes."""
        size = self._size(group)
        while size > limit:
            oldest = self.page(group, None, START, END, 1_000)
            if not oldest:
                break
            last = next((event for event in oldest if (size := size - bytes_of(event.message)) <= limit), oldest[-1])
            self._remove_through(group, last.position, size)

    def expire(self, group: str, before: int) -> None:
        """Removes a group's events from before a time in milliseconds."""
        span = (self._group_id(group), before)
        gone = self._measure("grp = ? AND timestamp < ?", span)
        if gone:
            self._remove_through(group, Position(before - 1, END.id), self._size(group) - gone)

    def _measure(self, where: str, values: Sequence[object]) -> int:
        """How many bytes some events take, counted as CloudWatch does."""
        count = f"SELECT ifnull(sum(length(CAST(message AS BLOB)) + {EVENT_OVERHEAD}), 0) FROM events WHERE {where}"  # noqa: S608  # fixed texts
        return int(self._db.execute(count, values).fetchone()[0])

    def _size(self, group: str) -> int:
        return int(self._db.execute("SELECT size FROM groups WHERE name = ?", (group,)).fetchone()[0])

    def _remove_through(self, group: str, last: Position, size: int) -> None:
        where = "grp = ? AND (timestamp, id) <= (?, ?)"
        self._db.execute(f"DELETE FROM events WHERE {where}", (self._group_id(group), *last))  # noqa: S608  # fixed text
        self._db.execute("UPDATE groups SET size = ? WHERE name = ?", (max(size, 0), group))


def bytes_of(message: str) -> int:
    """What CloudWatch counts for an event."""
    return (len(message) if message.isascii() else len(message.encode(errors="replace"))) + EVENT_OVERHEAD
