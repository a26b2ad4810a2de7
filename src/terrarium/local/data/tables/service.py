"""The rim: DynamoDB and DynamoDB Streams as two objects that answer calls, over one folder of state.

An operation runs without leaving the event loop, for it takes tens of microseconds; its answer waits for the commit
that the writes of its turn share.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.data.tables.answers import OPERATIONS, Answers
from terrarium.local.data.tables.engine import Engine, Meter, Taken
from terrarium.local.data.tables.errors import internal, serialization
from terrarium.local.data.tables.expiry import expire, sweep_recovery, sweep_streams
from terrarium.local.data.tables.legacy import LEGACY_NAMES, check_no_mixture
from terrarium.local.data.tables.operations import STREAM_OPERATIONS, TABLE_OPERATIONS, Operation
from terrarium.local.data.tables.operations.recovery import begin_histories
from terrarium.local.data.tables.shapes import shapes_of
from terrarium.local.data.tables.storage.backups import Backups
from terrarium.local.data.tables.storage.catalog import Catalog
from terrarium.local.data.tables.storage.database import Database
from terrarium.local.data.tables.storage.exports import Exports
from terrarium.local.data.tables.storage.history import History
from terrarium.local.data.tables.storage.journal import Journal
from terrarium.local.data.tables.storage.rows import Rows
from terrarium.local.data.tables.storage.tokens import Tokens
from terrarium.local.data.tables.values.wire import Body
from terrarium.local.json_text import read_texts

FILE = "tables.sqlite3"
# AWS deletes expired items "within a few days"; a laptop's user is watching.
SWEEP_SECONDS = 10.0
# Histories and backups are kept for days, and looking for old ones goes through all of them.
RECOVERY_SWEEP_SECONDS = 3600.0


class Tables:
    """DynamoDB.

    Args:
        folder: Where the state lies; it is made where it is missing.
        clock: The time, which decides expiry, throttling and retention.
        account: Twelve digits.
        region: The region that ARNs name.
        fsync: Whether an acknowledged write also survives a power cut, and not just the process's death.
        meter: Is told what calls take.

    Attributes:
        run: Answers one call as `call` does, but neither waits, nor reads what is stored as JSON (`JsonText`); nobody
            may be told before `when_settled` says so.
        when_settled: Tells once all that was written so far is on disk, or why it could not be; at once where it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        account: str,
        region: str,
        fsync: bool = False,
        meter: Meter | None = None,
    ) -> None:
        self._clock = clock
        self._database = Database(folder / FILE, fsync=fsync)
        database = self._database
        self.engine = Engine(
            database,
            Catalog(database),
            Rows(database),
            Journal(database),
            Tokens(database),
            History(database),
            Backups(database),
            Exports(database),
            clock,
            account,
            region,
            meter,
        )
        self._calls = _Calls(database, self.engine, TABLE_OPERATIONS, "dynamodb")
        self.run = self._calls.run
        self.when_settled = database.when_settled
        self._answers = Answers(self.engine)
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Opens the state.

        Raises:
            UserError: Where the file is damaged or another process has it.
        """
        self._database.open()
        self.engine.catalog.load()
        self.engine.journal.load()
        begin_histories(self.engine)
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Commits and closes the state."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        self._database.close()

    async def call(self, operation: str, body: Body) -> Body:
        """Answers one call.

        Args:
            operation: ``PutItem`` and the like.
            body: The request's JSON; it is not changed, and must not be changed before the answer is there.

        Raises:
            AwsError: As DynamoDB refuses it.
        """
        return await self._calls.call(operation, body)

    @property
    def recalls(self) -> frozenset[str]:
        """The operations that `recalled` may know; for others there is no use in asking."""
        return OPERATIONS

    def recalled(self, operation: str, text: bytes) -> bytes | None:
        """What a call that came before, word for word, was answered with, where the answer would be the same now."""
        return self._answers.find(operation, text)

    def remember(self, operation: str, text: bytes, answer: bytes) -> None:
        """Keeps the answer to the call that was just `run`, for `recalled`."""
        self._answers.keep(operation, text, answer, self._calls.taken)

    async def _sweep(self) -> None:
        recovery_swept = float("-inf")
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            with contextlib.suppress(AwsError):  # a full disk: the next round tries again, calls report it
                expire(self.engine)
                sweep_streams(self.engine)
                if self._clock.monotonic() - recovery_swept >= RECOVERY_SWEEP_SECONDS:
                    recovery_swept = self._clock.monotonic()
                    sweep_recovery(self.engine)


class Streams:
    """DynamoDB Streams, over the state of `tables`, which starts and stops it."""

    def __init__(self, tables: Tables) -> None:
        engine = tables.engine
        self._journal = engine.journal
        self._database = engine.database
        self._calls = _Calls(engine.database, engine, STREAM_OPERATIONS, "dynamodbstreams")

    async def call(self, operation: str, body: Body) -> Body:
        """Answers one call, as `Tables.call` does."""
        return await self._calls.call(operation, body)

    def run(self, operation: str, body: Body) -> Body:
        """Answers one call, as `Tables.run` does."""
        return self._calls.run(operation, body)

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        """Tells once all that was written so far is on disk, as `Tables.when_settled` does."""
        self._database.when_settled(tell)

    async def changed(self, stream_arn: str, after: str | None) -> None:
        """Returns once there is a record past that sequence number, or any record where it is None."""
        await self._journal.changed(stream_arn, after)


class _Calls:
    def __init__(self, database: Database, engine: Engine, operations: Mapping[str, Operation], service: str) -> None:
        self._database = database
        self._engine = engine
        self._operations = operations
        self._shapes = shapes_of(service)
        self.taken: list[Taken] = []  # of tables, by the last call

    async def call(self, operation: str, body: Body) -> Body:
        try:
            return read_texts(self.run(operation, body))
        finally:
            self._engine.tell_at_once()
            # Refusals too are drawn from what other calls of this turn have written.
            await self._database.settled()

    def run(self, operation: str, body: Body) -> Body:
        known = self._operations.get(operation)
        if known is None:
            raise AwsError("UnknownOperationException", f"Unknown operation: {operation}")
        try:
            self._shapes.check(operation, body)
            if not LEGACY_NAMES.isdisjoint(body):
                check_no_mixture(body)
            return known(self._engine, body)
        except sqlite3.Error as error:  # a page that cannot be read shows itself in the midst of an operation
            raise internal(str(error)) from error
        except UnicodeEncodeError as error:
            raise serialization("Invalid UTF-16 surrogate in a string") from error
        finally:
            self.taken = self._engine.end_call()
