"""The `sitecustomize` that a machine or a project may have of its own, and that ours hides: it is run after ours."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def import_what_is_hidden(own: str) -> None:
    """Runs the next `sitecustomize` of the search path.

    Args:
        own: The file that hides it.
    """
    folder = os.path.dirname(os.path.abspath(own))  # noqa: PTH100, PTH120 - before all else, so with little
    others = [entry for entry in sys.path if os.path.abspath(entry) != folder]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))
