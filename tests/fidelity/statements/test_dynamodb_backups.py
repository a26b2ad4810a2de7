"""DynamoDB: backups, recovery and exports."""

from __future__ import annotations

import time
import uuid
from typing import Any

from tests.fidelity.statement import source
from tests.fidelity.statements.tables import refused, things
from tests.fidelity.targets.target import Target

BACKUPS = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorksOnDemand.html"
RECOVERY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"
RESTORE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"
EXPORT = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html"


def backed_up(dynamodb: Any, table: str) -> str:
    """The ARN of a backup that is there."""
    arn: str = dynamodb.create_backup(TableName=table, BackupName="before")["BackupDetails"]["BackupArn"]
    for _ in range(60):
        details = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
        if details["BackupStatus"] == "AVAILABLE":
            break
        time.sleep(1)
    return arn


@source(BACKUPS)
def test_a_backup_restores_to_a_new_table(target: Target) -> None:
    """A backup is restored as a new table, with the items and indexes that the old one had when it was made."""
    table = things(target)
    table.put(owner={"S": table.id}, rank={"N": "1"})
    arn, name = backed_up(table.dynamodb, table.name), f"restored-{uuid.uuid4()}"
    table.put(owner={"S": "other"}, rank={"N": "2"})
    table.dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=arn)
    try:
        table.dynamodb.get_waiter("table_exists").wait(TableName=name)
        found = table.dynamodb.query(
            TableName=name, IndexName="byOwner", KeyConditionExpression="#o = :o",
            ExpressionAttributeNames={"#o": "owner"}, ExpressionAttributeValues={":o": {"S": table.id}},
        )  # fmt: skip
        assert found["Count"] == 1
    finally:
        table.dynamodb.delete_table(TableName=name)
        table.dynamodb.delete_backup(BackupArn=arn)


@source("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html")
def test_an_unknown_backup(target: Target) -> None:
    """A backup that is not there is a BackupNotFoundException."""
    table = things(target)
    arn = backed_up(table.dynamodb, table.name)
    table.dynamodb.delete_backup(BackupArn=arn)
    with refused("BackupNotFoundException"):
        table.dynamodb.restore_table_from_backup(TargetTableName=f"restored-{uuid.uuid4()}", BackupArn=arn)


@source(RESTORE)
def test_recovery_must_be_on(target: Target) -> None:
    """Where recovery is off, a restore to a point in time is a PointInTimeRecoveryUnavailableException."""
    table = things(target)
    with refused("PointInTimeRecoveryUnavailableException"):
        table.dynamodb.restore_table_to_point_in_time(
            SourceTableName=table.name, TargetTableName=f"restored-{uuid.uuid4()}", UseLatestRestorableTime=True
        )


@source(EXPORT)
def test_export_needs_recovery(target: Target) -> None:
    """Only a table with recovery can be exported."""
    table = things(target)
    arn = table.dynamodb.describe_table(TableName=table.name)["Table"]["TableArn"]
    with refused("PointInTimeRecoveryUnavailableException"):
        table.dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket="nobody-has-this-bucket")


@source(RECOVERY)
def test_a_restore_outside_the_window(target: Target) -> None:
    """A moment outside the window in which a table can be restored is an InvalidRestoreTimeException."""
    dynamodb, name = target.client("dynamodb"), f"recoverable-{uuid.uuid4()}"
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    try:
        dynamodb.get_waiter("table_exists").wait(TableName=name)
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        with refused("InvalidRestoreTimeException"):
            dynamodb.restore_table_to_point_in_time(
                SourceTableName=name, TargetTableName=f"{name}-then", RestoreDateTime=time.time() - 86_400
            )
    finally:
        dynamodb.delete_table(TableName=name)
