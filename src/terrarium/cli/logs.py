"""``terrarium logs``: what functions and programs print."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import click

from terrarium.cli.running import follow, one
from terrarium.cli.screen import machine, output


@click.command()
@click.argument("resource", required=False, help="A function, a program or a log group; all of them, if not given.")
@click.option("-f", "--follow", "keep_on", is_flag=True, help="Keep on printing what comes.")
@click.option(
    "-n",
    "--last",
    type=click.IntRange(0, 10_000),
    default=50,
    show_default=True,
    help="How many lines of the past.",
)
@click.option("--system", help="Which system, if several are up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def logs(resource: str | None, *, keep_on: bool, last: int, system: str | None, as_json: bool) -> None:
    """Show what functions and programs printed.

    Example: terrarium logs joinQueue -f
    """
    _, facts = one(system)
    query = urlencode({"last": last, "follow": int(keep_on), "resource": resource or ""})
    for line in follow(facts, f"/follow?{query}"):
        machine(line) if as_json else _show(line)


def _show(line: dict[str, Any]) -> None:  # plain JSON values
    moment = datetime.fromtimestamp(line["time"] / 1000, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
    name = line["group"].rsplit("/", 1)[-1]
    output.print(f"[dim]{moment}[/] [cyan]{name}[/] ", end="")
    output.print(line["message"].rstrip(), markup=False)
