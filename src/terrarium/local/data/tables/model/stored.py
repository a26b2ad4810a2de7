"""A table's definition as JSON and back, so that it outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from terrarium.local.data.tables.model.table import Index, Keys, Table, Throughput


def table_to_json(table: Table) -> dict[str, Any]:
    """A table as JSON, for storage.  Any: the members have different types."""
    return asdict(table) | {
        "keys": asdict(table.keys),
        "throughput": table.throughput and asdict(table.throughput),
        "indexes": [_index_to_json(index) for index in table.indexes],
    }


def table_from_json(stored: Mapping[str, Any]) -> Table:
    """The table that `table_to_json` wrote."""
    return Table(
        **{
            **stored,
            "attributes": tuple((name, kind) for name, kind in stored["attributes"]),
            "keys": Keys(**stored["keys"]),
            "throughput": stored["throughput"] and Throughput(**stored["throughput"]),
            "indexes": tuple(_index_from_json(index) for index in stored["indexes"]),
        }
    )


def _index_to_json(index: Index) -> dict[str, Any]:
    return asdict(index) | {
        "keys": asdict(index.keys),
        "throughput": index.throughput and asdict(index.throughput),
    }


def _index_from_json(stored: Mapping[str, Any]) -> Index:
    return Index(
        **{
            **stored,
            "keys": Keys(**stored["keys"]),
            "included": tuple(stored["included"]),
            "throughput": stored["throughput"] and Throughput(**stored["throughput"]),
        }
    )
