"""What has been acknowledged lasts: over restarts, a killed process, a full disk; and a damaged file is named."""

from __future__ import annotations

import asyncio
import sys
import textwrap
from pathlib import Path

import pytest

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables import Tables
from terrarium.local.data.tables.service import FILE
from terrarium.local.data.tables.storage.checkpoints import EVERY
from terrarium.testing.clock import ManualClock
from tests.unit.local.data.tables.desk import ACCOUNT, REGION, Desk, index, value, wire


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create(
            range="at N", attributes=["grp S"], GlobalSecondaryIndexes=[index("byGroup", "grp")],
            Tags=[{"Key": "team", "Value": "one"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )  # fmt: skip
        await desk.call(
            "UpdateTimeToLive", TableName="Games", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
        )
        await desk.put(id="a", at=1, grp="g")
        before = await desk.call("DescribeTable", TableName="Games")
    async with Desk(tmp_path, desk.clock) as again:
        assert await again.call("DescribeTable", TableName="Games") == before
        assert await again.get(id="a", at=1) == {"id": "a", "at": 1, "grp": "g"}
        assert (await again.call("Scan", TableName="Games", IndexName="byGroup"))["Count"] == 1
        arn = before["Table"]["TableArn"]
        assert (await again.call("ListTagsOfResource", ResourceArn=arn))["Tags"] == [{"Key": "team", "Value": "one"}]
        described = await again.call("DescribeTimeToLive", TableName="Games")
        assert described["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}


async def test_a_transactions_token_is_remembered_over_a_restart(tmp_path: Path) -> None:
    step = {"Update": {"TableName": "Games", "Key": wire(id="a"), "UpdateExpression": "ADD n :n",
                       "ExpressionAttributeValues": {":n": value(1)}}}  # fmt: skip
    async with Desk(tmp_path) as desk:
        await desk.create()
        await desk.call("TransactWriteItems", TransactItems=[step], ClientRequestToken="once")
    async with Desk(tmp_path, desk.clock) as again:
        await again.call("TransactWriteItems", TransactItems=[step], ClientRequestToken="once")
        assert await again.get(id="a") == {"id": "a", "n": 1}


WRITER = """
    import asyncio, sys
    from pathlib import Path
    from terrarium.local.clock import SystemClock
    from terrarium.local.data.tables import Tables

    async def write():
        tables = Tables(Path(sys.argv[1]), clock=SystemClock(), account="000000000000", region="us-east-1")
        await tables.start()
        await tables.call("CreateTable", {
            "TableName": "Games", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
        })
        number = 0
        while True:
            await tables.call("PutItem", {"TableName": "Games", "Item": {"id": {"N": str(number)}}})
            print(number, flush=True)
            number += 1

    asyncio.run(write())
"""


async def test_no_acknowledged_write_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path))
    writer = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert writer.stdout is not None
    acknowledged = [int(await writer.stdout.readline()) for _ in range(200)]
    writer.kill()
    rest = await writer.stdout.read()
    acknowledged += [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    await writer.wait()
    async with Desk(tmp_path) as desk:
        for number in acknowledged:
            assert await desk.get(id=number) is not None


@pytest.mark.parametrize("damage", [b"this is no database at all, is it?" * 100, None])
async def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes | None) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        for number in range(200):
            await desk.put(id=str(number), filler="x" * 500)
    file = tmp_path / FILE
    whole = file.read_bytes()
    file.write_bytes(damage or whole[:8192] + b"\xaa" * (len(whole) - 8192))
    with pytest.raises(UserError) as caught:
        await Tables(tmp_path, clock=ManualClock(), account=ACCOUNT, region=REGION).start()
    assert str(file) in str(caught.value)


async def test_a_second_process_is_told_that_the_file_is_in_use(tmp_path: Path) -> None:
    async with Desk(tmp_path):
        with pytest.raises(UserError) as caught:
            await Tables(tmp_path, clock=ManualClock(), account=ACCOUNT, region=REGION).start()
    assert "in use" in str(caught.value)


async def test_a_full_disk_fails_the_write_and_loses_nothing(desk: Desk) -> None:
    arn = (await desk.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}))[
        "LatestStreamArn"
    ]
    await desk.put(id="before", n=1)
    (pages,) = desk.tables.engine.database.read("PRAGMA page_count").fetchone()
    desk.tables.engine.database.read(f"PRAGMA max_page_count = {pages}")
    error = await desk.refused("PutItem", TableName="Games", Item=wire(id="big", filler="x" * 300_000))
    assert (error.code, error.status) == ("InternalServerError", 500)
    assert await desk.get(id="before") == {"id": "before", "n": 1}
    desk.tables.engine.database.read("PRAGMA max_page_count = 1000000")
    await desk.put(id="after")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in await desk.records(arn)] == ["before", "after"]
    table = (await desk.call("DescribeTable", TableName="Games"))["Table"]
    assert table["ItemCount"] == 2


async def test_all_writes_of_a_group_that_fails_are_told_so(desk: Desk) -> None:
    await desk.create()
    (pages,) = desk.tables.engine.database.read("PRAGMA page_count").fetchone()
    desk.tables.engine.database.read(f"PRAGMA max_page_count = {pages}")
    small = desk.call("PutItem", TableName="Games", Item=wire(id="small"))
    large = desk.call("PutItem", TableName="Games", Item=wire(id="large", filler="x" * 300_000))
    outcomes = await asyncio.gather(small, large, return_exceptions=True)
    assert all(isinstance(outcome, AwsError) and outcome.status == 500 for outcome in outcomes)
    assert await desk.get(id="small") is None


async def test_a_caller_who_gives_up_does_not_undo_the_write_or_hold_up_others(desk: Desk) -> None:
    await desk.create()
    impatient = asyncio.create_task(desk.call("PutItem", TableName="Games", Item=wire(id="a")))
    patient = asyncio.create_task(desk.call("PutItem", TableName="Games", Item=wire(id="b")))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert await desk.get(id="a") == {"id": "a"}
    assert await desk.get(id="b") == {"id": "b"}


async def test_concurrent_updates_of_one_item_all_count(desk: Desk) -> None:
    await desk.create()
    body = {"TableName": "Games", "Key": wire(id="a"), "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": value(1)}}  # fmt: skip
    await asyncio.gather(*(desk.tables.call("UpdateItem", body) for _ in range(200)))
    assert await desk.get(id="a") == {"id": "a", "n": 200}


async def test_with_fsync_it_works_the_same(tmp_path: Path) -> None:
    tables = Tables(tmp_path, clock=ManualClock(), account=ACCOUNT, region=REGION, fsync=True)
    await tables.start()
    assert tables.engine.database.read("PRAGMA synchronous").fetchone() == (2,)
    await tables.stop()


async def test_it_can_be_started_again_after_it_was_stopped(tmp_path: Path) -> None:
    tables = Tables(tmp_path, clock=ManualClock(), account=ACCOUNT, region=REGION)
    body = {
        "TableName": "Games", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
    }  # fmt: skip
    await tables.start()
    await tables.call("CreateTable", body)
    await tables.stop()
    await tables.start()
    for number in range(2 * EVERY):  # enough for checkpoints to run
        await tables.call("PutItem", {"TableName": "Games", "Item": wire(id=number)})
    assert (await tables.call("Scan", {"TableName": "Games", "Select": "COUNT"}))["Count"] == 2 * EVERY
    await tables.stop()
    assert not (tmp_path / f"{FILE}-wal").exists()


async def test_half_a_surrogate_pair_is_no_string(desk: Desk) -> None:
    await desk.create()
    error = await desk.refused("PutItem", TableName="Games", Item={"id": {"S": "\ud800"}})
    assert error.code == "SerializationException"
