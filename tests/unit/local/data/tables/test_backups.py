"""Backups and recovery: what a table held can be had again, as a new table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrarium.local.data.tables.model.recovery import DAY, LAG
from terrarium.local.data.tables.service import RECOVERY_SWEEP_SECONDS, SWEEP_SECONDS
from terrarium.testing.clock import ManualClock
from tests.unit.local.data.tables.desk import Desk, index, plain, wire

# Any: JSON bodies.
Body = dict[str, Any]


async def recoverable(desk: Desk, days: int | None = None) -> None:
    wanted: Body = {"PointInTimeRecoveryEnabled": True}
    if days is not None:
        wanted["RecoveryPeriodInDays"] = days
    await desk.call("UpdateContinuousBackups", TableName="Games", PointInTimeRecoverySpecification=wanted)


async def backed_up(desk: Desk, name: str = "before") -> str:
    details = (await desk.call("CreateBackup", TableName="Games", BackupName=name))["BackupDetails"]
    arn: str = details["BackupArn"]
    return arn


async def held(desk: Desk, table: str) -> list[Body]:
    found = await desk.call("Scan", TableName=table)
    return sorted((plain(item) for item in found["Items"]), key=lambda item: str(item["id"]))


async def test_a_backup_keeps_what_the_table_held_when_it_was_made(desk: Desk) -> None:
    await desk.create(attributes=["grp S"], GlobalSecondaryIndexes=[index("byGroup", "grp")])
    await desk.put(id="a", grp="g", n=1)
    arn = await backed_up(desk)
    await desk.put(id="a", grp="h", n=2)
    await desk.put(id="b")
    answer = await desk.call("RestoreTableFromBackup", TargetTableName="Again", BackupArn=arn)
    assert answer["TableDescription"]["TableStatus"] == "CREATING"
    assert answer["TableDescription"]["RestoreSummary"]["RestoreInProgress"] is True
    assert await held(desk, "Again") == [{"id": "a", "grp": "g", "n": 1}]
    assert (await desk.call("Scan", TableName="Again", IndexName="byGroup"))["Count"] == 1
    described = (await desk.call("DescribeTable", TableName="Again"))["Table"]
    assert described["RestoreSummary"]["SourceBackupArn"] == arn
    assert described["RestoreSummary"]["RestoreInProgress"] is False
    assert described["ItemCount"] == 1


async def test_a_backup_outlives_its_table_and_the_process(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        await desk.put(id="a")
        arn = await backed_up(desk)
        await desk.call("DeleteTable", TableName="Games")
    async with Desk(tmp_path, desk.clock) as again:
        await again.call("RestoreTableFromBackup", TargetTableName="Games", BackupArn=arn)
        assert await held(again, "Games") == [{"id": "a"}]
        await again.call("DeleteBackup", BackupArn=arn)
        error = await again.refused("DescribeBackup", BackupArn=arn)
        assert (error.code, error.message) == ("BackupNotFoundException", f"Backup not found: {arn}")


async def test_a_backup_tells_what_it_is_of(desk: Desk) -> None:
    await desk.create(
        range="at N", attributes=["grp S"], GlobalSecondaryIndexes=[index("byGroup", "grp")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )  # fmt: skip
    await desk.put(id="a", at=1)
    described = (await desk.call("DescribeBackup", BackupArn=await backed_up(desk)))["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["BackupDetails"]["BackupType"] == "USER"
    assert described["SourceTableDetails"]["ItemCount"] == 1
    assert [key["AttributeName"] for key in described["SourceTableDetails"]["KeySchema"]] == ["id", "at"]
    features = described["SourceTableFeatureDetails"]
    assert [each["IndexName"] for each in features["GlobalSecondaryIndexes"]] == ["byGroup"]
    assert features["StreamDescription"]["StreamViewType"] == "NEW_IMAGE"


async def test_backups_are_listed_by_table_time_and_kind_page_by_page(desk: Desk) -> None:
    await desk.create()
    names = ["one", "two", "three"]
    for name in names:
        await backed_up(desk, name)
        await desk.clock.advance(10)
    start = desk.clock.now() - 30

    async def listed(**body: Any) -> list[str]:
        found = await desk.call("ListBackups", **body)
        return [summary["BackupName"] for summary in found["BackupSummaries"]]

    assert await listed() == names
    assert await listed(TableName="Games", TimeRangeLowerBound=start + 10, TimeRangeUpperBound=start + 20) == ["two"]
    assert await listed(TableName="Nowhere") == []
    assert await listed(BackupType="SYSTEM") == []
    first = await desk.call("ListBackups", Limit=2)
    assert await listed(ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"]) == ["three"]
    assert "LastEvaluatedBackupArn" not in await desk.call("ListBackups", Limit=3)


async def test_a_table_is_restored_as_it_was_at_a_moment(desk: Desk) -> None:
    await desk.create()
    await desk.put(id="before", n=0)
    await recoverable(desk)
    moments = []
    for n in range(3):
        await desk.clock.advance(60)
        await desk.put(id="before", n=n)
        await desk.put(id=f"x{n}")
        moments.append(desk.clock.now())
    await desk.call("DeleteItem", TableName="Games", Key=wire(id="x0"))
    await desk.clock.advance(LAG)
    body = {"SourceTableName": "Games", "TargetTableName": "Then", "RestoreDateTime": moments[1]}
    await desk.call("RestoreTableToPointInTime", **body)
    assert await held(desk, "Then") == [{"id": "before", "n": 1}, {"id": "x0"}, {"id": "x1"}]
    body = {"SourceTableName": "Games", "TargetTableName": "Now", "UseLatestRestorableTime": True}
    await desk.call("RestoreTableToPointInTime", **body)
    assert await held(desk, "Now") == [{"id": "before", "n": 2}, {"id": "x1"}, {"id": "x2"}]


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 9)), st.integers(0, 2)), max_size=20
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, chosen=st.integers(0, 20))
async def test_any_moment_can_be_had_again(steps: list[tuple[str, int | None, int]], chosen: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Desk(Path(folder)) as desk:
            await desk.create()
            await recoverable(desk)
            seen = [(desk.clock.now(), await held(desk, "Games"))]
            for key, n, pause in steps:
                if n is None:
                    await desk.call("DeleteItem", TableName="Games", Key=wire(id=key))
                else:
                    await desk.put(id=key, n=n)
                seen.append((desk.clock.now(), await held(desk, "Games")))
                await desk.clock.advance(pause)
            await desk.clock.advance(LAG)
            moment, _ = seen[chosen % len(seen)]
            then = [items for at, items in seen if at <= moment][-1]
            body = {"SourceTableName": "Games", "TargetTableName": "Then", "RestoreDateTime": moment}
            await desk.call("RestoreTableToPointInTime", **body)
            assert await held(desk, "Then") == then


async def test_a_restored_table_is_bare_and_may_be_made_otherwise(desk: Desk) -> None:
    await desk.create(
        attributes=["grp S"],
        GlobalSecondaryIndexes=[index("byGroup", "grp"), index("keys", "grp", projection="KEYS_ONLY")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        DeletionProtectionEnabled=True, Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    answer = await desk.call(
        "RestoreTableFromBackup", TargetTableName="Again", BackupArn=await backed_up(desk),
        BillingModeOverride="PROVISIONED", GlobalSecondaryIndexOverride=[index("keys", "grp", projection="KEYS_ONLY")],
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
    )  # fmt: skip
    table = answer["TableDescription"]
    assert [each["IndexName"] for each in table["GlobalSecondaryIndexes"]] == ["keys"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
    assert "StreamSpecification" not in table
    assert table["DeletionProtectionEnabled"] is False
    assert (await desk.call("ListTagsOfResource", ResourceArn=table["TableArn"]))["Tags"] == []
    error = await desk.refused(
        "RestoreTableFromBackup", TargetTableName="Other", BackupArn=await backed_up(desk),
        GlobalSecondaryIndexOverride=[index("unknown", "grp")],
    )  # fmt: skip
    assert error.message.endswith("Index unknown is not an index of the source table")


async def test_what_cannot_be_restored_is_refused(desk: Desk) -> None:
    await desk.create()
    latest = {"SourceTableName": "Games", "TargetTableName": "Then", "UseLatestRestorableTime": True}
    error = await desk.refused("RestoreTableToPointInTime", **latest)
    assert error.code == "PointInTimeRecoveryUnavailableException"
    await recoverable(desk)
    for moment in (desk.clock.now() - 1, desk.clock.now() + 1):
        body = {"SourceTableName": "Games", "TargetTableName": "Then", "RestoreDateTime": moment}
        assert (await desk.refused("RestoreTableToPointInTime", **body)).code == "InvalidRestoreTimeException"
    error = await desk.refused("RestoreTableToPointInTime", **latest | {"TargetTableName": "Games"})
    assert error.code == "TableAlreadyExistsException"
    error = await desk.refused("RestoreTableToPointInTime", **latest | {"SourceTableName": "Nowhere"})
    assert error.code == "TableNotFoundException"
    assert (await desk.refused("CreateBackup", TableName="Nowhere", BackupName="one")).code == "TableNotFoundException"


async def test_a_deleted_table_that_was_recoverable_leaves_a_backup_for_35_days(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        await recoverable(desk)
        await desk.put(id="a")
        await desk.call("DeleteTable", TableName="Games")
        [left] = (await desk.call("ListBackups", BackupType="SYSTEM"))["BackupSummaries"]
        assert left["BackupName"] == "Games$DeletedTableBackup"
        assert left["BackupExpiryDateTime"] == desk.clock.now() + 35 * DAY
        await desk.call("RestoreTableFromBackup", TargetTableName="Games", BackupArn=left["BackupArn"])
        assert await held(desk, "Games") == [{"id": "a"}]
    async with Desk(tmp_path, ManualClock(desk.clock.now() + 35 * DAY)) as again:
        await again.clock.advance(SWEEP_SECONDS)
        assert (await again.call("ListBackups", BackupType="ALL"))["BackupSummaries"] == []


def noted(desk: Desk) -> int:
    """How many changes are in the history."""
    count: int = desk.tables.engine.database.read("SELECT count(*) FROM history").fetchone()[0]
    return count


async def test_history_goes_when_it_is_too_old(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        await recoverable(desk, days=1)
        await desk.put(id="a", n=1)
    async with Desk(tmp_path, ManualClock(desk.clock.now() + DAY - 60)) as again:
        await again.put(id="a", n=2)
        await again.clock.advance(SWEEP_SECONDS)
        assert noted(again) == 2
        await again.clock.advance(RECOVERY_SWEEP_SECONDS)
        assert noted(again) == 1


async def test_history_goes_when_it_is_no_longer_wanted(desk: Desk) -> None:
    await desk.create()
    await recoverable(desk)
    await desk.put(id="a", n=2)
    assert noted(desk) == 1
    off = {"PointInTimeRecoveryEnabled": False}
    await desk.call("UpdateContinuousBackups", TableName="Games", PointInTimeRecoverySpecification=off)
    await desk.put(id="a", n=3)
    assert noted(desk) == 0


async def test_a_table_of_before_there_was_history_is_recoverable_from_its_next_start(tmp_path: Path) -> None:
    async with Desk(tmp_path) as desk:
        await desk.create()
        table = desk.tables.engine.table("Games")
        table.settings["recovery"] = {"since": desk.clock.now(), "days": 35}  # type: ignore[index]  # as it was stored
        desk.tables.engine.catalog.save(table)
    await desk.clock.advance(1000)
    async with Desk(tmp_path, desk.clock) as again:
        answer = await again.call("DescribeContinuousBackups", TableName="Games")
        recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["EarliestRestorableDateTime"] == again.clock.now()


@pytest.mark.parametrize("chosen", [{}, {"RestoreDateTime": 1.0, "UseLatestRestorableTime": True}])
async def test_one_moment_must_be_chosen(desk: Desk, chosen: Body) -> None:
    await desk.create()
    await recoverable(desk)
    body = {"SourceTableName": "Games", "TargetTableName": "Then", **chosen}
    assert (await desk.refused("RestoreTableToPointInTime", **body)).code == "ValidationException"
