"""What a statement asks for, as values."""

from __future__ import annotations

from dataclasses import dataclass

from terrarium.local.data.tables.expressions.tree import Action, Condition, Path
from terrarium.local.data.tables.values.wire import Item


@dataclass(frozen=True, slots=True)
class Select:
    """``SELECT paths FROM "table"."index" WHERE condition ORDER BY key``; no paths for ``*``."""

    table: str
    index: str | None
    paths: tuple[Path, ...] | None
    condition: Condition | None
    order: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """``INSERT INTO "table" VALUE {…}``."""

    table: str
    item: Item


@dataclass(frozen=True, slots=True)
class Update:
    """``UPDATE "table" SET … REMOVE … WHERE … RETURNING …``; `returns` in the words of ReturnValues."""

    table: str
    actions: tuple[Action, ...]
    condition: Condition
    returns: str


@dataclass(frozen=True, slots=True)
class Delete:
    """``DELETE FROM "table" WHERE … RETURNING …``."""

    table: str
    condition: Condition
    returns: str


@dataclass(frozen=True, slots=True)
class Exists:
    """``EXISTS(SELECT …)``, a transaction's check."""

    select: Select


Statement = Select | Insert | Update | Delete | Exists
