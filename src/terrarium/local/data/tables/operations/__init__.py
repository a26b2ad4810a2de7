"""DynamoDB's operations: each a function from the engine and a checked body to a response, waiting for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.operations.backups import (
    create_backup,
    delete_backup,
    describe_backup,
    list_backups,
)
from terrarium.local.data.tables.operations.batches import batch_get_item, batch_write_item
from terrarium.local.data.tables.operations.deletion import delete_table
from terrarium.local.data.tables.operations.exports import describe_export, export_table, list_exports
from terrarium.local.data.tables.operations.items import delete_item, get_item, put_item, update_item
from terrarium.local.data.tables.operations.reading import query, scan
from terrarium.local.data.tables.operations.recovery import describe_continuous_backups, update_continuous_backups
from terrarium.local.data.tables.operations.restores import restore_from_backup, restore_to_point_in_time
from terrarium.local.data.tables.operations.statements import (
    batch_execute_statement,
    execute_statement,
    execute_transaction,
)
from terrarium.local.data.tables.operations.streams import (
    describe_stream,
    get_records,
    get_shard_iterator,
    list_streams,
)
from terrarium.local.data.tables.operations.table_settings import (
    describe_endpoints,
    describe_limits,
    describe_time_to_live,
    list_tags_of_resource,
    tag_resource,
    untag_resource,
    update_time_to_live,
)
from terrarium.local.data.tables.operations.table_updates import update_table
from terrarium.local.data.tables.operations.tables import create_table, describe_table, list_tables
from terrarium.local.data.tables.operations.transactions import transact_get_items, transact_write_items
from terrarium.local.data.tables.values.wire import Body

Operation = Callable[[Engine, Body], Body]

TABLE_OPERATIONS: Mapping[str, Operation] = {
    "CreateTable": create_table,
    "DescribeTable": describe_table,
    "UpdateTable": update_table,
    "DeleteTable": delete_table,
    "ListTables": list_tables,
    "PutItem": put_item,
    "GetItem": get_item,
    "UpdateItem": update_item,
    "DeleteItem": delete_item,
    "Query": query,
    "Scan": scan,
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "TransactWriteItems": transact_write_items,
    "TransactGetItems": transact_get_items,
    "ExecuteStatement": execute_statement,
    "BatchExecuteStatement": batch_execute_statement,
    "ExecuteTransaction": execute_transaction,
    "DescribeTimeToLive": describe_time_to_live,
    "UpdateTimeToLive": update_time_to_live,
    "DescribeContinuousBackups": describe_continuous_backups,
    "UpdateContinuousBackups": update_continuous_backups,
    "CreateBackup": create_backup,
    "DescribeBackup": describe_backup,
    "ListBackups": list_backups,
    "DeleteBackup": delete_backup,
    "RestoreTableFromBackup": restore_from_backup,
    "RestoreTableToPointInTime": restore_to_point_in_time,
    "ExportTableToPointInTime": export_table,
    "DescribeExport": describe_export,
    "ListExports": list_exports,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsOfResource": list_tags_of_resource,
    "DescribeLimits": describe_limits,
    "DescribeEndpoints": describe_endpoints,
}

STREAM_OPERATIONS: Mapping[str, Operation] = {
    "ListStreams": list_streams,
    "DescribeStream": describe_stream,
    "GetShardIterator": get_shard_iterator,
    "GetRecords": get_records,
}
