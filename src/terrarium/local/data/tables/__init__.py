"""Terrarium's own DynamoDB: tables and their streams over one SQLite file.

`Tables` and `Streams` answer the two APIs' calls with JSON bodies as they are on the wire; an `Exporter` writes what
exports took down. Nothing here knows of
HTTP, signatures or policies; `values`, `expressions` and `model` know nothing of storage, and `storage` nothing of
requests.
"""

from __future__ import annotations

from terrarium.local.data.tables.exporter import Exporter
from terrarium.local.data.tables.service import Streams, Tables

__all__ = ["Exporter", "Streams", "Tables"]
