"""CreateBackup, DescribeBackup, ListBackups and DeleteBackup.

A backup is there at once; the word CREATING stands only in the answer that AWS gives with it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
"""

from __future__ import annotations

import secrets

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.model.recovery import DAY, DAYS
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.operations.tables import described
from terrarium.local.data.tables.storage.backups import Backup
from terrarium.local.data.tables.values.wire import Body

_LISTED = 100
_FEATURES = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
#: What a backup tells of an index, of all that a table's description does.
_INDEX_INFO = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput")


def create_backup(engine: Engine, body: Body) -> Body:
    """Keeps a copy of a table."""
    table = engine.backed_up_table(body["TableName"])
    return {"BackupDetails": _details(_taken(engine, table, body["BackupName"], "USER", None), "CREATING")}


def back_up_deleted(engine: Engine, table: Table) -> None:
    """Keeps what a recoverable table held when it was deleted, for 35 days.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
    """
    expires = engine.clock.now() + DAYS * DAY
    _taken(engine, table, f"{table.name}$DeletedTableBackup", "SYSTEM", expires)


def describe_backup(engine: Engine, body: Body) -> Body:
    """What a backup is of."""
    return {"BackupDescription": _described(engine, _found(engine, body))}


def delete_backup(engine: Engine, body: Body) -> Body:
    """Forgets a backup."""
    backup = _found(engine, body)
    answer = _described(engine, backup, "DELETED")
    engine.backups.remove(backup)
    return {"BackupDescription": answer}


def list_backups(engine: Engine, body: Body) -> Body:
    """Backups in the order in which they were made, a page at a time."""
    found = [backup for backup in engine.backups.all() if _listed(backup, body)]
    start = body.get("ExclusiveStartBackupArn")
    if start is not None:
        arns = [backup.arn for backup in found]
        found = found[arns.index(start) + 1 :] if start in arns else []
    limit = body.get("Limit") or _LISTED
    page = found[:limit]
    answer: Body = {"BackupSummaries": [_summary(backup) for backup in page]}
    return answer | ({"LastEvaluatedBackupArn": page[-1].arn} if len(found) > limit else {})


def find_backup(engine: Engine, arn: str) -> Backup:
    """The backup with that ARN.

    Raises:
        AwsError: BackupNotFoundException.
    """
    backup = engine.backups.get(arn)
    if backup is None:
        raise AwsError("BackupNotFoundException", f"Backup not found: {arn}")
    return backup


def _found(engine: Engine, body: Body) -> Backup:
    return find_backup(engine, body["BackupArn"])


def _taken(engine: Engine, table: Table, name: str, kind: str, expires: float | None) -> Backup:
    now, held = engine.clock.now(), engine.rows.statistics(table)
    # Its form on AWS: the moment in milliseconds, and eight hexadecimal digits.
    arn = f"{table.arn}/backup/{int(now * 1000):014d}-{secrets.token_hex(4)}"
    number = engine.backups.next_number()
    backup = Backup(number, arn, name, kind, now, expires, table, held.items, held.size)
    engine.backups.take(backup)
    return backup


def _listed(backup: Backup, body: Body) -> bool:
    name, kind = body.get("TableName"), body.get("BackupType") or "USER"
    since, until = body.get("TimeRangeLowerBound"), body.get("TimeRangeUpperBound")
    return (
        (name is None or name in (backup.table.name, backup.table.arn))
        and kind in ("ALL", backup.kind)
        and (since is None or backup.taken >= since)
        and (until is None or backup.taken < until)
    )


def _details(backup: Backup, status: str = "AVAILABLE") -> Body:
    details: Body = {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size,
        "BackupStatus": status,
        "BackupType": backup.kind,
        "BackupCreationDateTime": backup.taken,
    }
    return details if backup.expires is None else details | {"BackupExpiryDateTime": backup.expires}


def _summary(backup: Backup) -> Body:
    table = backup.table
    return {"TableName": table.name, "TableId": table.id, "TableArn": table.arn, **_details(backup)}


def _described(engine: Engine, backup: Backup, status: str = "AVAILABLE") -> Body:
    table = backup.table
    whole = described(engine, table, counts=lambda index: (0, 0) if index else (backup.items, backup.size))
    source: Body = {
        "TableName": table.name,
        "TableId": table.id,
        "TableArn": table.arn,
        "TableSizeBytes": backup.size,
        "ItemCount": backup.items,
        "KeySchema": whole["KeySchema"],
        "TableCreationDateTime": table.created_at,
        "ProvisionedThroughput": whole["ProvisionedThroughput"],
        "BillingMode": "PAY_PER_REQUEST" if table.throughput is None else "PROVISIONED",
    }
    features: Body = {
        name: [{part: index[part] for part in _INDEX_INFO if part in index} for index in whole[name]]
        for name in _FEATURES
        if name in whole
    }
    if "StreamSpecification" in whole:
        features["StreamDescription"] = whole["StreamSpecification"]
    if table.ttl is not None:
        features["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl}
    if "SSEDescription" in whole:
        features["SSEDescription"] = whole["SSEDescription"]
    return {
        "BackupDetails": _details(backup, status),
        "SourceTableDetails": source,
        "SourceTableFeatureDetails": features,
    }
