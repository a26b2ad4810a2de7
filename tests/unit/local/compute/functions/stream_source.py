"""A stream in memory, in the shapes of DynamoDB Streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.local.compute.functions.stream_lanes import is_of
from terrarium.testing.clock import ManualClock


class Shard:
    def __init__(self, shard_id: str, parent: str | None) -> None:
        self.shard_id = shard_id
        self.parent = parent
        self.records: list[dict[str, Any]] = []
        self.closed = False


class MemoryStream:
    """Implements `Records`; iterators read ``shard:index``."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.shards: dict[str, Shard] = {}
        self.expired: set[str] = set()
        self._count = 0
        self._changes = asyncio.Event()

    def shard(self, shard_id: str = "one", parent: str | None = None) -> Shard:
        self.shards[shard_id] = Shard(shard_id, parent)
        return self.shards[shard_id]

    def put(self, *values: str, shard: str = "one", key: str | None = None) -> None:
        for value in values:
            self._count += 1
            inside: dict[str, Any] = {
                "SequenceNumber": f"{self._count:021}",
                "ApproximateCreationDateTime": int(self.clock.now()),
                "NewImage": {"value": {"S": value}},
            }
            if key is not None:
                inside["Keys"] = {"id": {"S": key}}
            record = {"eventID": str(self._count), "eventName": "INSERT", "eventSource": "aws:dynamodb"}
            self.shards[shard].records.append({**record, "dynamodb": inside})
        self._changes.set()
        self._changes = asyncio.Event()

    async def get_shards(self) -> list[dict[str, Any]]:
        return [
            {"ShardId": shard.shard_id, **({"ParentShardId": shard.parent} if shard.parent else {})}
            for shard in self.shards.values()
        ]

    async def get_iterator(self, shard_id: str, iterator_type: str, sequence_number: str | None = None) -> str:
        records = self.shards[shard_id].records
        if iterator_type == "LATEST":
            return f"{shard_id}:{len(records)}"
        if iterator_type == "AFTER_SEQUENCE_NUMBER":
            assert sequence_number is not None
            return f"{shard_id}:{sum(r['dynamodb']['SequenceNumber'] <= sequence_number for r in records)}"
        return f"{shard_id}:0"

    async def get_records(self, iterator: str, limit: int) -> dict[str, Any]:
        if iterator in self.expired:
            raise AwsError("ExpiredIteratorException", "Iterator expired")
        shard_id, _, index = iterator.partition(":")
        shard = self.shards[shard_id]
        found = shard.records[int(index) : int(index) + limit]
        after = int(index) + len(found)
        answer: dict[str, Any] = {"Records": found}
        if not (shard.closed and after == len(shard.records)):
            answer["NextShardIterator"] = f"{shard_id}:{after}"
        return answer

    async def changed(self, after: str | None) -> None:
        while not any(
            after is None or record["dynamodb"]["SequenceNumber"] > after
            for shard in self.shards.values()
            for record in shard.records
        ):
            await self._changes.wait()


class Checkpoints(dict[str, str]):
    """Implements the protocol of the same name."""

    def load(self, shard_id: str) -> str | None:
        return self.get(shard_id)

    def save(self, shard_id: str, place: str) -> None:
        self[shard_id] = place

    def places(self, shard_id: str) -> Mapping[str, str]:
        return {name: place for name, place in self.items() if is_of(name, shard_id)}

    def forget(self, name: str) -> None:
        self.pop(name, None)


def succeed(payload: bytes = b"null") -> InvocationResult:
    return InvocationResult(payload, None, "request", b"", "$LATEST", 1.0)


def fail() -> InvocationResult:
    return InvocationResult(b'{"errorType":"ValueError"}', "Unhandled", "request", b"", "$LATEST", 1.0)


Answer = Callable[[list[str]], InvocationResult]
