"""``terrarium reset``: forgets what a system stored."""

from __future__ import annotations

import click

from terrarium.cli.screen import output
from terrarium.errors import UserError
from terrarium.local.state import State, systems


@click.command()
@click.argument("system", required=False, help="Its name; the only one with state, if not given.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def reset(system: str | None, *, yes: bool) -> None:
    """Delete what a system stored: tables, logs, everything. It must be down.

    Example: terrarium reset tictactoe --yes
    """
    known = [state.system for state in systems()]
    name = system or (known[0] if len(known) == 1 else None)
    if name is None:
        raise UserError(f"systems with state: {', '.join(known) or 'none'}", hint="say which one")
    if not yes:
        click.confirm(f"Delete everything that {name} stored?", abort=True)
    State(name).reset()
    output.print(f"{name} is as new")
