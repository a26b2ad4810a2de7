"""Versions of objects: which is current, what a put or a delete makes of them. Content is somebody else's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from terrarium.local.clock import Clock
from terrarium.local.data.objects import errors, rows
from terrarium.local.data.objects.database import Database, Value
from terrarium.local.data.objects.listing import page
from terrarium.local.object_store import (
    NULL_VERSION,
    Bucket,
    Condition,
    Details,
    Lock,
    Page,
    Query,
    Segment,
    Version,
)

_COLUMNS = rows.VERSION.removeprefix("number, ")
_INSERT = f"INSERT INTO versions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = f"SELECT {rows.VERSION} FROM versions WHERE bucket = ? AND "


class New(NamedTuple):
    """What a version is made of."""

    etag: str
    segments: tuple[Segment, ...]
    details: Details
    parted: bool = False


class Changed(NamedTuple):
    """What a change left.

    Attributes:
        version: The version or marker that was put or deleted; None where there was nothing to delete.
        removed: Content that nothing refers to any more, once the change is committed.
    """

    version: Version | None
    removed: tuple[Segment, ...]


class Versions:
    """The versions of all objects.

    Args:
        database: Where they are kept; changes are made within a transaction of it.
        clock: Time.
        new_id: Makes version ids.
    """

    def __init__(self, database: Database, clock: Clock, new_id: Callable[[], str]) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def current(self, bucket: str, key: str) -> Version | None:
        """The current version or delete marker."""
        return self._one("key = ? AND latest", bucket, key)

    def find(self, bucket: str, key: str, id: str | None) -> Version | None:
        """A version by its id, or the current one."""
        return self.current(bucket, key) if id is None else self._one("key = ? AND id = ?", bucket, key, id)

    def list_current(self, bucket: str, query: Query) -> Page[Version]:
        """Objects as they are now, without what is deleted."""
        return page(lambda start, inclusive: self._seek(bucket, start, inclusive, "latest AND NOT marker"), query)

    def list_all(self, bucket: str, query: Query) -> Page[Version]:
        """Every version and marker, by key, what was put later first."""
        resumed = self._rest(bucket, query) if query.after_id else None
        return page(lambda start, inclusive: self._seek(bucket, start, inclusive, "TRUE"), query, resumed)

    def check(self, bucket: str, key: str, condition: Condition) -> None:
        """Refuses what does not meet a condition.

        Raises:
            AwsError: PreconditionFailed, or NoSuchKey where an ETag is asked for and there is no object.
        """
        if not condition.absent and condition.etag is None:
            return
        current = self.current(bucket, key)
        there = current is not None and not current.marker
        if condition.absent and there:
            raise errors.precondition_failed("If-None-Match")
        if condition.etag is None:
            return
        if not there:
            raise errors.no_such_key(key)
        if condition.etag not in ("*", current.etag if current else ""):
            raise errors.precondition_failed("If-Match")

    def put(self, bucket: Bucket, key: str, new: New) -> Changed:
        """Makes a version the current one; where versions are not kept it replaces the null version."""
        id = self._new_id() if bucket.versioning == "Enabled" else NULL_VERSION
        removed = () if bucket.versioning == "Enabled" else self._drop_null(bucket.name, key)
        return Changed(self._insert(bucket.name, key, id, new, marker=False), removed)

    def mark(self, bucket: Bucket, key: str) -> Changed:
        """Deletes without naming a version: a marker where versions are kept, else the object itself.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
        """
        if not bucket.versioning:
            return Changed(None, self._drop_null(bucket.name, key))
        removed = self._drop_null(bucket.name, key) if bucket.versioning == "Suspended" else ()
        id = self._new_id() if bucket.versioning == "Enabled" else NULL_VERSION
        marker = self._insert(bucket.name, key, id, New("", (), Details()), marker=True)
        return Changed(marker, removed)

    def delete(self, bucket: str, key: str, id: str, *, bypass: bool) -> Changed:
        """Deletes one version for good; the one before it becomes current.

        Args:
            bucket: Its bucket.
            key: Its key.
            id: Its id.
            bypass: Whether to pass over a retention in governance mode.

        Raises:
            AwsError: AccessDenied where it is locked.
        """
        version = self.find(bucket, key, id)
        if version is None:
            return Changed(None, ())
        if self._is_locked(version.details.lock, bypass=bypass):
            raise errors.locked()
        self._remove(version)
        return Changed(version, version.segments)

    def change(self, version: Version, details: Details) -> None:
        """Replaces what is stored beside a version."""
        self._database.rows(
            "UPDATE versions SET details = ? WHERE number = ?", (rows.write_details(details), version.number)
        )

    def contents(self) -> Iterator[Segment]:
        """All content that any version refers to."""
        for (segments,) in self._database.rows("SELECT segments FROM versions"):
            yield from rows.read_segments(segments)

    def _is_locked(self, lock: Lock, *, bypass: bool) -> bool:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes"""
        retained = lock.until > self._clock.now() and (lock.mode == "COMPLIANCE" or (bool(lock.mode) and not bypass))
        return retained or bool(lock.hold)

    def _drop_null(self, bucket: str, key: str) -> tuple[Segment, ...]:
        """Makes room for a new null version."""
        version = self.find(bucket, key, NULL_VERSION)
        if version is None:
            return ()
        self._remove(version)
        return version.segments

    def _remove(self, version: Version) -> None:
        self._database.rows("DELETE FROM versions WHERE number = ?", (version.number,))
        if version.latest:
            sql = (
                "UPDATE versions SET latest = 1 WHERE number = "
                "(SELECT max(number) FROM versions WHERE bucket = ? AND key = ?)"
            )
            self._database.rows(sql, (version.bucket, version.key))

    def _insert(self, bucket: str, key: str, id: str, new: New, *, marker: bool) -> Version:
        self._database.rows("UPDATE versions SET latest = 0 WHERE bucket = ? AND key = ? AND latest", (bucket, key))
        size = sum(segment.size for segment in new.segments)
        modified = self._clock.now()
        stored = (rows.write_segments(new.segments), rows.write_details(new.details), new.parted)
        values = (bucket, key, id, True, marker, new.etag, size, modified, *stored)
        number = self._database.rows(_INSERT, values).lastrowid or 0
        return Version(
            number, bucket, key, id, True, marker, new.etag, size, modified, new.segments, new.details, new.parted
        )

    def _one(self, where: str, *values: Value) -> Version | None:
        row = self._database.rows(_SELECT + where, values).fetchone()
        return rows.version(row) if row else None

    def _seek(self, bucket: str, start: str, inclusive: bool, where: str) -> Iterator[Version]:
        sql = f"{_SELECT}{where} AND key {'>=' if inclusive else '>'} ? ORDER BY key, number DESC"
        return map(rows.version, self._database.rows(sql, (bucket, start)))

    def _rest(self, bucket: str, query: Query) -> Iterator[Version]:
        """What is left of a key whose versions the last page ended in."""
        last = self.find(bucket, query.after, query.after_id)
        if last is None:
            return iter(())
        sql = _SELECT + "key = ? AND number < ? ORDER BY number DESC"
        return map(rows.version, self._database.rows(sql, (bucket, query.after, last.number)))
