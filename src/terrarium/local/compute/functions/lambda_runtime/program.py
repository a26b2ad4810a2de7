"""A worker that is a program of its own: after the fork it becomes Node instead of running a handler itself.

What it needs to know it finds as JSON in its last argument; the Runtime API's socket and its output stay open.
"""

from __future__ import annotations

import json
import os
from typing import Any, NoReturn


# What the main process says of the function; written by functions/worker.py.
def become(settings: dict[str, Any], folder: str, api: int) -> NoReturn:
    """Goes on as another program, in the same process.

    Args:
        settings: As `worker.main` gets them; ``program`` is the program's command.
        folder: Where the code is.
        api: The file descriptor of the Runtime API's socket.

    Raises:
        OSError: The program is not there any more, or cannot be run.
    """
    os.set_inheritable(api, True)
    os.chdir(folder)
    told = {"api": api, "folder": folder, **{name: settings[name] for name in ("mark", "handler", "runtime")}}
    command = [*settings["program"], json.dumps(told)]
    os.execve(command[0], command, settings["environment"])  # noqa: S606 - no shell is wanted
