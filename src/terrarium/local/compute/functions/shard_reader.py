"""Reads one shard of a stream in order and delivers it to a function, batch by batch, each until it is done.

What to deliver is decided in `stream_batch.py`; stream, function and checkpoints are reached through what is passed in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.report import iso
from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.local.compute.functions.stream_batch import (
    Batch,
    Discard,
    Piece,
    StreamRecord,
    StreamSettings,
    created,
    first_failure,
    sequence_number,
)
from terrarium.local.compute.functions.stream_source import Checkpoints, Records

LARGEST_BATCH = 6_291_456  # bytes, as any invocation's payload
POLL_SECONDS = 0.25  # between two looks at a shard that gave nothing; AWS polls four times a second
_MARK = "written-after:"  # a checkpoint before the first record: since when the mapping looks

Invoke = Callable[[str, bytes], Awaitable[InvocationResult]]
# Told of a batch that is given up: its invocation record, JSON as a destination receives it; the event that the
# function would have got; and the shard, which goes on once it returns.
Discarded = Callable[[dict[str, Any], bytes, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ports:
    """What a mapping reaches the world through; see `StreamMapping`."""

    records: Records
    invoke: Invoke
    clock: Clock
    checkpoints: Checkpoints
    discarded: Discarded


class ShardReader:
    """One shard, from its checkpoint to its end.

    Args:
        settings: The mapping.
        ports: The world.
        shard_id: The shard.
        position: Where to begin without a checkpoint, ``TRIM_HORIZON`` or ``LATEST``.
    """

    def __init__(self, settings: StreamSettings, ports: Ports, shard_id: str, position: str) -> None:
        self._settings = settings
        self._ports = ports
        self._shard_id = shard_id
        self._position = position
        self._iterator: str | None = None
        self._buffer: list[StreamRecord] = []
        self._last: str | None = None  # the sequence number up to which the shard has been read
        self._passed: str | None = None  # the last one read, where it is of no record to deliver
        self._since = 0.0  # records written before are none of the mapping's
        self._disappointed = False  # the last look gave nothing
        self._renewed = False  # the iterator was replaced since the last look that succeeded

    async def run(self) -> None:
        """Returns once the shard has ended and all of it is delivered."""
        await self._open()
        while self._iterator is not None or self._buffer:
            await self._gather()
            if self._buffer:
                await self._deliver(self._take_batch())
                self._pass_over()

    # Reading

    async def _open(self) -> None:
        place = self._ports.checkpoints.load(self._shard_id)
        if place is None and self._position == "LATEST":
            self._ports.checkpoints.save(self._shard_id, f"{_MARK}{int(self._ports.clock.now())}")
            self._iterator = await self._iterator_at("LATEST")
        elif place is None or place.startswith(_MARK):
            self._since = float(place.removeprefix(_MARK)) if place else 0.0
            self._iterator = await self._iterator_at("TRIM_HORIZON")
        else:
            self._last = place
            self._iterator = await self._iterator_at("AFTER_SEQUENCE_NUMBER", place)

    async def _iterator_at(self, kind: str, after: str | None = None) -> str | None:
        """An iterator; from the oldest record where the place is no longer kept; None where the stream is gone."""
        while True:
            try:
                return await self._ports.records.get_iterator(self._shard_id, kind, after)
            except AwsError as error:
                if error.code == "ResourceNotFoundException":
                    return None
                if error.code == "TrimmedDataAccessException":
                    kind, after = "TRIM_HORIZON", None
                else:
                    await self._ports.clock.sleep(POLL_SECONDS)

    async def _gather(self) -> None:
        """Reads until a batch is full, or there is something and the window is over, or the shard has ended."""
        clock, until = self._ports.clock, None
        while self._iterator is not None and len(self._buffer) < self._settings.batch_size:
            if self._buffer:
                until = until if until is not None else clock.now() + self._settings.window
                if clock.now() >= until:
                    return
            if not await self._read():
                await self._wait(until)

    async def _read(self) -> bool:
        """Reads once; says whether there was anything."""
        assert self._iterator is not None
        try:
            answer = await self._ports.records.get_records(
                self._iterator, self._settings.batch_size - len(self._buffer)
            )
        except AwsError as error:
            # After 15 quiet minutes an iterator has expired, and a fresh one serves at once; anything else takes time.
            if self._renewed or error.code != "ExpiredIteratorException":
                await self._ports.clock.sleep(POLL_SECONDS)
            self._renewed = True
            kind = "TRIM_HORIZON" if self._last is None else "AFTER_SEQUENCE_NUMBER"
            self._iterator = await self._iterator_at(kind, self._last)
            return True
        self._renewed = False
        self._iterator = answer.get("NextShardIterator")
        records: list[StreamRecord] = answer["Records"]
        if records:
            self._last = sequence_number(records[-1])
            self._disappointed = False
        self._take_in(records)
        return bool(records)

    def _take_in(self, records: list[StreamRecord]) -> None:
        wanted = [record for record in records if created(record) >= self._since and self._settings.wanted(record)]
        self._buffer += wanted
        if records:
            self._passed = None if wanted and wanted[-1] is records[-1] else self._last
            self._pass_over()

    def _pass_over(self) -> None:
        """Keeps a place behind records that nobody wants, once what came before them is done."""
        if self._passed is not None and not self._buffer:
            self._save(self._passed)
            self._passed = None

    async def _wait(self, until: float | None) -> None:
        """Returns when there may be something to read, or the window is over."""
        if self._iterator is None:
            return
        clock = self._ports.clock
        waits = [asyncio.ensure_future(self._ports.records.changed(self._last))]
        if until is not None:
            waits.append(asyncio.ensure_future(clock.sleep(max(0.0, until - clock.now()))))
        if self._disappointed:  # what changed may have been another shard
            waits = [asyncio.ensure_future(clock.sleep(POLL_SECONDS)), *waits[1:]]
        self._disappointed = not self._disappointed
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)  # a stream that is gone shows at the next look

    # Delivering

    def _take_batch(self) -> list[StreamRecord]:
        """As many records as fit into one invocation; at least one."""
        size, count = 0, 0
        for record in self._buffer[: self._settings.batch_size]:
            size += len(json.dumps(record)) + len(self._settings.stream_arn) + 24
            if count and size > LARGEST_BATCH - 16:
                break
            count += 1
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    async def _deliver(self, records: list[StreamRecord]) -> None:
        batch = Batch(self._settings, records)
        result: InvocationResult | None = None
        while (step := batch.next(self._ports.clock.now())) is not None:
            if isinstance(step, Discard):
                event = self._event(step.piece.records)
                await self._ports.discarded(self._record(step, result), event, self._shard_id)
                self._save(step.piece.last)
                continue
            try:
                result = await self._ports.invoke(self._settings.function, self._event(step.records))
            except AwsError:
                await self._ports.clock.sleep(batch.refused())
                continue
            await self._conclude(batch, step, result)

    async def _conclude(self, batch: Batch, piece: Piece, result: InvocationResult) -> None:
        failure = self._failure(piece, result)
        if failure is None:
            batch.succeeded()
            self._save(piece.last)
            return
        if failure > 0:
            self._save(sequence_number(piece.records[failure - 1]))
        await self._ports.clock.sleep(batch.failed(failure))

    def _failure(self, piece: Piece, result: InvocationResult) -> int | None:
        if result.error is not None:
            return 0
        return first_failure(result.payload, piece.records) if self._settings.report_batch_item_failures else None

    def _event(self, records: list[StreamRecord]) -> bytes:
        arn = self._settings.stream_arn
        return json.dumps({"Records": [{**record, "eventSourceARN": arn} for record in records]}).encode()

    def _save(self, place: str) -> None:
        self._ports.checkpoints.save(self._shard_id, place)

    # What a destination receives, see
    # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html#services-dynamodb-errors-destination.
    def _record(self, discard: Discard, result: InvocationResult | None) -> dict[str, Any]:
        records, now = discard.piece.records, self._ports.clock.now()
        shape: dict[str, Any] = {
            "requestContext": {
                "requestId": result.request_id if result else "",
                "functionArn": self._settings.function_arn,
                "condition": discard.condition,
                "approximateInvokeCount": discard.piece.attempts,
            },
            "version": "1.0",
            "timestamp": iso(now),
            "DDBStreamBatchInfo": {
                "shardId": self._shard_id,
                "startSequenceNumber": sequence_number(records[0]),
                "endSequenceNumber": sequence_number(records[-1]),
                "approximateArrivalOfFirstRecord": iso(min(now, created(records[0]))),
                "approximateArrivalOfLastRecord": iso(min(now, created(records[-1]))),
                "batchSize": len(records),
                "streamArn": self._settings.stream_arn,
            },
        }
        if result is not None:
            response = {"statusCode": 200, "executedVersion": result.executed_version, "functionError": result.error}
            shape["responseContext"] = response
        return shape
