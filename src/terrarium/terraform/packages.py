"""The packages that a bundle is shipped with, fetched for the machine that it goes to, not for this one."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from terrarium.errors import UserError
from terrarium.model.expressions import Bundle

# What Amazon Linux 2023 (glibc 2.34) can load: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
_PLATFORMS = ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
_MINUTES = 10


def fetched(bundle: Bundle, cache: Path) -> Path | None:
    """A folder with what a bundle's requirements name; nothing where it has none.

    Args:
        bundle: The code.
        cache: Where such folders are kept, by what they hold.

    Raises:
        UserError: There is no tool to fetch them with, or it failed.
    """
    if bundle.requirements is None:
        return None
    wanted = hashlib.sha256(bundle.requirements.read_bytes() + bundle.python.encode()).hexdigest()
    folder = cache / wanted[:16]
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as made:
            _run(_command(bundle.requirements, bundle.python, Path(made) / "packages"), bundle.requirements)
            # Commands of theirs begin with this machine's path to Python, and nobody calls them.
            shutil.rmtree(Path(made) / "packages" / "bin", ignore_errors=True)
            # In one step, so that a fetch that was broken off is never taken for a whole one.
            (Path(made) / "packages").rename(folder)
    return folder


def _command(requirements: Path, python: str, target: Path) -> list[str]:
    """The tool's own words for: these packages, for that Python, as wheels only."""
    if importlib.util.find_spec("pip") is not None:
        platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
        tool = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        tool += ["--implementation", "cp", *platforms]
    elif uv := shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent):
        tool = [uv, "pip", "install", "--quiet", "--python-platform", "x86_64-manylinux_2_28"]
    else:
        raise UserError("packages cannot be fetched: there is neither pip nor uv", hint="python -m ensurepip")
    shared = ["--only-binary", ":all:", "--python-version", python, "--target", str(target)]
    return [*tool, *shared, "--requirement", str(requirements)]


def _run(command: list[str], requirements: Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_MINUTES * 60, check=False)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"the packages of {requirements} did not come within {_MINUTES} minutes") from error
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        hint = "the network is needed once; --no-packages builds without them"
        raise UserError(f"the packages of {requirements} could not be fetched: {last}", hint=hint)
