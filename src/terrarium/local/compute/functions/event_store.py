"""Events that have been accepted and not yet dealt with, on disk: what is there outlives this process.

SQLite's write-ahead log takes an event before it is acknowledged. What survives a death of the process survives a power
cut only where `fsync` is asked for.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import astuple

from terrarium.errors import UserError
from terrarium.local.compute.functions.event_attempts import EventAttempts, EventSettings

#: Of the table below; to be raised with every change of it.
_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, request TEXT NOT NULL UNIQUE, target TEXT NOT NULL, payload BLOB NOT NULL,
    accepted REAL NOT NULL, due REAL NOT NULL, failures INTEGER NOT NULL, invocations INTEGER NOT NULL,
    back_off REAL NOT NULL, retries INTEGER NOT NULL, age REAL NOT NULL, on_success TEXT NOT NULL,
    on_failure TEXT NOT NULL
)
"""
_COLUMNS = (
    "request, target, payload, accepted, due, failures, invocations, back_off, retries, age, on_success, on_failure"
)


class Waiting(Struct, frozen=True):
    """An event that waits.

    Attributes:
        request_id: Its id.
        target: What is invoked: ``name`` or ``name:qualifier``.
        payload: The event.
        attempts: How far it is, and how it is treated.
        due: When it is tried next, in seconds since the epoch.
    """

    request_id: str
    target: str
    payload: bytes
    attempts: EventAttempts
    due: float


class EventStore:
    """The events of one system.

    Args:
        file: Where they are; made where there is none. None keeps them in memory.
        fsync: Whether an event is on the disk itself before it is acknowledged.

    Raises:
        UserError: The file is damaged, cannot be opened, or was written by another version.
    """

    def __init__(self, file: Path | None = None, *, fsync: bool = False) -> None:
        try:
            if file is not None:
                # Payloads may hold secrets: nobody else reads them. SQLite's other files get the same mode.
                os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(file or ":memory:", isolation_level=None)
            self._prepare("FULL" if fsync else "NORMAL")
        except (sqlite3.Error, OSError) as fault:
            hint = f"remove {file.name if file else 'it'}, which forgets the events that wait"
            raise UserError(f"{file} cannot be read: {fault}", hint=hint) from fault

    def _prepare(self, synchronous: str) -> None:
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {synchronous}")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError("another version of Terrarium wrote it")
            self._db.execute(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        except sqlite3.Error:
            self._db.close()
            raise

    def add(self, event: Waiting) -> None:
        """Keeps an event.

        Raises:
            OSError: It cannot be kept, for example because the disk is full.
        """
        attempts = event.attempts
        values = (event.request_id, event.target, event.payload, attempts.accepted, event.due)
        state = (attempts.failures, attempts.invocations, attempts.back_off)
        places = ", ".join("?" * 12)
        statement = f"INSERT INTO events ({_COLUMNS}) VALUES ({places})"  # noqa: S608  # fixed text
        try:
            self._db.execute(statement, (*values, *state, *astuple(attempts.settings)))
        except sqlite3.Error as fault:
            raise OSError(str(fault)) from fault

    def postpone(self, event: Waiting, due: float) -> None:
        """Notes how far an event is, and when it is tried next. Where that fails it is tried sooner after a start."""
        attempts = event.attempts
        state = (due, attempts.failures, attempts.invocations, attempts.back_off, event.request_id)
        statement = "UPDATE events SET due = ?, failures = ?, invocations = ?, back_off = ? WHERE request = ?"
        self._write(statement, state)

    def remove(self, request_id: str) -> None:
        """Forgets an event that has been dealt with. Where that fails it runs again after a start: at least once."""
        self._write("DELETE FROM events WHERE request = ?", (request_id,))

    def waiting(self) -> Iterator[Waiting]:
        """Every event, the one that was accepted first at the beginning."""
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM events ORDER BY id").fetchall():  # noqa: S608  # fixed text
            request, target, payload, accepted, due, failures, invocations, back_off, *settings = row
            attempts = EventAttempts(EventSettings(*settings), accepted, failures, invocations, back_off=back_off)
            yield Waiting(request, target, payload, attempts, due)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        # A full disk: what is not noted is done once more after a start, which whoever gets events has to expect.
        with contextlib.suppress(sqlite3.OperationalError):
            self._db.execute(statement, values)
