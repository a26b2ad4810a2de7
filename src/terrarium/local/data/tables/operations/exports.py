"""ExportTableToPointInTime, DescribeExport and ListExports: what is asked; `exporter` writes the files.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
"""

from __future__ import annotations

import secrets

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.operations.recovery import recovery_of
from terrarium.local.data.tables.storage.exports import Export
from terrarium.local.data.tables.values.wire import Body

_LISTED = 25
_FORMAT = "DYNAMODB_JSON"
_ASKED = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId")


def export_table(engine: Engine, body: Body) -> Body:
    """Takes down what the table held at a moment, to be written into a bucket."""
    _check_supported(body)
    table = engine.backed_up_table(body["TableArn"])
    recovery, now = recovery_of(table), engine.clock.now()
    moment = now if body.get("ExportTime") is None else body["ExportTime"]
    if not recovery.earliest(now) <= moment <= now:
        raise AwsError(
            "InvalidExportTimeException", "The specified ExportTime is outside of the point in time recovery window."
        )
    before = _repeated(engine, body)
    if before is not None:
        return {"ExportDescription": _described(before)}
    number = engine.backups.next_number()
    engine.history.rewind(table, moment, number)
    items, size = engine.backups.held(number)
    arn = f"{table.arn}/export/{int(now * 1000):014d}-{secrets.token_hex(4)}"
    asked = {name: body[name] for name in _ASKED if body.get(name)}
    token = body.get("ClientToken") or ""
    export = Export(number, arn, table.arn, table.id, moment, now, token, asked, items, size)
    engine.exports.save(export)
    return {"ExportDescription": _described(export)}


def describe_export(engine: Engine, body: Body) -> Body:
    """How far an export is."""
    export = engine.exports.get(body["ExportArn"])
    if export is None:
        raise AwsError("ExportNotFoundException", f"Export not found: {body['ExportArn']}")
    return {"ExportDescription": _described(export)}


def list_exports(engine: Engine, body: Body) -> Body:
    """Exports in the order in which they were asked for, a page at a time."""
    wanted = body.get("TableArn")
    found = [export for export in engine.exports.all() if wanted in (None, export.table_arn)]
    token = body.get("NextToken") or "0"
    if not token.isdecimal():
        raise validation("NextToken is not one that ListExports gave")
    start = int(token)
    end = start + (body.get("MaxResults") or _LISTED)
    page = [
        {"ExportArn": export.arn, "ExportStatus": export.status, "ExportType": "FULL_EXPORT"}
        for export in found[start:end]
    ]
    return {"ExportSummaries": page} | ({"NextToken": str(end)} if end < len(found) else {})


def _check_supported(body: Body) -> None:
    if body.get("ExportFormat") not in (None, _FORMAT):
        raise validation(f"ExportFormat {body['ExportFormat']} is not supported here: use {_FORMAT}")
    if body.get("ExportType") not in (None, "FULL_EXPORT") or body.get("IncrementalExportSpecification"):
        raise validation("Incremental exports are not supported here: use FULL_EXPORT")


def _repeated(engine: Engine, body: Body) -> Export | None:
    token = body.get("ClientToken")
    return next((export for export in engine.exports.all() if token and export.token == token), None)


def _described(export: Export) -> Body:
    description: Body = {
        "ExportArn": export.arn,
        "ExportStatus": export.status,
        "StartTime": export.started,
        "TableArn": export.table_arn,
        "TableId": export.table_id,
        "ExportTime": export.moment,
        "ExportFormat": _FORMAT,
        "ExportType": "FULL_EXPORT",
        **export.asked,
    }
    if export.token:
        description["ClientToken"] = export.token
    if export.status == "COMPLETED":
        description |= {"ItemCount": export.items, "BilledSizeBytes": export.size, "ExportManifest": export.manifest}
    if export.status == "FAILED":
        description |= {"FailureCode": export.failure[0], "FailureMessage": export.failure[1]}
    return description if export.ended is None else description | {"EndTime": export.ended}
