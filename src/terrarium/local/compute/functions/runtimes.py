"""Which program of this machine runs a runtime that a function names, and how it is started.

Python runs in workers forked from a parent of the version that is named, where this machine has that, else of
Terrarium's own; Node runs as the ``node`` on the PATH. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from terrarium.errors import UserError

INTERPRETER = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PYTHON = re.compile(r"python3\.(\d+)")
_OLDEST_PYTHON = 10  # what runs in workers, and the SDK that is lent to them, needs that
_NODE = re.compile(r"nodejs(\d+)\.x")
_NODE_START = Path(__file__).parent / "lambda_runtime" / "node" / "start.cjs"
_OLDEST_NODE = 18
_SECONDS = 20  # that `node --version` may take on a busy machine

# Features that Lambda turns off, by the generations in which it does; the version of Node from which the flag is known.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
_TURNED_OFF = {"require-module": ((20, 22), (20, 17)), "detect-module": ((22,), (20, 10))}


class Runtime(Struct, frozen=True):
    """What runs a runtime here.

    Attributes:
        name: The runtime that it really is, as AWS would name it.
        version: Its version, for people.
        interpreter: The Python whose forks run it; None for Terrarium's own.
        program: The program that a worker becomes; None where it runs in the forked worker itself.
        flags: What the program is started with.
    """

    name: str
    version: str
    interpreter: Path | None = None
    program: Path | None = None
    flags: tuple[str, ...] = ()

    def command(self, options: str) -> tuple[str, ...]:
        """How it is started; empty where it runs in the forked worker itself.

        Args:
            options: The function's own ``NODE_OPTIONS``, which may turn on what Lambda turns off.
        """
        if self.program is None:
            return ()
        flags = [flag for flag in self.flags if flag.replace("--no-", "--") not in options.split()]
        return (str(self.program), *flags, str(_NODE_START))


def runtime(named: str) -> Runtime:
    """What runs a runtime.

    Args:
        named: As the function names it, for example ``nodejs20.x``.

    Raises:
        UserError: Nothing here does.
    """
    if found := _PYTHON.fullmatch(named):
        return _python(int(found[1]), os.environ.get("PATH", os.defpath))
    found = _NODE.fullmatch(named)
    if found is None:
        raise UserError(
            f"nothing on the laptop runs the runtime {named!r}",
            hint="it runs python3.x, in its own version, and nodejs18.x and later, in the `node` on the PATH",
        )
    return _node(int(found[1]), os.environ.get("PATH", os.defpath))


@functools.cache
def _python(minor: int, path: str) -> Runtime:
    own = Runtime(INTERPRETER, ".".join(map(str, sys.version_info[:3])))
    if minor == sys.version_info.minor or minor < _OLDEST_PYTHON:
        return own
    found = _interpreter(f"python3.{minor}", path)
    return own if found is None else Runtime(f"python3.{minor}", f"3.{minor}", interpreter=found)


def _interpreter(name: str, path: str) -> Path | None:
    """A Python of that name, found without running anything: a script on the PATH may do whatever it likes."""
    for folder in path.split(os.pathsep):
        program = Path(folder or ".") / name
        if not os.access(program, os.R_OK | os.X_OK):
            continue
        if program.resolve().name == name and not _is_script(program):
            return program
        # pyenv and asdf put scripts on the PATH; what these choose from lies beside them.
        for pattern in (f"versions/*/bin/{name}", f"installs/python/*/bin/{name}"):
            if choices := [choice for choice in program.parents[1].glob(pattern) if os.access(choice, os.X_OK)]:
                return max(choices, key=_numbers)
    return None


def _is_script(program: Path) -> bool:
    with program.open("rb") as file:
        return file.read(2) == b"#!"


def _numbers(program: Path) -> list[int]:
    """The version that is in the name of the folder in which an interpreter is installed."""
    return [int(number) for number in re.findall(r"\d+", program.parents[1].name)]


@functools.cache
def _node(generation: int, path: str) -> Runtime:
    program = shutil.which("node", path=path)
    if program is None:
        raise UserError(
            f"the runtime nodejs{generation}.x needs Node, and there is no `node` on the PATH",
            hint=f"install Node.js {generation}, https://nodejs.org/en/download",
        )
    version = _version_of(program)
    if version[0] < _OLDEST_NODE:
        raise UserError(
            f"the runtime nodejs{generation}.x needs Node {_OLDEST_NODE} or later, and {program} is {version[0]}",
            hint=f"install Node.js {generation}, https://nodejs.org/en/download",
        )
    flags = [
        f"--no-experimental-{feature}"
        for feature, (generations, since) in _TURNED_OFF.items()
        if generation in generations and since <= version < (24,)
    ]
    return Runtime(f"nodejs{version[0]}.x", ".".join(map(str, version)), program=Path(program), flags=tuple(flags))


def _version_of(program: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise UserError(f"{program} does not say which version of Node it is: {error}") from error
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    if found is None:
        raise UserError(f"{program} does not say which version of Node it is, but {done.stdout.strip()[:80]!r}")
    return tuple(int(number) for number in found.groups())
