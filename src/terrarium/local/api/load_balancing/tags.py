"""Tags of balancers, listeners, rules and target groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from terrarium.local.api.load_balancing.model import Asked
from terrarium.local.api.load_balancing.records import Records
from terrarium.local.aws_error import AwsError
from terrarium.local.registry import Entry

#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html
_MOST = 50


def tags_of(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags of a call.

    Raises:
        AwsError: ``DuplicateTagKeys``, ``TooManyTags``.
    """
    pairs = [(one["Key"], one.get("Value", "")) for one in given]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise AwsError("DuplicateTagKeys", "A tag key was specified more than once")
    return _counted(found)


def _counted(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > _MOST:
        raise AwsError("TooManyTags", f"A resource can have at most {_MOST} tags")
    return tags


class Tags:
    """Operations on tags.

    Args:
        records: What there is.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    async def add(self, asked: Asked) -> dict[str, Any]:
        """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html"""
        new = tags_of(asked["Tags"])
        for entry in [self._records.tagged(arn) for arn in asked["ResourceArns"]]:
            await self._set(entry, _counted(entry.tags | new))
        return {}

    async def remove(self, asked: Asked) -> dict[str, Any]:
        """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveTags.html"""
        for entry in [self._records.tagged(arn) for arn in asked["ResourceArns"]]:
            kept = {key: value for key, value in entry.tags.items() if key not in asked["TagKeys"]}
            await self._set(entry, kept)
        return {}

    async def describe(self, asked: Asked) -> dict[str, Any]:
        """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html"""
        found = [(arn, self._records.tagged(arn).tags) for arn in asked["ResourceArns"]]
        return {
            "TagDescriptions": [
                {"ResourceArn": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
                for arn, tags in found
            ]
        }

    async def _set(self, entry: Entry, tags: Mapping[str, str]) -> None:
        everywhere = {"tags_all": tags} if "tags_all" in entry.values else {}
        await self._records.resources.change(entry, {"tags": tags, **everywhere})
