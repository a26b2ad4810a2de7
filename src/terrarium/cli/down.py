"""``terrarium down``: ends a system."""

from __future__ import annotations

import os
import signal
import time

import click

from terrarium.cli.running import ask, one
from terrarium.cli.screen import output
from terrarium.errors import UserError

# A system ends in a second or two. One that hangs is ended the hard way, which loses nothing that was acknowledged.
PATIENCE_SECONDS = 15


@click.command()
@click.argument("system", required=False, help="Its name; the only one that is up, if not given.")
def down(system: str | None) -> None:
    """End a system that is up. What it stored stays.

    Example: terrarium down tictactoe
    """
    state, facts = one(system)
    try:
        ask(facts, "/down", method="POST")
    except UserError:
        os.kill(facts["pid"], signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while state.running() is not None:
        if time.monotonic() > deadline:
            os.kill(facts["pid"], signal.SIGKILL)
        time.sleep(0.05)
    output.print(f"{state.system} has ended")
