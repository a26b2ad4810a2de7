"""The `terrarium` command: a thin file per command, of which only the one that is asked for is loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from terrarium.cli.screen import errors
from terrarium.errors import UserError

COMMANDS = ("up", "down", "status", "logs", "outputs", "data", "reset", "build")


def made(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(
        name="terrarium",
        help="AWS architectures in Python: alive on your laptop, and shipped as Terraform.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_no_options)  # without it, a single command would take the place of the whole
    for command in commands:
        import_module(f"terrarium.cli.{command}").register(app)
    return app


def _no_options() -> None:
    pass


def main() -> None:
    """Runs the command line; a user's mistake ends it with one message."""
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        made(asked or COMMANDS)()
    except UserError as error:
        errors.print(
            f"[bold red]error[/] {error.what}"
            if error.where is None
            else f"[bold red]error[/] {error.where}: {error.what}"
        )
        if error.hint:
            errors.print(f"  {error.hint}")
        sys.exit(error.exit_code)
