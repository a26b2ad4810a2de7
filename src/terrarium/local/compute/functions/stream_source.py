"""What an event source mapping needs of the world: a stream, and somewhere to keep its place in it.

See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol


class Records(Protocol):
    """A stream, as DynamoDB Streams' API shows it."""

    # Shards and records are the API's JSON; what is in a record is the user's.

    async def get_shards(self) -> list[dict[str, Any]]:
        """Every ``Shard`` of the stream."""
        ...

    async def get_iterator(self, shard_id: str, iterator_type: str, sequence_number: str | None = None) -> str:
        """A shard iterator."""
        ...

    async def get_records(self, iterator: str, limit: int) -> dict[str, Any]:
        """``Records`` and, unless the shard has ended, ``NextShardIterator``."""
        ...

    async def changed(self, after: str | None) -> None:
        """Returns once there is a record past that sequence number."""
        ...


class Checkpoints(Protocol):
    """Where a mapping keeps its place, by shard, or by lane where there are several; it must last."""

    def load(self, shard_id: str) -> str | None:
        """What was saved last for a shard."""
        ...

    def save(self, shard_id: str, place: str) -> None:
        """Keeps a shard's place."""
        ...

    def places(self, shard_id: str) -> Mapping[str, str]:
        """Every place that is kept of a shard, by what it is kept under: the shard or one of its lanes."""
        ...

    def forget(self, name: str) -> None:
        """Keeps a place no longer."""
        ...


class Call(Protocol):
    """One operation of DynamoDB Streams, by name: `Streams.call`."""

    # Bodies are the API's JSON, of any shape.
    async def __call__(self, operation: str, body: dict[str, Any], /) -> dict[str, Any]: ...


class StreamRecords:
    """`Records` over the operations of DynamoDB Streams.

    Args:
        stream_arn: The stream.
        call: An operation by name.
        changed: Returns once the stream with that ARN has a record past a sequence number.
    """

    def __init__(self, stream_arn: str, call: Call, changed: Callable[[str, str | None], Awaitable[None]]) -> None:
        self._arn = stream_arn
        self._call = call
        self._changed = changed

    async def get_shards(self) -> list[dict[str, Any]]:
        shards: list[dict[str, Any]] = []
        last: str | None = None
        while True:
            start = {} if last is None else {"ExclusiveStartShardId": last}
            answer = await self._call("DescribeStream", {"StreamArn": self._arn, **start})
            shards += answer["StreamDescription"]["Shards"]
            last = answer["StreamDescription"].get("LastEvaluatedShardId")
            if last is None:
                return shards

    async def get_iterator(self, shard_id: str, iterator_type: str, sequence_number: str | None = None) -> str:
        body = {"StreamArn": self._arn, "ShardId": shard_id, "ShardIteratorType": iterator_type}
        if sequence_number is not None:
            body["SequenceNumber"] = sequence_number
        iterator: str = (await self._call("GetShardIterator", body))["ShardIterator"]
        return iterator

    async def get_records(self, iterator: str, limit: int) -> dict[str, Any]:
        return await self._call("GetRecords", {"ShardIterator": iterator, "Limit": min(limit, 1000)})

    async def changed(self, after: str | None) -> None:
        await self._changed(self._arn, after)
