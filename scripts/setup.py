"""Makes `.venv`: the locked requirements and the `terrarium` command, from this checkout.

Why not plain Makefile stamps: a virtual environment breaks in ways that a file's age does not show (its Python was
upgraded or removed, the checkout was moved, an installation was interrupted), and `pip` alone is either silent or
prints hundreds of lines. It runs before anything is installed, so it knows the standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "terrarium-setup.json"
# What each kind of set-up also gives: `dev` holds every line of `runtime`.
GIVES = {"runtime": ("runtime",), "dev": ("dev", "runtime")}
# Settings that would send packages elsewhere than into .venv.
UNWANTED = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")

# Where pip turns to a package: from an index, from a file, installed already, or meant for another system.
PACKAGE = re.compile(
    r"(?:Collecting|Processing|Requirement already satisfied:|Ignoring) (?:\S*/)?(?P<name>[\w.]+(?:-[a-z]\w*)*)"
)


class SetupError(Exception):
    """What the user has to mend, in one line."""


def requirements(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def fingerprint(kind: str) -> str:
    """Changes whenever that kind of set-up has to be done again."""
    digest = hashlib.sha256(str(ROOT).encode())
    for file in (requirements(kind), ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamps() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_current(kind: str) -> bool:
    """Whether `.venv` holds what is locked, for a checkout in this place."""
    return stamps().get(kind) == fingerprint(kind) and (VENV / "bin" / "terrarium").is_file() and is_sound()


def is_sound() -> bool:
    """Whether the environment's Python runs, is new enough and has pip."""
    test = "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 11) or u.find_spec('pip') is None)"
    try:
        return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def alone() -> Iterator[None]:
    """Only one set-up of a checkout at a time; a lock on the folder itself leaves nothing behind."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(kind: str) -> None:
    with alone():
        if is_current(kind):
            return
        if VENV.exists() and not is_sound():
            say(".venv is broken: making it anew")
            shutil.rmtree(VENV)
        if not VENV.exists():
            make_environment()
        kept = {} if kind == "dev" else {key: value for key, value in stamps().items() if key != kind}
        STAMP.unlink(missing_ok=True)
        install_requirements(kind)
        install_checkout()
        STAMP.write_text(json.dumps(kept | {each: fingerprint(each) for each in GIVES[kind]}), encoding="utf-8")
        say("ready")


def make_environment() -> None:
    say(f"making .venv with Python {sys.version.split()[0]}")
    made = run([sys.executable, "-m", "venv", str(VENV)])
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        package = "python{}.{}-venv".format(*sys.version_info)
        advice = f"install venv, for example with `apt install {package}`"
        raise SetupError(f"{sys.executable} cannot make a virtual environment: {advice}")


def install_requirements(kind: str) -> None:
    """Lets pip install, telling where it is: a line a package on a terminal, now and then one elsewhere."""
    file = requirements(kind)
    total = sum(1 for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] not in " #")
    say(f"installing {total} packages into .venv (once; needs the network)")
    command = [*pip("install"), "--no-input", "--progress-bar", "off", "--require-hashes", "--requirement", str(file)]
    with tempfile.TemporaryFile("w+") as errors:
        done = follow(command, total, errors)
        if done:
            errors.seek(0)
            raise SetupError("pip could not install the requirements" + reasons(errors.read()))


def follow(command: Sequence[str], total: int, errors: IO[str]) -> int:
    """Runs pip, telling at which package it is; returns its exit code."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(), cwd=ROOT
    ) as process:
        assert process.stdout
        seen = 0
        for line in process.stdout:
            if about := PACKAGE.match(line):
                seen += 1
                progress(seen, total, about["name"])
            elif line.startswith("Installing collected packages"):
                say("unpacking", over=True)
    return process.returncode


def install_checkout() -> None:
    """The package itself, as a link to its sources."""
    done = run([*pip("install"), "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    if done.returncode:
        raise SetupError("pip could not install the checkout" + reasons(done.stderr))


def reasons(errors: str) -> str:
    """The lines in which pip says what went wrong."""
    told = [line for line in errors.splitlines() if line.startswith("ERROR") or "Errno" in line or "onnection" in line]
    return "".join(f"\n  {line}" for line in told[-3:])


def pip(*arguments: str) -> Sequence[str]:
    return (str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments)


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), cwd=ROOT)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in UNWANTED}


def progress(number: int, total: int, name: str) -> None:
    if sys.stderr.isatty():
        say(f"{number}/{total} {name}", over=True)
    elif number % 20 == 0:
        say(f"{number}/{total} {name}")


def say(text: str, *, over: bool = False) -> None:
    """A line on the terminal; one that is `over` is written over by the next."""
    terminal = sys.stderr.isatty()
    start, end = ("\r\x1b[K", "" if over else "\n") if terminal else ("", "\n")
    print(f"{start}set-up: {text}", end=end, file=sys.stderr, flush=True)


def main(action: str, kind: str) -> int:
    if action == "check":
        return 0 if is_current(kind) else 1
    try:
        install(kind)
    except SetupError as error:
        say("not done")
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("stopped; the next run goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
