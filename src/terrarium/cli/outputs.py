"""``terrarium outputs``: what a deployment would report."""

from __future__ import annotations

from typing import Annotated

import typer

from terrarium.cli.running import ask, one
from terrarium.cli.screen import machine, output


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(outputs)


def outputs(
    system: Annotated[str | None, typer.Argument(help="Its name; the only one that is up, if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show the outputs of a system that is up, as Terraform would after an apply.

    Example: terrarium outputs --json
    """
    _, facts = one(system)
    found = ask(facts, "/status")["outputs"]
    if as_json:
        machine(found)
        return
    width = max(map(len, found), default=0)
    for name, value in found.items():
        output.print(f"{name:<{width}} = {value}")
