"""Several layers as one folder: extracted one after the other, the later over the earlier.

See https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html. Nothing is copied: what is in one layer only is a
link, a folder that is in several is a folder of links.
"""

from __future__ import annotations

import os
from collections.abc import Sequence


def merge(layers: Sequence[str], target: str) -> None:
    """Fills a folder with what layers hold.

    Args:
        layers: Their folders, in the order in which a function names them.
        target: The folder to fill; made if it is not there.
    """
    os.makedirs(target, exist_ok=True)  # noqa: PTH103 - a worker is waited for, and these are quicker
    found: dict[str, list[str]] = {}
    for layer in layers:
        for entry in os.scandir(layer):
            found.setdefault(entry.name, []).append(entry.path)
    for name, paths in found.items():
        folders = _last_folders(paths)
        if len(folders) > 1:
            merge(folders, f"{target}/{name}")
        else:
            os.symlink(os.path.realpath(paths[-1]), f"{target}/{name}")  # noqa: PTH211


def _last_folders(paths: list[str]) -> list[str]:
    """The folders that are merged: those after the last file of the same name."""
    folders: list[str] = []
    for path in paths:
        folders = [*folders, path] if os.path.isdir(path) else []  # noqa: PTH112
    return folders
