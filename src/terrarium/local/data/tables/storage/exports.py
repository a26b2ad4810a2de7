"""Exports: what was asked for and how far it is, on disk, so that one that a killed process had begun goes on.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportDescription.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import asdict

from terrarium.local.data.tables.storage.database import Database


class Export(Struct, frozen=True):
    """An export; moments in seconds since the epoch.

    Attributes:
        number: Names the rows that wait to be written, among those of backups.
        moment: When the table was as it is exported.
        token: ClientToken, or empty.
        asked: Of what the request said: bucket, owner, prefix, encryption, by the request's names.
        status: ``IN_PROGRESS``, ``COMPLETED`` or ``FAILED``.
        manifest: The key of the manifest; empty until there is one.
        failure: Code and message of what went wrong, both empty where nothing did.
    """

    number: int
    arn: str
    table_arn: str
    table_id: str
    moment: float
    started: float
    token: str
    asked: dict[str, str]
    items: int
    size: int
    status: str = "IN_PROGRESS"
    ended: float | None = None
    manifest: str = ""
    failure: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        """The last part of its ARN, which names its folder."""
        return self.arn.rpartition("/")[2]


class Exports:
    """All exports, in the order in which they were asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: Set whenever an export is asked for.
        self.asked = asyncio.Event()

    def save(self, export: Export) -> None:
        """Adds an export, or replaces the one of its ARN."""
        self._database.write(
            "INSERT OR REPLACE INTO exports VALUES (?, ?, ?)",
            (export.arn, export.started, json.dumps(asdict(export))),
        )
        if export.status == "IN_PROGRESS":
            self.asked.set()

    def all(self) -> list[Export]:
        """Every export."""
        return list(self._read("ORDER BY started, arn"))

    def get(self, arn: str) -> Export | None:
        """The export with that ARN, or None."""
        return next(self._read("WHERE arn = ?", arn), None)

    def _read(self, which: str, *values: str) -> Iterator[Export]:
        for (text,) in self._database.read(f"SELECT definition FROM exports {which}", values).fetchall():
            stored = json.loads(text)
            yield Export(**stored | {"failure": tuple(stored["failure"])})
