"""Measures contestants side by side: round after round, everybody once a round, ratios within a round.

Whatever else the machine does meanwhile hits the contestants of a round alike, so that their ratio means something
where a time does not. Pure but for the contestants' own work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

# Before each turn: what the one before has left behind is over by then.
PAUSE = 0.005  # seconds

# One batch of work; returns the seconds that each repetition took.
Batch = Callable[[], Awaitable[Sequence[float]]]
# One piece of it.
Work = Callable[[], Awaitable[object]]
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


async def take_turns(turns: Sequence[Mapping[str, Work]], rounds: int, times: int) -> Rounds:
    """Does works in turns: those of a turn one right after the other, each once, and a pause before each turn.

    A work in a loop of its own finds all it needs in the processor's caches. Works that take turns find as little as
    the others and the pause leave, which is what the parts of a whole find.

    Args:
        turns: What is done in each turn, by name.
        rounds: How often; a first round does not count.
        times: How often each turn comes in a round.

    Returns:
        What each work took in seconds, round by round, as `interleave` says.
    """
    names = [name for turn in turns for name in turn]
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(times):
            for turn in turns:
                await asyncio.sleep(PAUSE)
                for name, work in turn.items():
                    seconds[name] += await repeated(1, work)
        if number >= 0:
            for name in names:
                taken[name].append(_typical(seconds[name]))
    return taken


def _typical(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=4, method="inclusive")[0] if len(seconds) > 1 else seconds[0]


def ratio(rounds: Rounds, theirs: str, ours: str) -> float:
    """The median over all rounds of their time divided by ours: above 1 where we are faster."""
    return median(their / our for their, our in zip(rounds[theirs], rounds[ours], strict=True))


async def repeated(times: int, work: Work) -> list[float]:
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
