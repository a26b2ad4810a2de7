"""A table's definition as JSON and back, so that it outlives the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from terrarium.local.data.tables.model.table import Index, Keys, Table, Throughput


def table_to_json(table: Table) -> dict[str, Any]:
    """A table as JSON, for storage.  Any: the members have different types."""
    members = {member.name: getattr(table, member.name) for member in fields(table)}
    return members | {
        "keys": _members(table.keys),
        "throughput": table.throughput and _members(table.throughput),
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
    return _members(index) | {
        "keys": _members(index.keys),
        "throughput": index.throughput and _members(index.throughput),
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


def _members(value: Keys | Throughput | Index) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
