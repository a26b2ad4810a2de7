"""Finds an architecture by the name of a system that comes along, or by the path of a file of one's own."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path

from terrarium.errors import Origin, UserError, did_you_mean
from terrarium.model.graph import Architecture

_FILE = "architecture.py"
_PACKAGE = Path(__file__).resolve().parent


def systems() -> dict[str, Path]:
    """The systems that come along, by name: from the wheel, or from the checkout that this runs in."""
    for folder in (_PACKAGE / "systems", _PACKAGE.parent.parent / "systems"):
        if folder.is_dir():
            return {file.parent.name: file for file in sorted(folder.glob(f"*/{_FILE}"))}
    return {}


def find(name_or_path: str) -> Path:
    """The file of an architecture.

    Args:
        name_or_path: A system's name, a Python file, or a folder with an ``architecture.py``.

    Raises:
        UserError: There is none.
    """
    known = systems()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    file = path / _FILE if path.is_dir() else path
    if file.is_file():
        return file.resolve()
    listed = ", ".join(known) or "none"
    hint = did_you_mean(name_or_path, known) or f"systems that come along: {listed}; or give the path of an {_FILE}"
    raise UserError(f"there is no system and no file {name_or_path!r}", hint=hint, exit_code=2)


def load(name_or_path: str) -> Architecture:
    """The architecture of a system or a file: what its ``app`` is.

    Raises:
        UserError: There is no such file, it does not run, or it has no `Architecture` named ``app``.
    """
    file = find(name_or_path)
    module = _run(file)
    app = getattr(module, "app", None)
    if not isinstance(app, Architecture):
        raise UserError(
            f"{file} has no architecture named app", hint='it should say: app = Architecture("name")', exit_code=2
        )
    return app


def _run(file: Path) -> object:
    """Runs the file as a module of its own, with its folder importable while it runs."""
    spec = importlib.util.spec_from_file_location(f"terrarium_architecture_{file.parent.name}", file)
    if spec is None or spec.loader is None:
        raise UserError(f"{file} is not a Python file", exit_code=2)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except UserError:
        raise
    except SyntaxError as error:
        where = Origin(str(error.filename or file), error.lineno or 0)
        raise UserError(f"it is not valid Python: {error.msg}", where=where, exit_code=2) from error
    except Exception as error:
        raise UserError(f"{type(error).__name__}: {error}", where=_where(file, error), exit_code=2) from error
    finally:
        sys.path.remove(str(file.parent))
    return module


def _where(file: Path, error: Exception) -> Origin:
    """The last line of the user's own file that led to an error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(file.parent)]
    last = own[-1] if own else frames[-1]
    return Origin(last.filename, last.lineno or 0)
