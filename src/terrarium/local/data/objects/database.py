"""The SQLite file with everything but content. A change is one transaction, on disk before anybody is told of it.

Commits append to SQLite's write-ahead log, which outlives the process; with `fsync` they also outlive the machine.
Key order is S3's: SQLite compares text as bytes of UTF-8.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from terrarium.errors import UserError
from terrarium.local.data.objects import errors
from terrarium.local.data.tables.storage.checkpoints import Checkpoints

Value = str | bytes | int | float | None

# Enough for what a checkpoint writes.
_RESERVE = 1024 * 1024

_SCHEMA = """
CREATE TABLE IF NOT EXISTS starts (number INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created REAL NOT NULL,
    versioning TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (bucket TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (bucket, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, key TEXT NOT NULL,
    id TEXT NOT NULL, latest INTEGER NOT NULL, marker INTEGER NOT NULL, etag TEXT NOT NULL, size INTEGER NOT NULL,
    modified REAL NOT NULL, segments TEXT NOT NULL, details TEXT NOT NULL, parted INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS versions_by_id ON versions (bucket, key, id);
CREATE UNIQUE INDEX IF NOT EXISTS versions_by_age ON versions (bucket, key, number DESC);
CREATE UNIQUE INDEX IF NOT EXISTS current_versions ON versions (bucket, key) WHERE latest;
CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL,
    initiated REAL NOT NULL, details TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
CREATE TABLE IF NOT EXISTS parts (upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL,
    modified REAL NOT NULL, segment TEXT NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
"""


class Database:
    """The file, open between `open` and `close`.

    Args:
        path: The file; it is made where it is missing.
        fsync: Whether each commit reaches the disk itself.
    """

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self._path = path
        self._reserve = path.with_name("reserve")
        self._fsync = fsync
        self._connection: sqlite3.Connection | None = None
        self._checkpoints: Checkpoints | None = None

    def open(self) -> int:
        """Opens and checks the file.

        Returns:
            How often it has been opened.

        Raises:
            UserError: It is damaged.
        """
        try:
            self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=5)
            self._prepare(self._connection)
            number = self._connection.execute("INSERT INTO starts DEFAULT VALUES").lastrowid
        except sqlite3.DatabaseError as error:
            self.close()
            hint = "restore it from a copy, or move it and what is beside it away to begin with no buckets"
            raise UserError(f"the objects' file {self._path} cannot be used: {error}", hint=hint) from error
        self._checkpoints = Checkpoints(self._path)
        self._keep_reserve()
        return number or 0

    def close(self) -> None:
        """Closes the file."""
        if self._checkpoints is not None:
            self._checkpoints.close()
            self._checkpoints = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is written inside, or nothing of it.

        Raises:
            AwsError: InternalError where it cannot be written.
        """
        try:
            self._open.execute("BEGIN IMMEDIATE")
            yield
            self._open.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            if _is_full(error):
                with self.reserve_released():
                    pass  # shortens the log
            raise self._broken(error) from error
        except BaseException:
            self._undo()
            raise
        if self._checkpoints is not None:
            self._checkpoints.note_commit()

    def rows(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Runs one statement; what changes something is run within a transaction."""
        try:
            return self._open.execute(sql, values)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None, "objects are used between start() and stop()"
        return self._connection

    def _undo(self) -> None:
        if self._open.in_transaction:  # a full disk has ended it already
            self._open.execute("ROLLBACK")

    @contextlib.contextmanager
    def reserve_released(self) -> Iterator[None]:
        """Frees a little room meanwhile: on a full disk one must at least be able to delete something."""
        self._reserve.unlink(missing_ok=True)
        try:
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._keep_reserve()

    def _keep_reserve(self) -> None:
        """On a disk that is full already there is none to be had."""
        try:
            self._reserve.write_bytes(bytes(_RESERVE))
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def _broken(self, error: sqlite3.Error) -> Exception:
        return errors.disk(error, full=_is_full(error))

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # a thread does it
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._fsync else 'NORMAL'}")
        complaint = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if complaint != "ok":
            raise sqlite3.DatabaseError(complaint)
        connection.executescript(_SCHEMA)


def _is_full(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_FULL
