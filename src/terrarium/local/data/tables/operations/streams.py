"""The DynamoDB Streams API: ListStreams, DescribeStream, GetShardIterator and GetRecords.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

import json

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import not_found, validation
from terrarium.local.data.tables.model.description import key_schema
from terrarium.local.data.tables.model.iterator import Iterator, pack, unpack
from terrarium.local.data.tables.model.records import full_record, position_of, sequence_number
from terrarium.local.data.tables.storage.journal import RETENTION, Shard, StoredRecord, Stream
from terrarium.local.data.tables.values.wire import Body

_LISTED = 100
_MOST_RECORDS = 1000
_MOST_BYTES = 1024 * 1024


def list_streams(engine: Engine, body: Body) -> Body:
    """Streams in the order of their ARNs, of one table or all, a page at a time."""
    wanted, start = body.get("TableName"), body.get("ExclusiveStartStreamArn") or ""
    streams = [one for one in engine.journal.all() if one.arn > start and wanted in (None, one.table)]
    limit = body.get("Limit") or _LISTED
    page = streams[:limit]
    listed = [{"StreamArn": one.arn, "TableName": one.table, "StreamLabel": one.label} for one in page]
    return {"Streams": listed} | ({"LastEvaluatedStreamArn": page[-1].arn} if len(streams) > limit else {})


def describe_stream(engine: Engine, body: Body) -> Body:
    """A stream and a page of its shards."""
    stream = _stream(engine, body["StreamArn"])
    shards = engine.journal.shards(stream)
    start = body.get("ExclusiveStartShardId")
    if start is not None:
        shards = shards[1 + next((at for at, shard in enumerate(shards) if shard.id == start), len(shards)) :]
    limit = body.get("Limit") or _LISTED
    description: Body = {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.enabled else "DISABLED",
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.created_at,
        "TableName": stream.table,
        "KeySchema": key_schema(stream.keys),
        "Shards": [_shard(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        description["LastEvaluatedShardId"] = shards[limit - 1].id
    return {"StreamDescription": description}


def get_shard_iterator(engine: Engine, body: Body) -> Body:
    """A place in a shard from which to read, good for 15 minutes."""
    stream = _stream(engine, body["StreamArn"])
    shard = _find(engine, stream, body["ShardId"])
    iterator = Iterator(stream.arn, shard.id, _start(engine, body, stream, shard), engine.clock.now())
    return {"ShardIterator": pack(iterator)}


def get_records(engine: Engine, body: Body) -> Body:
    """Up to 1,000 records or 1 MB, and the place after them; none is left of a closed shard that has been read."""
    now = engine.clock.now()
    iterator = unpack(body["ShardIterator"], now)
    stream = _stream(engine, iterator.stream)
    shard = _find(engine, stream, iterator.shard)
    limit = min(body.get("Limit") or _MOST_RECORDS, _MOST_RECORDS)
    _check_not_trimmed(engine, stream, shard, iterator.after)
    stored = _within_bytes(engine.journal.records(stream, shard, iterator.after, now - RETENTION, limit))
    after = stored[-1].position if stored else iterator.after
    answer: Body = {"Records": [_record(engine, stream, record) for record in stored]}
    if shard.last is None or engine.journal.records(stream, shard, after, now - RETENTION, 1):
        answer["NextShardIterator"] = pack(Iterator(stream.arn, shard.id, after, now))
    return answer


def _stream(engine: Engine, arn: str) -> Stream:
    stream = engine.journal.get(arn)
    if stream is None:
        raise not_found(f"Requested resource not found: Stream: {arn} not found")
    return stream


def _find(engine: Engine, stream: Stream, shard_id: str) -> Shard:
    for shard in engine.journal.shards(stream):
        if shard.id == shard_id:
            return shard
    raise not_found(f"Requested resource not found: Shard does not exist: {shard_id}")


def _shard(shard: Shard) -> Body:
    sequence = {"StartingSequenceNumber": sequence_number(shard.first)}
    if shard.last is not None:
        sequence["EndingSequenceNumber"] = sequence_number(max(shard.first, shard.last))
    return {"ShardId": shard.id, "SequenceNumberRange": sequence} | (
        {"ParentShardId": shard.parent} if shard.parent else {}
    )


def _start(engine: Engine, body: Body, stream: Stream, shard: Shard) -> int:
    """The position after which an iterator of the wished type begins."""
    kind = body["ShardIteratorType"]
    if kind == "TRIM_HORIZON":
        return _oldest(engine, stream, shard) - 1
    if kind == "LATEST":
        return engine.journal.last_position(stream) if shard.last is None else shard.last
    if body.get("SequenceNumber") is None:
        raise validation(f"SequenceNumber must be specified for ShardIteratorType {kind}")
    position = _asked_position(body["SequenceNumber"], shard)
    start = position if kind == "AFTER_SEQUENCE_NUMBER" else position - 1
    _check_not_trimmed(engine, stream, shard, start)
    return start


def _oldest(engine: Engine, stream: Stream, shard: Shard) -> int:
    """The position of a shard's oldest record that is within its 24 hours, or of the one to come."""
    records = engine.journal.records(stream, shard, 0, engine.clock.now() - RETENTION, 1)
    if records:
        return records[0].position
    return 1 + (engine.journal.last_position(stream) if shard.last is None else shard.last)


def _check_not_trimmed(engine: Engine, stream: Stream, shard: Shard, after: int) -> None:
    if after + 1 < _oldest(engine, stream, shard):
        raise AwsError(
            "TrimmedDataAccessException",
            "The operation attempted to read past the oldest stream record in a shard.",
        )


def _asked_position(sequence: str, shard: Shard) -> int:
    try:
        position = position_of(sequence)
    except ValueError as error:
        raise validation(f"Invalid SequenceNumber: {sequence}") from error
    if position < shard.first or (shard.last is not None and position > max(shard.first, shard.last)):
        raise validation(f"Invalid SequenceNumber: {sequence} is not within the range of shard {shard.id}")
    return position


def _within_bytes(records: list[StoredRecord]) -> list[StoredRecord]:
    size = 0
    kept: list[StoredRecord] = []
    for record in records:
        size += len(json.dumps(record.record))
        if kept and size > _MOST_BYTES:
            break
        kept.append(record)
    return kept


def _record(engine: Engine, stream: Stream, stored: StoredRecord) -> Body:
    return full_record(
        stored.record, stream=stream.arn, position=stored.position, region=engine.region, created=stored.created
    )
