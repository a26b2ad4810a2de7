"""CloudWatch's log groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.local.aws_error import AwsError
from terrarium.local.kinds.kind import Parts, Passive
from terrarium.local.registry import Entry


class LogGroupKind(Passive):
    """Log groups."""

    types: ClassVar[tuple[str, ...]] = ("aws_cloudwatch_log_group",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        retention = entry.get("retention_in_days") or None
        try:
            self._parts.logs.create_group(entry["name"], retention)
        except AwsError:
            self._parts.logs.set_retention(entry["name"], retention)
        return {}

    def reached_at(self, entry: Entry) -> str:
        return f"aws logs tail {entry['name']}"
