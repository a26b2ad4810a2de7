"""What an instance or a container runs, as one value: user data is made from it, the laptop starts it as a process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from terrarium.model.expressions import Value


class Program(Struct, frozen=True):
    """A program behind a port.

    Attributes:
        name: What its service is called on the machine.
        folder: The folder it is started in.
        command: The program and its arguments; ``python3.12`` and the like are Python itself.
        binds: The port it listens on, handed to it as ``PORT``. On the laptop another is handed, since several systems
            share the machine.
        serves: The port that others reach it on: a reverse proxy's.
        environment: Further settings; values may be expressions.
        health: The path of its health check.
        headers: Response headers that the reverse proxy adds.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    binds: int
    serves: int
    environment: Mapping[str, Value] = field(default_factory=dict)
    health: str = "/"
    headers: Mapping[str, Value] = field(default_factory=dict)
