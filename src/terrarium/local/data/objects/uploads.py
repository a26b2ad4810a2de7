"""Multipart uploads: parts that arrive in any order and become one object without being copied.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence

from terrarium.local.clock import Clock
from terrarium.local.data.objects import errors, rows
from terrarium.local.data.objects.database import Database
from terrarium.local.data.objects.listing import page
from terrarium.local.object_store import Details, Page, Part, Query, Received, Segment, Upload

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: 5 MiB, but for the last part
LEAST_PART = 5 * 1024 * 1024


class Uploads:
    """The uploads that are under way.

    Args:
        database: Where they are kept; changes are made within a transaction of it.
        clock: Time.
        new_id: Makes upload ids.
    """

    def __init__(self, database: Database, clock: Clock, new_id: Callable[[], str]) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def create(self, bucket: str, key: str, details: Details) -> Upload:
        """Begins an upload."""
        upload = Upload(self._new_id(), bucket, key, self._clock.now(), details)
        values = (upload.id, bucket, key, upload.initiated, rows.write_details(details))
        self._database.rows(f"INSERT INTO uploads ({rows.UPLOAD}) VALUES (?, ?, ?, ?, ?)", values)
        return upload

    def get(self, bucket: str, key: str, id: str) -> Upload:
        """An upload of that object.

        Raises:
            AwsError: NoSuchUpload.
        """
        sql = f"SELECT {rows.UPLOAD} FROM uploads WHERE id = ? AND bucket = ? AND key = ?"
        row = self._database.rows(sql, (id, bucket, key)).fetchone()
        if row is None:
            raise errors.no_such_upload(id)
        return rows.upload(row)

    def put_part(self, upload: Upload, number: int, received: Received) -> tuple[Part, tuple[Segment, ...]]:
        """Stores a part, in place of an earlier one of its number, whose content comes back to be removed."""
        sql = "SELECT segment FROM parts WHERE upload = ? AND number = ?"
        old = self._database.rows(sql, (upload.id, number)).fetchone()
        part = Part(number, received.md5, self._clock.now(), received.segment)
        values = (upload.id, number, part.etag, part.modified, rows.write_segments([part.segment]))
        sql = "INSERT OR REPLACE INTO parts (upload, number, etag, modified, segment) VALUES (?, ?, ?, ?, ?)"
        self._database.rows(sql, values)
        return part, rows.read_segments(old[0]) if old else ()

    def parts(self, id: str) -> list[Part]:
        """The parts that have arrived, by number."""
        sql = f"SELECT {rows.PART} FROM parts WHERE upload = ? ORDER BY number"
        return [rows.part(row) for row in self._database.rows(sql, (id,))]

    def chosen(self, upload: Upload, asked: Sequence[tuple[int, str]]) -> list[Part]:
        """The parts that are asked for by number and ETag.

        Raises:
            AwsError: InvalidPart, InvalidPartOrder or EntityTooSmall.
        """
        numbers = [number for number, _ in asked]
        if any(second <= first for first, second in itertools.pairwise(numbers)):
            raise errors.part_order()
        there = {part.number: part for part in self.parts(upload.id)}
        found = [there[number] for number, etag in asked if number in there and there[number].etag == etag]
        if len(found) != len(asked):
            raise errors.invalid_part()
        for part in found[:-1]:
            if part.segment.size < LEAST_PART:
                raise errors.too_small(part.number, part.segment.size, LEAST_PART)
        return found

    def remove(self, upload: Upload) -> list[Segment]:
        """Forgets an upload and its parts, whose content comes back."""
        segments = [part.segment for part in self.parts(upload.id)]
        self._database.rows("DELETE FROM parts WHERE upload = ?", (upload.id,))
        self._database.rows("DELETE FROM uploads WHERE id = ?", (upload.id,))
        return segments

    def of(self, bucket: str) -> list[Upload]:
        """Every upload to a bucket."""
        sql = f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? ORDER BY key, id"
        return [rows.upload(row) for row in self._database.rows(sql, (bucket,))]

    def list(self, bucket: str, query: Query) -> Page[Upload]:
        """Uploads by key, then id."""
        resumed = self._rest(bucket, query) if query.after_id else None
        return page(lambda start, inclusive: self._seek(bucket, start, inclusive), query, resumed)

    def contents(self) -> Iterator[Segment]:
        """All content that any part refers to."""
        for (segment,) in self._database.rows("SELECT segment FROM parts"):
            yield from rows.read_segments(segment)

    def _seek(self, bucket: str, start: str, inclusive: bool) -> Iterator[Upload]:
        order = f"key {'>=' if inclusive else '>'} ? ORDER BY key, id"
        sql = f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND {order}"
        return map(rows.upload, self._database.rows(sql, (bucket, start)))

    def _rest(self, bucket: str, query: Query) -> Iterator[Upload]:
        sql = f"SELECT {rows.UPLOAD} FROM uploads WHERE bucket = ? AND key = ? AND id > ? ORDER BY id"
        return map(rows.upload, self._database.rows(sql, (bucket, query.after, query.after_id)))


def combined_etag(parts: Sequence[Part]) -> str:
    """The MD5 of the parts' MD5s, and their number.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#large-object-checksums
    """
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(parts)}"
