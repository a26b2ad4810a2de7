"""What was measured, compared with what is aimed at; as a table on screen, as JSON, as a page of the documentation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.measure import Rounds, ratio

OURS = "Terrarium"
ALONE = "nobody here"  # a peer would have to be installed


@dataclass(frozen=True)
class Result:
    """One comparison: us beside one other.

    Attributes:
        what: What was done.
        beside: The other.
        ours: Our median in seconds.
        theirs: The other's.
        ratio: The median of their time divided by ours, round by round.
        least: The least ratio that is aimed at, if any.
        rounds: How many rounds there were.
    """

    what: str
    beside: str
    ours: float
    theirs: float
    ratio: float
    least: float | None
    rounds: int

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        return None if self.least is None else self.ratio >= self.least


def compare(what: str, rounds: Rounds, aims: Mapping[str, float] | None = None, *, least: float = 1.0) -> list[Result]:
    """Us beside everybody else of these rounds.

    Args:
        what: What was done.
        rounds: Seconds, ours under `OURS`.
        aims: The least ratio by name, where it is not `least`.
        least: To be ahead, usually.
    """
    aims = aims or {}
    if len(rounds) == 1:
        (taken,) = rounds.values()
        return [Result(what, ALONE, median(taken), median(taken), 1.0, None, len(taken))]
    return [
        Result(
            what,
            name,
            median(rounds[OURS]),
            median(taken),
            ratio(rounds, name, OURS),
            aims.get(name, least),
            len(taken),
        )
        for name, taken in rounds.items()
        if name != OURS
    ]


def show(results: Sequence[Result], console: Console) -> None:
    """Prints the table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", overflow="fold")
    table.add_column("ours", justify="right", no_wrap=True)
    table.add_column("beside", overflow="fold")
    table.add_column("theirs", justify="right", no_wrap=True)
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("aim", justify="right", no_wrap=True)
    before = ""
    for one in results:
        colour = {True: "green", False: "red", None: "default"}[one.met]
        title = "" if one.what == before else one.what
        before = one.what
        numbers = (shown(one.theirs), f"[{colour}]{one.ratio:.2f}[/]", aim(one))
        table.add_row(title, shown(one.ours) if title else "", one.beside, *numbers)
    console.print(table)
    console.print("[dim]ratio: their time divided by ours, the median of all rounds; above 1 we are faster[/]")


def shown(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def aim(result: Result) -> str:
    """The aim as the table shows it."""
    return "" if result.least is None else f"≥ {result.least:.2f}"


def save(results: Iterable[Result], machine: Mapping[str, str], file: Path) -> None:
    """Writes the results as JSON."""
    lines = [{**vars(one), "met": one.met} for one in results]
    file.write_text(json.dumps({"machine": dict(machine), "results": lines}, indent=2) + "\n")
