"""DynamoDB Streams: what a change leaves behind, read by the API and by a function."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import refused
from tests.fidelity.statements.test_dynamodb_tables import SIMPLE
from tests.fidelity.statements.websocket import noted
from tests.fidelity.targets.target import Target

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html"
RECORD = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html"
RECORDS = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html"
ITERATOR = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html"
DESCRIBE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html"


@dataclass
class Streamed:
    """A table with a stream of its own."""

    dynamodb: Any  # boto3 clients
    streams: Any
    name: str
    arn: str

    def put(self, id: str, **attributes: Any) -> None:
        """Puts an item."""
        self.dynamodb.put_item(TableName=self.name, Item={"id": {"S": id}, **attributes})

    def delete(self, id: str) -> None:
        """Deletes an item."""
        self.dynamodb.delete_item(TableName=self.name, Key={"id": {"S": id}})

    def shard(self) -> str:
        """The id of the shard that is written to."""
        shards = self.streams.describe_stream(StreamArn=self.arn)["StreamDescription"]["Shards"]
        return str(shards[-1]["ShardId"])

    def iterator(self, kind: str = "TRIM_HORIZON", **options: Any) -> str:
        """An iterator of that shard."""
        return str(
            self.streams.get_shard_iterator(
                StreamArn=self.arn, ShardId=self.shard(), ShardIteratorType=kind, **options
            )["ShardIterator"]
        )

    def records(self, wanted: int, iterator: str | None = None) -> list[Any]:
        """The first records; on AWS they may take a moment."""
        found: list[Any] = []
        iterator = iterator or self.iterator()
        deadline = time.monotonic() + 10
        while len(found) < wanted and time.monotonic() < deadline:
            answer = self.streams.get_records(ShardIterator=iterator)
            found += answer["Records"]
            iterator = answer["NextShardIterator"]
        assert len(found) == wanted, found
        return found


def streamed(target: Target, view: str = "NEW_AND_OLD_IMAGES") -> Streamed:
    """A new table whose stream shows that much."""
    dynamodb, streams = target.client("dynamodb"), target.client("dynamodbstreams")
    name = f"fidelity-{uuid.uuid4().hex[:12]}"
    made = dynamodb.create_table(
        TableName=name, **SIMPLE, StreamSpecification={"StreamEnabled": True, "StreamViewType": view}
    )
    target.defer(lambda: dynamodb.delete_table(TableName=name))
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return Streamed(dynamodb, streams, name, made["TableDescription"]["LatestStreamArn"])


@source(GUIDE)
def test_images(target: Target) -> None:
    """NEW_AND_OLD_IMAGES shows the item before and after each change."""
    table = streamed(target)
    table.put("a", x={"N": "1"})
    table.put("a", x={"N": "2"})
    table.delete("a")
    insert, modify, remove = table.records(3)
    assert [record["eventName"] for record in (insert, modify, remove)] == ["INSERT", "MODIFY", "REMOVE"]
    assert "OldImage" not in insert["dynamodb"]
    assert modify["dynamodb"]["OldImage"]["x"] == {"N": "1"}
    assert modify["dynamodb"]["NewImage"]["x"] == {"N": "2"}
    assert "NewImage" not in remove["dynamodb"]


@source(GUIDE)
def test_keys_only(target: Target) -> None:
    """KEYS_ONLY shows no images."""
    table = streamed(target, "KEYS_ONLY")
    table.put("a", x={"N": "1"})
    (record,) = table.records(1)
    assert record["dynamodb"]["Keys"] == {"id": {"S": "a"}}
    assert not {"NewImage", "OldImage"} & set(record["dynamodb"])
    assert record["dynamodb"]["StreamViewType"] == "KEYS_ONLY"


@source(GUIDE)
def test_new_image(target: Target) -> None:
    """NEW_IMAGE shows the item after the change only."""
    table = streamed(target, "NEW_IMAGE")
    table.put("a", x={"N": "1"})
    table.put("a", x={"N": "2"})
    record = table.records(2)[1]
    assert record["dynamodb"]["NewImage"]["x"] == {"N": "2"}
    assert "OldImage" not in record["dynamodb"]


@source(GUIDE)
def test_old_image(target: Target) -> None:
    """OLD_IMAGE shows the item before the change only."""
    table = streamed(target, "OLD_IMAGE")
    table.put("a", x={"N": "1"})
    table.put("a", x={"N": "2"})
    record = table.records(2)[1]
    assert record["dynamodb"]["OldImage"]["x"] == {"N": "1"}
    assert "NewImage" not in record["dynamodb"]


@source(GUIDE)
def test_no_change(target: Target) -> None:
    """A write that changes nothing leaves no record."""
    table = streamed(target)
    for id in ("a", "a", "b"):
        table.put(id)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in table.records(2)] == ["a", "b"]


@source(GUIDE)
def test_delete_nothing(target: Target) -> None:
    """Deleting an item that is not there leaves no record."""
    table = streamed(target)
    table.delete("never")
    table.put("a")
    assert [record["eventName"] for record in table.records(1)] == ["INSERT"]


@source(GUIDE)
def test_order(target: Target) -> None:
    """The changes of one item come in the order in which they happened, with rising sequence numbers."""
    table = streamed(target)
    for x in range(10):
        table.put("a", x={"N": str(x)})
    records = table.records(10)
    assert [record["dynamodb"]["NewImage"]["x"]["N"] for record in records] == [str(x) for x in range(10)]
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in records]
    assert numbers == sorted(set(numbers))


@source(RECORD)
def test_record(target: Target) -> None:
    """A record tells source, region, version, time and size."""
    table = streamed(target)
    table.put("a", x={"S": "y"})
    (record,) = table.records(1)
    assert (record["eventSource"], record["eventVersion"]) == ("aws:dynamodb", "1.1")
    assert record["awsRegion"] == target.region
    assert record["eventID"]
    assert abs(record["dynamodb"]["ApproximateCreationDateTime"].timestamp() - time.time()) < 60
    assert record["dynamodb"]["SizeBytes"] > 0


@source(RECORD)
def test_record_size(target: Target) -> None:
    """SizeBytes is the bytes of keys and images together."""
    table = streamed(target)
    table.put("a", x={"S": "yy"})
    (record,) = table.records(1)
    # Keys: id=a; new image: id=a, x=yy; names and values count.
    assert record["dynamodb"]["SizeBytes"] == 3 + 3 + 3


@source(ITERATOR)
def test_latest(target: Target) -> None:
    """A LATEST iterator shows only what happens after it was made."""
    table = streamed(target)
    table.put("before")
    table.records(1)
    iterator = table.iterator("LATEST")
    table.put("after")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in table.records(1, iterator)] == ["after"]


@source(ITERATOR)
def test_after_sequence_number(target: Target) -> None:
    """AT_SEQUENCE_NUMBER begins with a record, AFTER_SEQUENCE_NUMBER behind it."""
    table = streamed(target)
    for id in "abc":
        table.put(id)
    number = table.records(3)[1]["dynamodb"]["SequenceNumber"]
    at = table.records(2, table.iterator("AT_SEQUENCE_NUMBER", SequenceNumber=number))
    after = table.records(1, table.iterator("AFTER_SEQUENCE_NUMBER", SequenceNumber=number))
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in at] == ["b", "c"]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in after] == ["c"]


@source(RECORDS)
def test_limit(target: Target) -> None:
    """GetRecords returns no more than Limit, and goes on where it stopped."""
    table = streamed(target)
    for id in "abc":
        table.put(id)
    table.records(3)
    first = table.streams.get_records(ShardIterator=table.iterator(), Limit=2)
    second = table.streams.get_records(ShardIterator=first["NextShardIterator"])
    ids = [[record["dynamodb"]["Keys"]["id"]["S"] for record in page["Records"]] for page in (first, second)]
    assert ids == [["a", "b"], ["c"]]


@source(RECORDS)
def test_records_stay(target: Target) -> None:
    """Reading a record does not take it away."""
    table = streamed(target)
    table.put("a")
    assert table.records(1) == table.records(1)


@source(RECORDS)
def test_open_shard(target: Target) -> None:
    """While a shard is open there is always a next iterator, also at its end."""
    table = streamed(target)
    answer = table.streams.get_records(ShardIterator=table.iterator())
    assert answer["Records"] == []
    assert answer["NextShardIterator"]


@source(RECORDS)
def test_bad_iterator(target: Target) -> None:
    """A text that is no iterator is refused."""
    with pytest.raises(target.client("dynamodbstreams").exceptions.ClientError) as error:
        target.client("dynamodbstreams").get_records(ShardIterator="no iterator")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.value.response["Error"]["Code"] in {"ValidationException", "TrimmedDataAccessException"}


@source(DESCRIBE)
def test_describe(target: Target) -> None:
    """DescribeStream tells the table, its key, what the stream shows, and its shards."""
    table = streamed(target)
    told = table.streams.describe_stream(StreamArn=table.arn)["StreamDescription"]
    assert (told["TableName"], told["StreamViewType"]) == (table.name, "NEW_AND_OLD_IMAGES")
    assert told["StreamStatus"] == "ENABLED"
    assert told["KeySchema"] == SIMPLE["KeySchema"]
    assert told["Shards"][0]["ShardId"].startswith("shardId-")
    assert told["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]


@source(DESCRIBE)
def test_stream_arn(target: Target) -> None:
    """A stream's ARN is its table's with the stream's label, a time."""
    table = streamed(target)
    told = table.dynamodb.describe_table(TableName=table.name)["Table"]
    assert told["LatestStreamArn"] == f"{told['TableArn']}/stream/{told['LatestStreamLabel']}"


@source(DESCRIBE)
def test_unknown_stream(target: Target) -> None:
    """An unknown stream is a ResourceNotFoundException."""
    table = streamed(target)
    with refused("ResourceNotFoundException"):
        table.streams.describe_stream(StreamArn=table.arn[:-23] + "2001-01-01T00:00:00.000")


@source("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html")
def test_list_streams(target: Target) -> None:
    """ListStreams finds the streams of a table."""
    table = streamed(target)
    (stream,) = table.streams.list_streams(TableName=table.name)["Streams"]
    assert (stream["StreamArn"], stream["TableName"]) == (table.arn, table.name)


@source(LAMBDA)
def test_function_receives(target: Target, fresh: str) -> None:
    """A function that is mapped to the stream is invoked with its records and their source's ARN."""
    table = target.streamed()
    item = {"id": {"S": fresh}, "n": {"N": "1"}}
    target.client("dynamodb").put_item(TableName=table, Item=item)
    record, _ = noted(target, f"stream {fresh} INSERT", seconds=20)
    assert record["dynamodb"]["NewImage"] == item
    assert (record["eventSource"], record["eventName"]) == ("aws:dynamodb", "INSERT")
    assert f":table/{table}/stream/" in record["eventSourceARN"]


@source(LAMBDA)
def test_function_time(target: Target, fresh: str) -> None:
    """In a function's event the time of a change is a number of seconds."""
    table = target.streamed()
    target.client("dynamodb").put_item(TableName=table, Item={"id": {"S": fresh}, "n": {"N": "1"}})
    record, _ = noted(target, f"stream {fresh} INSERT", seconds=20)
    assert abs(record["dynamodb"]["ApproximateCreationDateTime"] - time.time()) < 60


@source(LAMBDA)
def test_function_removal(target: Target, fresh: str) -> None:
    """A deletion reaches the function with the old image."""
    table, key = target.streamed(), {"id": {"S": fresh}, "n": {"N": "1"}}
    target.client("dynamodb").put_item(TableName=table, Item=key | {"a": {"S": "x"}})
    target.client("dynamodb").delete_item(TableName=table, Key=key)
    record, _ = noted(target, f"stream {fresh} REMOVE", seconds=20)
    assert record["dynamodb"]["OldImage"]["a"] == {"S": "x"}
