"""The table of the documentation's page, between two marks; the sentences around it are written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.results import Result, aim, shown

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- table: begin -->", "<!-- table: end -->"


def rewrite(page: str, results: Sequence[Result], machine: Mapping[str, str]) -> str:
    """The page with a table of these results."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{_table(results, machine)}\n{_END}{after}"


def _table(results: Sequence[Result], machine: Mapping[str, str]) -> str:
    versions = ", ".join(f"{name} {value}" for name, value in machine.items() if name not in {"date", "machine"})
    lines = [
        f"Measured on {machine['date']}: {machine['machine']}; {versions}.",
        "",
        "| What | Ours | Beside | Theirs | Ratio | Aim |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for one in results:
        mark = {True: " ✓", False: " ✗", None: ""}[one.met]
        cells = (one.what, shown(one.ours), one.beside, shown(one.theirs), f"{one.ratio:.2f}", f"{aim(one)}{mark}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
