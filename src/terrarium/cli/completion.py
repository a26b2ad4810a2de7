"""``terrarium completion``: what makes a shell complete this command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from terrarium.errors import UserError

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), help="The shell that is to complete.")
def completion(shell: str) -> None:
    """Print a script that makes a shell complete commands and options.

    Example: terrarium completion bash >> ~/.bashrc
    """
    from terrarium.cli import COMPLETE, terrarium  # which know this command

    script = get_completion_class(shell)
    if script is None:
        raise UserError(f"there is no completion for {shell}", hint=f"it is there for {', '.join(SHELLS)}")
    click.echo(script(terrarium, {}, "terrarium", COMPLETE).source())
