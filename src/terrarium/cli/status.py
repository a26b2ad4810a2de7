"""``terrarium status``: what is up."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from terrarium.cli.running import ask, one
from terrarium.cli.screen import machine, output

_COLOURS = {"alive": "green", "modelled": "dim", "unsupported": "yellow"}


@click.command()
@click.argument("system", required=False, help="Its name; the only one that is up, if not given.")
@click.option(
    "--all", "everything", is_flag=True, help="Also what is only modelled, with the reason, and what moto keeps."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(system: str | None, *, everything: bool, as_json: bool) -> None:
    """Show what is alive, where it is reached, and the health of targets.

    Example: terrarium status tictactoe --all
    """
    _, facts = one(system)
    found = ask(facts, "/status")
    if as_json:
        machine(found)
        return
    output.print(f"[bold]{found['system']}[/] at {found['front']}")
    output.print(_table([row for row in found["resources"] if everything or row["state"] == "alive"]))
    if everything:
        for service, count in sorted(found["calls"].items()):
            output.print(f"{service}: {count} {'call' if count == 1 else 'calls'} kept, which moto answers from")
    for targets in found["health"].values():
        for target in targets:
            output.print(f"target {target['Target']['Id']}: {target['TargetHealth']['State']}")


def _table(resources: list[dict[str, Any]]) -> Table:  # rows as plain JSON values
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("resource", "state", "where, or why not"):
        table.add_column(title, overflow="fold")
    for row in resources:
        colour = _COLOURS[row["state"]]
        by = ", by a call" if row["made_by"] == "call" else ""
        table.add_row(row["address"], f"[{colour}]{row['state']}{by}[/]", row["reached_at"] or row["note"])
    return table
