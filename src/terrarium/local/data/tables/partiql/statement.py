"""What a statement asks for, as values."""

from __future__ import annotations

from msgspec import Struct

from terrarium.local.data.tables.expressions.tree import Action, Condition, Path
from terrarium.local.data.tables.values.wire import Item


class Select(Struct, frozen=True):
    """``SELECT paths FROM "table"."index" WHERE condition ORDER BY key``; no paths for ``*``."""

    table: str
    index: str | None
    paths: tuple[Path, ...] | None
    condition: Condition | None
    order: str | None = None
    descending: bool = False


class Insert(Struct, frozen=True):
    """``INSERT INTO "table" VALUE {…}``."""

    table: str
    item: Item


class Update(Struct, frozen=True):
    """``UPDATE "table" SET … REMOVE … WHERE … RETURNING …``; `returns` in the words of ReturnValues."""

    table: str
    actions: tuple[Action, ...]
    condition: Condition
    returns: str


class Delete(Struct, frozen=True):
    """``DELETE FROM "table" WHERE … RETURNING …``."""

    table: str
    condition: Condition
    returns: str


class Exists(Struct, frozen=True):
    """``EXISTS(SELECT …)``, a transaction's check."""

    select: Select


Statement = Select | Insert | Update | Delete | Exists
