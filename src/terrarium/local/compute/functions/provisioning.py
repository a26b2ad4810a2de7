"""How many initialised workers are kept for what was provisioned: pure sums, bounded by what a laptop holds.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from terrarium.local.compute.functions.aliases import Alias

#: Workers that are kept for all functions together. Each is a process.
MOST = 50


class Provisioned(Struct, frozen=True):
    """How far one configuration is.

    Attributes:
        allocated: Workers that are kept for it: all it asks for, or what a laptop has left for it.
        available: Those of them that have been initialised.
        failed: Whether one could not be, so that no more are tried.
    """

    allocated: int
    available: int
    failed: bool


def spread(wanted: Mapping[str, int], aliases: Mapping[str, Alias], most: int = MOST) -> dict[str, dict[str, int]]:
    """The workers that each configuration keeps, by the version that they run.

    Args:
        wanted: What is asked for, by ``name:version`` or ``name:alias``; what was asked first is given first.
        aliases: Where aliases lead.
        most: Workers that may be kept altogether.
    """
    found: dict[str, dict[str, int]] = {}
    left = most
    for target, count in wanted.items():
        found[target] = {}
        for version, share in _shares(target, count, aliases.get(target)).items():
            kept = min(share, left)
            left -= kept
            found[target][version] = kept
    return found


def _shares(target: str, count: int, alias: Alias | None) -> dict[str, int]:
    """An alias that leads to two versions has its workers shared by weight, each rounded up."""
    if alias is None:
        return {target: count}
    name = target.partition(":")[0]
    second = {version: math.ceil(count * weight) for version, weight in alias.weights.items()}
    first = math.ceil(count * (1 - sum(alias.weights.values())))
    return {f"{name}:{version}": number for version, number in {alias.version: first, **second}.items() if number}
