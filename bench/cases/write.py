"""Architectures into text: whole programs, in processor time, which other programs on the machine disturb least."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.context import Context
from bench.measure import Batch, Contestant, interleave
from bench.processes import run_to_end
from bench.results import OURS, Result, compare

_PROGRAMS = Path(__file__).parents[1] / "programs"


async def run(context: Context) -> list[Result]:
    """100 and 10,000 resources."""
    results = []
    commands = {OURS: [sys.executable, str(_PROGRAMS / "write_terrarium.py")]}
    if context.has("troposphere"):
        commands["troposphere"] = [str(context.peers.python), str(_PROGRAMS / "write_troposphere.py")]
    for count in (100, 10_000):
        context.say(f"writing {count:,} resources")
        contestants = [Contestant(name, _batch(command, count, context)) for name, command in commands.items()]
        rounds = await interleave(contestants, context.rounds if count == 100 else max(3, context.rounds // 3))
        results += compare(f"write {count:,} resources (CPU)", rounds)
    return results


def _batch(command: Sequence[str], count: int, context: Context) -> Batch:
    folder = context.folder / "written"

    async def batch() -> list[float]:
        folder.mkdir(exist_ok=True)
        _, processor = run_to_end([*command, str(count), str(folder)], context.folder)
        return [processor]

    return batch
