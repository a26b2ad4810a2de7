"""The SQLite file: one connection, one writer, and one commit for all writes of one turn of the event loop.

A write is acknowledged by awaiting `settled`, which returns once the commit it belongs to is on disk. A read in the
same turn sees writes that are not committed yet, so whoever answers with it awaits `settled` too. Where a commit or a
write fails, the whole group is undone, and nobody in it has been told otherwise.

Plain changes of rows, which most turns consist of, are acknowledged once the redo log has them (`storage/redo.py`).
Until they are committed they are owed: they are carried out a moment later, many at once, or before the next read that
may depend on them. Where that fails, because the disk is full, reads see them all the same, every further write tries
again first and is refused meanwhile, and the next start has the log.

Commits append to SQLite's write-ahead log, which does not wait for the disk. What does, bringing the log into the
file, a second connection does in a thread meanwhile: it would hold up the event loop for as long as the disk pleases.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.errors import internal
from terrarium.local.data.tables.storage.checkpoints import Checkpoints
from terrarium.local.data.tables.storage.claim import Claim
from terrarium.local.data.tables.storage.redo import Redo, Statement, Value, packed

#: Seconds for which changes may be owed, so that one commit is for many of them.
PATIENCE = 0.05
# Reads that had to wait for what was owed are followed by others: for so many turns, it is committed at once.
_EAGER_TURNS = 64
# How long a commit waits for a checkpoint that is just beginning the log anew: it never takes more than moments.
BUSY_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (number INTEGER PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS streams (number INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shards (id TEXT PRIMARY KEY, stream INTEGER NOT NULL, parent TEXT, opened REAL NOT NULL,
    first INTEGER NOT NULL, last INTEGER, closed REAL);
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, digest TEXT NOT NULL, used REAL NOT NULL,
    answer TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tokens_by_age ON tokens (used);
CREATE TABLE IF NOT EXISTS history (number INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, moment REAL NOT NULL,
    hash BLOB NOT NULL, range BLOB NOT NULL, item TEXT, size INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS history_by_key ON history (tbl, hash, range, moment);
CREATE TABLE IF NOT EXISTS backups (number INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE, taken REAL NOT NULL,
    expires REAL, details TEXT NOT NULL, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS exports (arn TEXT PRIMARY KEY, started REAL NOT NULL, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS backup_items (backup INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,
    item TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (backup, hash, range)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS redo (number INTEGER NOT NULL);
INSERT INTO redo SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM redo);
"""


class Database:
    """The file, open.

    Args:
        path: The file; it is made where it is missing.
        fsync: Whether each commit reaches the disk itself, which also survives a power cut; else it survives kill -9.

    Raises:
        UserError: From `open`, where the file is damaged or another process has it.
    """

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self._path = path
        self._fsync = fsync
        self._connection: sqlite3.Connection | None = None
        self._waiting: list[Callable[[AwsError | None], None]] = []
        self._grouped = False
        self._noted: list[Statement] = []  # of this turn, and not carried out yet
        self._records: list[bytes] = []  # the same as they stand in the redo log
        self._owed: list[Statement] = []  # acknowledged, and not committed yet
        self._payday: asyncio.TimerHandle | None = None
        self._in_arrears = False  # whether what is owed could not be committed
        self._eager = 0  # turns for which nothing is left owed
        self._number = 0  # of the last turn that was committed or acknowledged
        self._redo = Redo(path.with_suffix(".redo"))
        self._claim = Claim()
        self._checkpoints = Checkpoints(path)
        self.after_commit: list[Callable[[], None]] = []
        self.after_rollback: list[Callable[[], None]] = []
        self.after_catching_up: list[Callable[[], None]] = []  # nothing is noted or owed

    def open(self) -> None:
        """Opens and checks the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._claim.take(self._path.parent)
        self._checkpoints = Checkpoints(self._path)
        try:
            self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=BUSY_SECONDS)
            self._prepare(self._connection)
            self._redo.open()
            self._recover()
        except (sqlite3.DatabaseError, OSError) as error:
            self.close()
            raise self._unusable(error) from error

    def close(self) -> None:
        """Commits what is under way and closes the file."""
        if self._connection is not None:
            if self._grouped:
                self._commit()
            self._try_to_pay()
            self._checkpoints.close()
            self._connection.close()
            self._connection = None
        self._redo.close()
        self._claim.release()

    def read(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Rows as they are now, uncommitted writes of this turn included."""
        try:
            if self._owed:
                self._eager = _EAGER_TURNS
                self._try_to_pay()
            if self._noted:
                self._begin()
            elif self._owed and not self._open.in_transaction:
                self._carry_out(self._owed)
            return self._open.execute(sql, values)
        except sqlite3.Error as error:
            raise internal(f"{self._path}: {error}") from error

    def peek(self, sql: str, values: Sequence[Value]) -> sqlite3.Cursor:
        """The same for rows of which the caller knows that nothing noted or owed is about them."""
        try:
            return self._open.execute(sql, values)
        except sqlite3.Error as error:
            raise internal(f"{self._path}: {error}") from error

    def write(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Changes rows as part of this turn's commit."""
        self._join_group()
        try:
            self._begin()
            return self._open.execute(sql, values)
        except sqlite3.Error as error:
            self._undo(error)
            raise internal(f"{self._path}: {error}") from error

    def note(self, sql: str, values: Sequence[Value]) -> None:
        """Does the same, perhaps a moment after its callers are answered: nothing but the disk may refuse it."""
        if self._fsync:
            self.write(sql, values)
            return
        record = packed((sql, values))
        if not self._grouped:
            self._join_group()
        assert self._connection is not None, "tables are used between start() and stop()"
        if self._connection.in_transaction:
            self.write(sql, values)
            return
        self._noted.append((sql, values))
        self._records.append(record)

    async def settled(self) -> None:
        """Returns once what has been written is committed.

        Raises:
            AwsError: InternalServerError where it could not be, for example because the disk is full.
        """
        if not self._grouped:
            return
        told: asyncio.Future[AwsError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(lambda error: None if told.done() else told.set_result(error))
        error = await told
        if error is not None:
            raise error

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        """Tells once what has been written is committed, or why it could not be; at once where nothing waits for it."""
        if not self._grouped:
            tell(None)
            return
        self._waiting.append(tell)
        if self._noted:  # which the redo log has at once; to wait for the end of the turn would cost more
            self._commit()

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None, "tables are used between start() and stop()"
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._fsync else 'NORMAL'}")
        complaint = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if complaint != "ok":
            raise sqlite3.DatabaseError(complaint)
        connection.executescript(_SCHEMA)

    def _recover(self) -> None:
        """Carries out what was acknowledged before the last process died."""
        self._number = self._open.execute("SELECT number FROM redo").fetchone()[0]
        self._owed, turns = self._redo.read(self._number + 1)
        self._number += turns
        self._pay()

    def _unusable(self, error: sqlite3.Error | OSError) -> UserError:
        hint = "restore it from a copy, or move it away to begin with empty tables"
        return UserError(f"the tables' file {self._path} cannot be read: {error}", hint=hint)

    def _join_group(self) -> None:
        if self._grouped:
            return
        if self._in_arrears:
            try:
                self._pay()
            except sqlite3.Error as error:
                raise internal(f"{self._path}: {error}") from error
        self._grouped = True
        asyncio.get_running_loop().call_soon(self._commit)

    def _begin(self) -> None:
        """Begins this turn's transaction, if it has not begun, with all that was noted."""
        if self._open.in_transaction:
            return
        noted, self._noted = self._noted, []
        self._records.clear()
        try:
            self._pay()
            self._carry_out(noted)
        except sqlite3.Error as error:
            self._undo(error)
            raise

    def _carry_out(self, statements: Iterable[Statement]) -> None:
        connection = self._open
        connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                connection.execute(sql, values)
        except sqlite3.Error:
            self._roll_back()
            raise

    def _end_transaction(self, number: int) -> None:
        self._open.execute("UPDATE redo SET number = ?", (number,))
        self._open.execute("COMMIT")
        self._number = number
        self._checkpoints.note_commit()
        if not self._noted:
            for told in self.after_catching_up:
                told()

    def _promise(self) -> bool:
        """Adds this turn to the redo log, if that is for it."""
        if not self._noted or not self._redo.append(self._number + 1, self._records):
            return False
        self._number += 1
        self._owed += self._noted
        self._noted = []
        self._records.clear()
        if self._payday is None:
            self._payday = asyncio.get_running_loop().call_later(PATIENCE, self._try_to_pay)
        return True

    def _pay(self) -> None:
        """Commits what is owed."""
        if self._payday is not None:
            self._payday.cancel()
            self._payday = None
        if not self._owed:
            return
        self._in_arrears = True
        if not self._open.in_transaction:
            self._carry_out(self._owed)
        self._end_transaction(self._number)
        self._owed = []
        self._in_arrears = False
        self._redo.begin_anew()

    def _try_to_pay(self) -> None:
        """Does the same; where it fails, whoever writes next tries again, and is told."""
        with contextlib.suppress(sqlite3.Error):
            self._pay()

    def _commit(self) -> None:
        if not self._grouped or self._connection is None:
            return
        try:
            promised = self._promise()
            if not promised:
                self._begin()
                self._end_transaction(self._number + 1)
        except (sqlite3.Error, OSError) as error:
            self._undo(error)
            return
        self._end_group(None)
        if promised and self._eager:
            self._eager -= 1
            self._try_to_pay()
        for told in self.after_commit:
            told()

    def _undo(self, error: sqlite3.Error | OSError) -> None:
        if not self._grouped:
            return
        self._roll_back()
        self._noted.clear()
        self._records.clear()
        for told in self.after_rollback:
            told()
        self._end_group(error)

    def _roll_back(self) -> None:
        if self._open.in_transaction:  # a full disk has ended it already
            self._open.execute("ROLLBACK")

    def _end_group(self, error: sqlite3.Error | OSError | None) -> None:
        self._grouped = False
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell(None if error is None else internal(f"{self._path}: {error}"))
