"""Where in the user's files something was written: what every message and every drawing points back to."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from types import FrameType

from terrarium.errors import Origin

_PACKAGE = Path(__file__).resolve().parent.parent
# Frames of these rooms are ours, not the user's. (The systems that come with Terrarium are users like any other.)
_OURS = tuple(f"{_PACKAGE / room}{os.sep}" for room in ("model", "aws"))


def origin() -> Origin:
    """The nearest line of the user's own code, and the construct that they called there."""
    frame, construct = _users_frame(sys._getframe(1))
    if frame is None:
        return Origin("?", 0, construct)
    return Origin(_shown(frame.f_code.co_filename), frame.f_lineno, construct)


def beside(path: str | Path) -> Path:
    """A path as the user means it: relative to the file in which they write it."""
    frame, _ = _users_frame(sys._getframe(1))
    folder = Path(frame.f_code.co_filename).resolve().parent if frame is not None else Path.cwd()
    return folder / path


def _users_frame(frame: FrameType | None) -> tuple[FrameType | None, str]:
    """The nearest frame that is not ours, and the outermost construct on the way there."""
    construct = ""
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        if frame.f_code.co_name == "__init__" and frame.f_code.co_filename.startswith(_OURS[1]):
            construct = _described(frame)
        frame = frame.f_back
    return frame, construct


def _described(frame: FrameType) -> str:
    """``aws.Table "players"`` for a construct whose constructor is running in that frame."""
    values = frame.f_locals
    label = values.get("label")
    name = f"aws.{type(values['self']).__name__}"
    return f'{name} "{label}"' if isinstance(label, str) else name


def _shown(file: str) -> str:
    """A path as the user would type it: relative where it lies below the working folder."""
    try:
        return _relative(file, os.getcwd())  # noqa: PTH109  # text is what frames hold, and this runs for every resource
    except (ValueError, OSError):  # another drive, or a working folder that is gone
        return file


@cache
def _relative(file: str, folder: str) -> str:
    relative = os.path.relpath(file, folder)
    return file if relative.startswith("..") else relative
