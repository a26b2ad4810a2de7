"""Measures contestants side by side: round after round, everybody once a round, ratios within a round.

Whatever else the machine does meanwhile hits the contestants of a round alike, so that their ratio means something
where a time does not. Pure but for the contestants' own work.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

# One batch of work; returns the seconds that each repetition took.
Batch = Callable[[], Awaitable[Sequence[float]]]
Rounds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Contestant:
    """One of those measured side by side.

    Attributes:
        name: As the table calls it.
        batch: Its work in one round.
    """

    name: str
    batch: Batch


async def interleave(contestants: Sequence[Contestant], rounds: int, *, warm_up: int = 1) -> dict[str, list[float]]:
    """Runs all contestants in turn.

    Args:
        contestants: Who; each round begins with another one.
        rounds: How often.
        warm_up: Rounds before these, which do not count.

    Returns:
        What each round took in seconds, by name: the lower quartile of its repetitions, as whatever else the machine
        does can only make them slower.
    """
    taken: dict[str, list[float]] = {one.name: [] for one in contestants}
    for number in range(-warm_up, rounds):
        first = number % len(contestants)
        for one in (*contestants[first:], *contestants[:first]):
            seconds = await one.batch()
            if number >= 0:
                taken[one.name].append(_typical(seconds))
    return taken


def _typical(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=4, method="inclusive")[0] if len(seconds) > 1 else seconds[0]


def ratio(rounds: Rounds, theirs: str, ours: str) -> float:
    """The median over all rounds of their time divided by ours: above 1 where we are faster."""
    return median(their / our for their, our in zip(rounds[theirs], rounds[ours], strict=True))


async def repeated(times: int, work: Callable[[], Awaitable[object]]) -> list[float]:
    """The seconds that each of some repetitions took."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begun)
    return taken


def repeated_call(times: int, work: Callable[[], object]) -> list[float]:
    """The same for work that blocks."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken
