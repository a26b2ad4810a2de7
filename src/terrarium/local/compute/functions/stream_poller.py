"""An event source mapping from a DynamoDB stream: reads every shard of it, a parent before its children.

A shard waits while one of its batches fails; others go on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions.shard_delivery import Attempted, Discarded, Invoke, Ports
from terrarium.local.compute.functions.shard_reader import POLL_SECONDS, ShardReader
from terrarium.local.compute.functions.stream_batch import StreamSettings
from terrarium.local.compute.functions.stream_lanes import settle_places
from terrarium.local.compute.functions.stream_source import Checkpoints, Records


async def _nobody(*_: object) -> None:
    """Is told nothing."""


class StreamMapping:
    """Runs from `start` to `stop`.

    Args:
        settings: What is read, and how.
        records: The stream.
        invoke: Invokes a function by name and waits: `Functions.invoke`.
        clock: Time.
        checkpoints: Where the place is kept.
        discarded: Told of each batch that is given up.
        attempted: Told of each attempt to deliver something.
    """

    def __init__(
        self,
        settings: StreamSettings,
        *,
        records: Records,
        invoke: Invoke,
        clock: Clock,
        checkpoints: Checkpoints,
        discarded: Discarded = _nobody,
        attempted: Attempted = lambda _succeeded, _age: None,
    ) -> None:
        self.settings = settings
        self._ports = Ports(records, invoke, clock, checkpoints, discarded, attempted)
        self._task: asyncio.Task[None] | None = None
        self._shards: dict[str, asyncio.Task[None]] = {}
        self._found_at_first: set[str] | None = None

    async def start(self) -> None:
        """Begins to read."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Reads no more; an unfinished batch is delivered again after the next start."""
        tasks = [task for task in (self._task, *self._shards.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        """Reads every shard, a parent's children only after it."""
        while True:
            shards = await self._list()
            if shards and self._found_at_first is None:
                self._found_at_first = self._strangers(shards)
            for shard_id in self._startable(shards):
                self._shards[shard_id] = asyncio.create_task(self._read(shard_id))
            running = [task for task in self._shards.values() if not task.done()]
            if running:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            else:
                await self._ports.clock.sleep(POLL_SECONDS)

    async def _read(self, shard_id: str) -> None:
        """Reads all lanes of a shard to its end."""
        lanes, position = self.settings.parallelization_factor, self._position(shard_id)
        settle_places(self._ports.checkpoints, shard_id, lanes)
        async with asyncio.TaskGroup() as group:
            for lane in range(lanes):
                group.create_task(ShardReader(self.settings, self._ports, shard_id, position, lane).run())

    # Shards are DynamoDB Streams' JSON.
    async def _list(self) -> list[dict[str, Any]]:
        try:
            return await self._ports.records.get_shards()
        except AwsError:
            return []  # the stream is gone or not there yet; it is looked at again

    def _strangers(self, shards: list[dict[str, Any]]) -> set[str]:
        """The shards that were there before the mapping: none, if it has a place in any of them already."""
        names = {shard["ShardId"] for shard in shards}
        return set() if any(self._ports.checkpoints.places(name) for name in names) else names

    def _position(self, shard_id: str) -> str:
        """Where to begin: what came after the mapping is read whole, wherever that starts."""
        return self.settings.starting_position if shard_id in (self._found_at_first or ()) else "TRIM_HORIZON"

    def _startable(self, shards: list[dict[str, Any]]) -> list[str]:
        names = {shard["ShardId"] for shard in shards}
        done = {shard_id for shard_id, task in self._shards.items() if task.done()}
        return [
            shard["ShardId"]
            for shard in shards
            if shard["ShardId"] not in self._shards
            and (shard.get("ParentShardId") not in names or shard.get("ParentShardId") in done)
        ]
