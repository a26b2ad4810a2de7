"""``terrarium outputs``: what a deployment would report."""

from __future__ import annotations

import sys
from typing import Any

import click

from terrarium.cli.running import ask, one
from terrarium.cli.screen import machine, output
from terrarium.errors import UserError, did_you_mean


@click.command()
@click.argument("system", required=False, help="Its name; the only one that is up, if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.option("--raw", metavar="NAME", help="Print this one alone, for other commands.")
def outputs(system: str | None, *, as_json: bool, raw: str | None) -> None:
    """Show the outputs of a system that is up, as Terraform would after an apply.

    Example: terrarium outputs --raw websocket_api_id
    """
    name, facts = one(system)
    found = ask(facts, "/status")["outputs"]
    if raw is not None:
        if raw not in found:
            raise UserError(f"{name} has no output {raw!r}", hint=did_you_mean(raw, found))
        sys.stdout.write(_raw(raw, found[raw]))
        return
    if as_json:
        machine(found)
        return
    width = max(map(len, found), default=0)
    for name, value in found.items():
        output.print(f"{name:<{width}} = {value}")


def _raw(name: str, value: Any) -> str:  # an output's value is any JSON
    """A value as other commands take it: text as it is, numbers and truth as Terraform writes them.

    Raises:
        UserError: It is several values.
    """
    if isinstance(value, dict | list) or value is None:
        raise UserError(f"the output {name!r} is not one value", hint="--json prints it whole")
    return str(value).lower() if isinstance(value, bool) else str(value)
