"""Streams: what is recorded, in which form, and how it is read."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.storage.journal import SHARD_LIFE
from tests.unit.local.data.tables.desk import Desk, plain, turns, value, wire

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


async def streaming(desk: Desk, view: str = "NEW_AND_OLD_IMAGES") -> str:
    """A table with a stream; its ARN."""
    description = await desk.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    arn: str = description["LatestStreamArn"]
    assert arn.endswith(f"/stream/{description['LatestStreamLabel']}")
    return arn


async def iterator(desk: Desk, arn: str, kind: str, shard: int = 0, **more: str) -> str:
    description = (await desk.streams.call("DescribeStream", {"StreamArn": arn}))["StreamDescription"]
    body = {"StreamArn": arn, "ShardId": description["Shards"][shard]["ShardId"], "ShardIteratorType": kind, **more}
    word: str = (await desk.streams.call("GetShardIterator", body))["ShardIterator"]
    return word


@pytest.mark.parametrize("view", VIEWS)
async def test_each_write_is_recorded_with_the_images_of_its_view(desk: Desk, view: str) -> None:
    arn = await streaming(desk, view)
    await desk.put(id="a", n=1)
    await desk.put(id="a", n=2)
    await desk.call("DeleteItem", TableName="Games", Key=wire(id="a"))
    records = await desk.records(arn)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert all(plain(record["dynamodb"]["Keys"]) == {"id": "a"} for record in records)
    news = [record["dynamodb"].get("NewImage") for record in records]
    olds = [record["dynamodb"].get("OldImage") for record in records]
    first, second = wire(id="a", n=1), wire(id="a", n=2)
    assert news == ([first, second, None] if "NEW" in view else [None] * 3)
    assert olds == ([None, first, second] if "OLD" in view else [None] * 3)


async def test_a_record_has_all_that_the_api_promises(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a", n=1)
    (record,) = await desk.records(arn)
    assert {name: record[name] for name in ("eventVersion", "eventSource", "awsRegion", "eventName")} == {
        "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1", "eventName": "INSERT",
    }  # fmt: skip
    assert len(record["eventID"]) == 32
    assert "userIdentity" not in record
    body = record["dynamodb"]
    assert body["ApproximateCreationDateTime"] == desk.clock.now()
    assert body["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert body["SizeBytes"] == len("ida") + len("idan") + 2
    assert 21 <= len(body["SequenceNumber"]) <= 40
    assert body["SequenceNumber"].isdigit()


async def test_a_write_that_changes_nothing_is_not_recorded(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a", tags={"x", "y"})
    await desk.call("PutItem", TableName="Games", Item={"id": {"S": "a"}, "tags": {"SS": ["y", "x"]}})
    await desk.call("PutItem", TableName="Games", Item={"id": {"S": "a"}, "tags": {"SS": ["x", "y"]}})
    await desk.call("DeleteItem", TableName="Games", Key=wire(id="never"))
    assert len(await desk.records(arn)) == 1


async def test_sequence_numbers_rise(desk: Desk) -> None:
    arn = await streaming(desk)
    for number in range(12):
        await desk.put(id="a", n=number)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in await desk.records(arn)]
    assert numbers == sorted(numbers, key=int)
    assert len(set(numbers)) == 12


async def test_an_iterator_begins_where_it_was_asked_to(desk: Desk) -> None:
    arn = await streaming(desk)
    for number in range(3):
        await desk.put(id=str(number))
    latest = await iterator(desk, arn, "LATEST")
    await desk.put(id="3")
    middle = (await desk.records(arn))[1]["dynamodb"]["SequenceNumber"]

    async def ids(word: str) -> list[str]:
        records = (await desk.streams.call("GetRecords", {"ShardIterator": word}))["Records"]
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]

    assert await ids(await iterator(desk, arn, "TRIM_HORIZON")) == ["0", "1", "2", "3"]
    assert await ids(await iterator(desk, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=middle)) == ["1", "2", "3"]
    assert await ids(await iterator(desk, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=middle)) == ["2", "3"]
    assert await ids(latest) == ["3"]


async def test_records_come_in_pages_that_follow_each_other(desk: Desk) -> None:
    arn = await streaming(desk)
    for number in range(5):
        await desk.put(id=str(number))
    word, seen = await iterator(desk, arn, "TRIM_HORIZON"), []
    for _ in range(3):
        answer = await desk.streams.call("GetRecords", {"ShardIterator": word, "Limit": 2})
        seen.append([record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]])
        word = answer["NextShardIterator"]
    assert seen == [["0", "1"], ["2", "3"], ["4"]]


async def test_a_page_of_records_holds_one_megabyte(desk: Desk) -> None:
    arn = await streaming(desk, "NEW_IMAGE")
    for number in range(4):
        await desk.put(id=str(number), big="x" * 390_000)
    assert len((await desk.streams.call("GetRecords", {"ShardIterator": await iterator(desk, arn, "TRIM_HORIZON")}))
               ["Records"]) == 2  # fmt: skip


async def test_an_iterator_expires_after_fifteen_minutes(desk: Desk) -> None:
    arn = await streaming(desk)
    word = await iterator(desk, arn, "TRIM_HORIZON")
    await desk.clock.advance(901)
    with pytest.raises(AwsError) as caught:
        await desk.streams.call("GetRecords", {"ShardIterator": word})
    assert caught.value.code == "ExpiredIteratorException"


@pytest.mark.parametrize("word", ["nonsense", "a|1|b", "arn|1|e30="])
async def test_a_made_up_iterator_is_refused(desk: Desk, word: str) -> None:
    with pytest.raises(AwsError) as caught:
        await desk.streams.call("GetRecords", {"ShardIterator": word})
    assert caught.value.code == "ValidationException"


async def test_records_live_24_hours(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="old")
    await desk.clock.advance(24 * 3600 - 5)
    await desk.put(id="new")
    await desk.clock.advance(10)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await desk.records(arn)] == ["new"]


async def test_a_shard_gives_way_to_a_child_after_four_hours(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a")
    first = await iterator(desk, arn, "TRIM_HORIZON")
    await desk.clock.advance(SHARD_LIFE)
    await desk.put(id="b")
    parent, child = (await desk.streams.call("DescribeStream", {"StreamArn": arn}))["StreamDescription"]["Shards"]
    assert child["ParentShardId"] == parent["ShardId"]
    assert "ParentShardId" not in parent
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in child["SequenceNumberRange"]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await desk.records(arn)] == ["a", "b"]
    with pytest.raises(AwsError):
        await desk.streams.call("GetRecords", {"ShardIterator": first})  # it is four hours old


async def test_a_closed_shard_that_has_been_read_has_no_next_iterator(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a")
    await desk.call("DeleteTable", TableName="Games")
    answer = await desk.streams.call("GetRecords", {"ShardIterator": await iterator(desk, arn, "TRIM_HORIZON")})
    assert len(answer["Records"]) == 1
    assert "NextShardIterator" not in answer
    description = (await desk.streams.call("DescribeStream", {"StreamArn": arn}))["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"


async def test_a_deleted_tables_stream_can_still_be_read(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a")
    await desk.call("DeleteTable", TableName="Games")
    assert len(await desk.records(arn)) == 1
    await desk.clock.advance(24 * 3600 + 20)
    assert await desk.streams.call("ListStreams", {}) == {"Streams": []}


async def test_waiting_for_a_change_ends_with_the_next_record(desk: Desk) -> None:
    arn = await streaming(desk)
    waiting = asyncio.create_task(desk.streams.changed(arn, None))
    await turns()
    assert not waiting.done()
    await desk.put(id="a")
    await asyncio.wait_for(waiting, 5)
    last = (await desk.records(arn))[-1]["dynamodb"]["SequenceNumber"]
    again = asyncio.create_task(desk.streams.changed(arn, last))
    await desk.create("Other", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    await desk.put("Other", id="elsewhere")
    await turns()
    assert not again.done()
    await desk.put(id="b")
    await asyncio.wait_for(again, 5)


async def test_a_change_that_has_happened_already_is_not_waited_for(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="a")
    await asyncio.wait_for(desk.streams.changed(arn, None), 5)


async def test_streams_are_listed_by_table_and_in_pages(desk: Desk) -> None:
    first = await streaming(desk)
    other = await desk.create("Other", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    both = (await desk.streams.call("ListStreams", {}))["Streams"]
    assert [stream["StreamArn"] for stream in both] == [first, other["LatestStreamArn"]]
    (only,) = (await desk.streams.call("ListStreams", {"TableName": "Other"}))["Streams"]
    assert only["TableName"] == "Other"
    page = await desk.streams.call("ListStreams", {"Limit": 1})
    rest = await desk.streams.call("ListStreams", {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]})
    assert [stream["StreamArn"] for stream in rest["Streams"]] == [other["LatestStreamArn"]]


async def test_records_survive_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        arn = await streaming(desk)
        await desk.put(id="a")
        before = await desk.records(arn)
    async with Desk(tmp_path, desk.clock) as again:
        await again.call(
            "UpdateItem", TableName="Games", Key=wire(id="a"), UpdateExpression="SET n = :n",
            ExpressionAttributeValues={":n": value(1)},
        )  # fmt: skip
        after = await again.records(arn)
    assert after[:1] == before
    assert int(after[1]["dynamodb"]["SequenceNumber"]) > int(before[0]["dynamodb"]["SequenceNumber"])


async def test_a_stream_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(AwsError) as caught:
        await desk.streams.call(
            "DescribeStream", {"StreamArn": "arn:aws:dynamodb:us-east-1:0:table/Games/stream/never"}
        )
    assert caught.value.code == "ResourceNotFoundException"


async def test_reading_what_has_been_trimmed_is_refused(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.put(id="old")
    first = (await desk.records(arn))[0]["dynamodb"]["SequenceNumber"]
    await desk.clock.advance(3 * 3600)
    await desk.put(id="newer")
    await desk.clock.advance(21 * 3600 - 300)
    word = await iterator(desk, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=first)
    await desk.clock.advance(600)
    with pytest.raises(AwsError) as caught:
        await desk.streams.call("GetRecords", {"ShardIterator": word})
    assert caught.value.code == "TrimmedDataAccessException"
    with pytest.raises(AwsError) as caught:
        await iterator(desk, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=first)
    assert caught.value.code == "TrimmedDataAccessException"
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await desk.records(arn)] == ["newer"]


async def test_a_records_time_is_a_whole_second(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.clock.advance(0.75)
    await desk.put(id="a")
    (record,) = await desk.records(arn)
    assert record["dynamodb"]["ApproximateCreationDateTime"] == int(desk.clock.now())


async def test_a_shard_that_closes_empty_has_nothing_trimmed(desk: Desk) -> None:
    arn = await streaming(desk)
    await desk.clock.advance(SHARD_LIFE - 60)
    word = await iterator(desk, arn, "TRIM_HORIZON")
    await desk.clock.advance(120)
    await desk.put(id="a")
    answer = await desk.streams.call("GetRecords", {"ShardIterator": word})
    assert answer == {"Records": []}
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await desk.records(arn)] == ["a"]


async def test_a_stream_whose_shard_closed_empty_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        arn = await streaming(desk)
        await desk.clock.advance(SHARD_LIFE)
        await desk.put(id="a")
    async with Desk(tmp_path, desk.clock) as again:
        await again.put(id="b")
        assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await again.records(arn)] == ["a", "b"]
