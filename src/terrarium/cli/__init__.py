"""The `terrarium` command: a thin file per command, of which only the one that is asked for is loaded."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from terrarium.cli.screen import errors
from terrarium.errors import UserError

COMMANDS = ("up", "down", "status", "logs", "outputs", "data", "reset", "build", "completion")
#: What a shell that completes words sets: https://click.palletsprojects.com/en/stable/shell-completion/
COMPLETE = "_TERRARIUM_COMPLETE"


class Commands(click.Group):
    """The commands, each in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's own signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # likewise
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"terrarium.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def terrarium() -> None:
    """AWS architectures in Python: alive on your laptop, and shipped as Terraform.

    Example: terrarium up tictactoe
    """


def main() -> None:
    """Runs the command line; a user's mistake ends it with one message."""
    try:
        terrarium(complete_var=COMPLETE)
    except UserError as error:
        errors.print(
            f"[bold red]error[/] {error.what}"
            if error.where is None
            else f"[bold red]error[/] {error.where}: {error.what}"
        )
        if error.hint:
            errors.print(f"  {error.hint}")
        sys.exit(error.exit_code)
