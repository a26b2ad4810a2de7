"""Reads one lane of a shard of a stream in order, and has it delivered batch by batch, each until it is done.

How it is delivered is `shard_delivery.py`'s business; the stream is reached through what is passed in.
"""

from __future__ import annotations

import asyncio

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.shard_delivery import Ports, ShardDelivery
from terrarium.local.compute.functions.stream_batch import StreamRecord, StreamSettings, created, sequence_number
from terrarium.local.compute.functions.stream_lanes import MARK, lane_names, lane_of, plain

POLL_SECONDS = 0.25  # between two looks at a shard that gave nothing; AWS polls four times a second


class ShardReader:
    """One lane of a shard, from its checkpoint to its end.

    Args:
        settings: The mapping.
        ports: The world.
        shard_id: The shard.
        position: Where to begin without a checkpoint, ``TRIM_HORIZON`` or ``LATEST``.
        lane: Which one it is.
    """

    def __init__(self, settings: StreamSettings, ports: Ports, shard_id: str, position: str, lane: int = 0) -> None:
        self._settings = settings
        self._ports = ports
        self._shard_id = shard_id
        self._position = position
        self._lane = lane
        self._name = lane_names(shard_id, settings.parallelization_factor)[lane]
        self._delivery = ShardDelivery(settings, ports, shard_id, self._name)
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
                await self._delivery.deliver(self._delivery.take_batch(self._buffer))
                self._pass_over()
            elif self._delivery.window.end <= self._ports.clock.now():
                await self._delivery.close_window()
        if self._delivery.window.start is not None:
            await self._delivery.close_window()
        self._pass_over()

    async def _open(self) -> None:
        kept = self._ports.checkpoints.load(self._name)
        place = None if kept is None else plain(kept)
        if kept is not None and place is not None:
            self._delivery.remember(kept, place)
        if place is None and self._position == "LATEST":
            self._ports.checkpoints.save(self._name, f"{MARK}{int(self._ports.clock.now())}")
            self._iterator = await self._iterator_at("LATEST")
        elif place is None or place.startswith(MARK):
            if place is None and self._settings.parallelization_factor > 1:  # a lane without a place would lose it
                self._ports.checkpoints.save(self._name, f"{MARK}0")
            self._since = float(place.removeprefix(MARK)) if place else 0.0
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
        """Reads until a batch is full, or there is something and it waited for long enough, or a window is over."""
        clock, until = self._ports.clock, float("inf")
        while self._iterator is not None and len(self._buffer) < self._settings.batch_size:
            if self._buffer:
                until = min(until, clock.now() + self._settings.window, self._delivery.window.end_of(self._buffer[0]))
                if clock.now() >= until:
                    return
            if not await self._read():
                if clock.now() >= self._delivery.window.end:
                    return
                await self._wait(min(until, self._delivery.window.end))

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
        wanted = [record for record in records if self._wants(record)]
        self._buffer += wanted
        if records:
            self._passed = None if wanted and wanted[-1] is records[-1] else self._last

    def _wants(self, record: StreamRecord) -> bool:
        return (
            created(record) >= self._since
            and lane_of(record, self._settings.parallelization_factor) == self._lane
            and self._settings.wanted(record)
        )

    def _pass_over(self) -> None:
        """Keeps a place behind records that are not to be delivered, once what came before them is done."""
        if self._passed is not None and not self._buffer:
            self._delivery.save(self._passed)
            self._passed = None

    async def _wait(self, until: float) -> None:
        """Returns when there may be something to read, or that time has come."""
        self._pass_over()
        if self._iterator is None:
            return
        clock = self._ports.clock
        waits = [asyncio.ensure_future(self._ports.records.changed(self._last))]
        if until != float("inf"):
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
