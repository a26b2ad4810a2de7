"""Delivers what was read of a shard to a function: a batch until nothing of it is left, a window until it is closed.

What to deliver is decided in `stream_batch.py`, what goes from one invocation to the next in `stream_window.py`;
function, checkpoints and destination are reached through what is passed in.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.report import iso
from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.local.compute.functions.stream_batch import (
    FIRST_BACK_OFF,
    LONGEST_BACK_OFF,
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
from terrarium.local.compute.functions.stream_window import TumblingWindow

LARGEST_BATCH = 6_291_456  # bytes, as any invocation's payload

Invoke = Callable[[str, bytes], Awaitable[InvocationResult]]
# Told of a batch that is given up: its invocation record, JSON as a destination receives it; the event that the
# function would have got; and the shard, which goes on once it returns.
Discarded = Callable[[dict[str, Any], bytes, str], Awaitable[None]]
#: Told of each attempt: whether the function processed what it got, and seconds since the last record was written.
Attempted = Callable[[bool, float], None]


class Ports(Struct, frozen=True):
    """What a mapping reaches the world through; see `StreamMapping`."""

    records: Records
    invoke: Invoke
    clock: Clock
    checkpoints: Checkpoints
    discarded: Discarded
    attempted: Attempted


class ShardDelivery:
    """The deliveries of one shard, or of one lane of it.

    Args:
        settings: The mapping.
        ports: The world.
        shard_id: The shard.
        name: What the place is kept under.
    """

    def __init__(self, settings: StreamSettings, ports: Ports, shard_id: str, name: str) -> None:
        self.window = TumblingWindow(settings.tumbling_window)
        self._settings = settings
        self._ports = ports
        self._shard_id = shard_id
        self._name = name
        self._place = ""

    def take_batch(self, buffer: list[StreamRecord]) -> list[StreamRecord]:
        """As many records of one window as fit into one invocation, at least one; they are taken off the buffer."""
        size, count = self.window.size, 0
        for record in buffer[: self._settings.batch_size]:
            size += len(json.dumps(record)) + len(self._settings.stream_arn) + 24
            if count and (size > LARGEST_BATCH - 16 or self.window.of(record) != self.window.of(buffer[0])):
                break
            count += 1
        taken = buffer[:count]
        del buffer[:count]
        return taken

    async def deliver(self, records: list[StreamRecord]) -> None:
        """Returns once all of a batch has been processed or given up."""
        if self.window.start not in (None, self.window.of(records[0])):
            await self.close_window()
        if self._settings.tumbling_window:
            self.window.open(records[0])
        batch = Batch(self._settings, records)
        result: InvocationResult | None = None
        while (step := batch.next(self._ports.clock.now())) is not None:
            if isinstance(step, Discard):
                event = self._event(step.piece.records)
                await self._ports.discarded(self._record(step, result), event, self._shard_id)
                self.save(step.piece.last)
                continue
            try:
                result = await self._ports.invoke(self._settings.function, self._event(step.records))
            except AwsError:
                self._tell(step, succeeded=False)
                await self._ports.clock.sleep(batch.refused())
                continue
            await self._conclude(batch, step, result)

    async def close_window(self) -> None:
        """The last invocation of a window, which has its state and no records; nothing goes on before it succeeds."""
        await self._hand_over(final=True, early=False)
        self.window.close()
        self.save(self._place)

    def save(self, place: str) -> None:
        """Keeps a place, with the state of the window if one is open."""
        self._place = place
        self._ports.checkpoints.save(self._name, self.window.kept(place))

    def remember(self, kept: str, place: str) -> None:
        """Goes on from what was kept."""
        self._place = place
        self.window.remember(kept)

    async def _conclude(self, batch: Batch, piece: Piece, result: InvocationResult) -> None:
        failure = self._failure(piece, result)
        self._tell(piece, succeeded=failure is None)
        if failure is None:
            batch.succeeded()
            self.save(piece.last)
        else:
            if failure > 0:
                self.save(sequence_number(piece.records[failure - 1]))
            await self._ports.clock.sleep(batch.failed(failure))
        if self.window.is_full:
            await self._hand_over(final=False, early=True)
            self.window.state = {}
            self.save(self._place)

    def _failure(self, piece: Piece, result: InvocationResult) -> int | None:
        if result.error is not None:
            return 0
        failure = first_failure(result.payload, piece.records) if self._settings.report_batch_item_failures else None
        return failure if failure == 0 or self.window.accept(result.payload) else 0

    async def _hand_over(self, *, final: bool, early: bool) -> None:
        """Gives the function a state without records, until it has taken it."""
        members = self.window.members(self._shard_id, final=final, early=early)
        event = json.dumps({"Records": [], **members, "eventSourceARN": self._settings.stream_arn}).encode()
        delay = FIRST_BACK_OFF
        while True:
            try:
                result = await self._ports.invoke(self._settings.function, event)
            except AwsError:
                taken = False
            else:
                taken = result.error is None and self.window.accept(result.payload)
            if taken:
                return
            await self._ports.clock.sleep(delay)
            delay = min(2 * delay, LONGEST_BACK_OFF)

    def _tell(self, piece: Piece, *, succeeded: bool) -> None:
        self._ports.attempted(succeeded, max(0.0, self._ports.clock.now() - created(piece.records[-1])))

    def _event(self, records: list[StreamRecord]) -> bytes:
        arn = self._settings.stream_arn
        event: dict[str, Any] = {"Records": [{**record, "eventSourceARN": arn} for record in records]}
        if self.window.start is not None:
            event |= {**self.window.members(self._shard_id), "eventSourceARN": arn}
        return json.dumps(event).encode()

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
