"""``terrarium logs``: what functions and programs print."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from terrarium.cli.running import follow, one
from terrarium.cli.screen import machine, output


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(logs)


def logs(
    resource: Annotated[
        str | None, typer.Argument(help="A function, a program or a log group; all of them, if not given.")
    ] = None,
    keep_on: Annotated[bool, typer.Option("-f", "--follow", help="Keep on printing what comes.")] = False,
    last: Annotated[int, typer.Option("-n", "--last", help="How many lines of the past.", min=0, max=10_000)] = 50,
    system: Annotated[str | None, typer.Option(help="Which system, if several are up.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
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
