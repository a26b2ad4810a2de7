"""What a put, update, delete or condition check intends with one item, before the item has been read.

Single calls, batches and transactions all decide and make their writes through this.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from terrarium.local.data.tables.engine import Engine
from terrarium.local.data.tables.errors import condition_failed
from terrarium.local.data.tables.expressions.evaluate import holds
from terrarium.local.data.tables.expressions.legacy_updates import MISMATCH as LEGACY_MISMATCH
from terrarium.local.data.tables.expressions.request import Expressions
from terrarium.local.data.tables.expressions.tree import Action, Condition
from terrarium.local.data.tables.expressions.update import MISMATCH as UPDATE_MISMATCH
from terrarium.local.data.tables.expressions.update import apply
from terrarium.local.data.tables.model.change import Change
from terrarium.local.data.tables.model.limits import (
    LARGEST_ITEM,
    check_index_keys,
    check_item,
    check_key,
    check_paths,
    too_large,
)
from terrarium.local.data.tables.model.table import Table
from terrarium.local.data.tables.values.check import checked_item
from terrarium.local.data.tables.values.size import item_size
from terrarium.local.data.tables.values.stored_item import StoredItem
from terrarium.local.data.tables.values.wire import Body, Item

_CONDITIONAL_MEMBERS = frozenset(
    {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "Expected"}
)
_SHOWN = "ReturnValuesOnConditionCheckFailure"


class Intent(Struct, frozen=True):
    """A write that has been checked as far as it can be without the item.

    Attributes:
        becomes: The item after the write, from the one before; None for no item.
        actions: What an update changes, for ReturnValues.
        shows_item: Whether a failed condition hands out the item.
        checks_only: Whether it is a transaction's ConditionCheck.
    """

    table: Table
    key: Item
    condition: Condition | None
    becomes: Callable[[StoredItem | None], Item | None]
    actions: tuple[Action, ...] = ()
    shows_item: bool = False
    checks_only: bool = False

    def decide(self, old: StoredItem | None) -> Change:
        """The change to make to the item as it is.

        Raises:
            AwsError: ConditionalCheckFailedException, or ValidationException where the item does not suit the update.
        """
        if self.condition is not None and not holds(self.condition, old.item if old else {}):
            raise condition_failed(old.item if old and self.shows_item else None)
        new = self.becomes(old)
        size = 0 if new is None else item_size(new)
        if size > LARGEST_ITEM:
            raise too_large(updating=bool(self.actions))
        return Change(self.table, self.key, old, new, size)


def put_intent(engine: Engine, body: Body) -> Intent:
    """PutItem, or a transaction's Put."""
    item = checked_item(body["Item"])
    condition = None if _CONDITIONAL_MEMBERS.isdisjoint(body) else _only_condition(body)
    table = engine.table(body["TableName"])
    check_item(item, table)
    return Intent(
        table, table.keys.of(item), condition, lambda _old: item, shows_item=_SHOWN in body and _shows_item(body)
    )


def delete_intent(engine: Engine, body: Body) -> Intent:
    """DeleteItem, or a transaction's Delete."""
    key = checked_item(body["Key"])
    condition = None if _CONDITIONAL_MEMBERS.isdisjoint(body) else _only_condition(body)
    table = engine.table(body["TableName"])
    check_key(key, table.keys)
    return Intent(table, key, condition, lambda _old: None, shows_item=_SHOWN in body and _shows_item(body))


def check_intent(engine: Engine, body: Body) -> Intent:
    """A transaction's ConditionCheck."""
    key = checked_item(body["Key"])
    condition = None if _CONDITIONAL_MEMBERS.isdisjoint(body) else _only_condition(body)
    table = engine.table(body["TableName"])
    check_key(key, table.keys)
    return Intent(table, key, condition, _unchanged, shows_item=_SHOWN in body and _shows_item(body), checks_only=True)


def update_intent(engine: Engine, body: Body) -> Intent:
    """UpdateItem, or a transaction's Update: makes the item where there is none."""
    key = checked_item(body["Key"])
    expressions = Expressions(body, "UpdateExpression", "ConditionExpression")
    actions, condition = expressions.update(), expressions.condition()
    expressions.finish()
    table = engine.table(body["TableName"])
    check_key(key, table.keys)
    check_paths((action.path for action in actions), table, updating=True)
    mismatch = UPDATE_MISMATCH if body.get("AttributeUpdates") is None else LEGACY_MISMATCH

    def becomes(old: StoredItem | None) -> Item:
        new = apply(actions, old.item if old is not None else key, mismatch=mismatch)
        check_index_keys(new, table)
        return new

    return Intent(table, key, condition, becomes, actions, _shows_item(body))


def _unchanged(old: StoredItem | None) -> Item | None:
    return old.item if old is not None else None


def _only_condition(body: Body) -> Condition | None:
    expressions = Expressions(body, "ConditionExpression")
    condition = expressions.condition()
    expressions.finish()
    return condition


def _shows_item(body: Body) -> bool:
    return bool(body.get(_SHOWN) == "ALL_OLD")
