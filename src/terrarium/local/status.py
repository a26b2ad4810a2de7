"""What is told of each resource by ``terrarium status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.local.kinds.held import is_made_by_call
from terrarium.local.kinds.kind import Kind
from terrarium.local.registry import Entry


def described(entry: Entry, kind: Kind | None, groups: Mapping[str, set[str]]) -> dict[str, Any]:  # plain JSON values
    """A resource.

    Args:
        entry: The resource.
        kind: Its kind, if it comes alive.
        groups: Names of log groups by addresses of resources.
    """
    return {
        "address": entry.address,
        "type": entry.type,
        "state": entry.state,
        "note": entry.note,
        "made_by": "call" if is_made_by_call(entry) else "architecture",
        "reached_at": kind.reached_at(entry) if kind else "",
        "where": str(entry.origin),
        "logs": sorted(groups.get(entry.address, ())),
    }
