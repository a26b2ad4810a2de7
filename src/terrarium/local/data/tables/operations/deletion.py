"""DeleteTable.

A table is gone at once; the word DELETING stands only in the answer that AWS gives with it.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
"""

from __future__ import annotations

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.model.recovery import Recovery
from terrarium.local.data.tables.operations.backups import back_up_deleted
from terrarium.local.data.tables.operations.tables import described
from terrarium.local.data.tables.values.wire import Body


def delete_table(engine: Engine, body: Body) -> Body:
    """Deletes a table; its stream stays readable for its 24 hours, and a recoverable table's items in a backup."""
    table = engine.described_table(body["TableName"])
    if table.deletion_protection:
        raise validation(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )
    answer = described(engine, table, "DELETING")
    if Recovery.of(table) is not None:
        back_up_deleted(engine, table)
        engine.history.forget(table)
    if table.stream_view is not None and table.stream_arn is not None:
        engine.journal.disable(table.stream_arn, engine.clock.now())
    engine.rows.drop(table)
    engine.catalog.remove(table)
    engine.throttle.forget(table.number)
    return {"TableDescription": answer}
