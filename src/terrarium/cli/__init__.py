"""The `terrarium` command: a thin file per command."""

from __future__ import annotations

import sys

import typer

from terrarium.cli import build, data, down, logs, outputs, reset, status, up
from terrarium.cli.screen import errors
from terrarium.errors import UserError

app = typer.Typer(
    name="terrarium",
    help="AWS architectures in Python: alive on your laptop, and shipped as Terraform.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (up, down, status, logs, outputs, data, reset, build):
    command.register(app)


def main() -> None:
    """Runs the command line; a user's mistake ends it with one message."""
    try:
        app()
    except UserError as error:
        errors.print(
            f"[bold red]error[/] {error.what}"
            if error.where is None
            else f"[bold red]error[/] {error.where}: {error.what}"
        )
        if error.hint:
            errors.print(f"  {error.hint}")
        sys.exit(error.exit_code)
