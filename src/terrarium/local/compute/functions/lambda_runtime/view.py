"""What a worker sees of the file system: its code, its layers and a ``/tmp`` of its own, where Lambda has them.

Where the machine allows it, the code is at ``/var/task`` and the layers at ``/opt``, both read-only, and ``/tmp`` is
empty, as large as the function asked for and gone with the worker. Elsewhere the real folders stand in, and ``TMPDIR``
names a folder of the worker's own, which its forking parent removes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terrarium.local.compute.functions.lambda_runtime import layers, mounts

TASK, OPT, TMP = "/var/task", "/opt", "/tmp"  # noqa: S108 - Lambda's own folders
_NAME = "terrarium-function"
_MEGABYTES_OF_LINKS = 16


@dataclass(frozen=True)
class View:
    """Where a worker finds things.

    Attributes:
        task: The folder of its code.
        opt: The folder of its layers; empty where it has none.
        scratch: What ``TMPDIR`` has to be; empty where ``/tmp`` is the worker's own, or everybody's.
    """

    task: str
    opt: str
    scratch: str = ""

    def here(self, path: str) -> str:
        """Where something is that Lambda has below ``/var/task`` or ``/opt``; empty where nobody has it."""
        for theirs, ours in ((TASK, self.task), (OPT, self.opt)):
            if _is_below(path, theirs):
                return ours and ours + path[len(theirs) :]
        return path


# What the main process says of the function; written by functions/environment.py.
def take(settings: dict[str, Any]) -> View:
    """Arranges what this process sees, and says where.

    Args:
        settings: ``folder``, ``layers``, ``tmp`` (megabytes; 0 for a worker that sees what everybody sees), ``needed``,
            and of the forking parent ``isolates`` and ``scratch``, a name that no folder has yet.

    Raises:
        OSError: The machine has no room for it.
    """
    folder, own = settings["folder"], [str(layer) for layer in settings["layers"]]
    if settings["isolates"] and settings["tmp"]:
        return _isolated(folder, own, settings["tmp"], settings["needed"])
    opt = own[0] if own else ""
    if len(own) > 1 or settings["tmp"]:
        os.mkdir(settings["scratch"], mode=0o700)  # noqa: PTH102 - a worker is waited for, and this is quicker
    if len(own) > 1:
        opt = os.path.join(settings["scratch"], "opt")  # noqa: PTH118
        layers.merge(own, opt)
    if not settings["tmp"]:
        return View(folder, opt)
    scratch = os.path.join(settings["scratch"], "tmp")  # noqa: PTH118
    os.mkdir(scratch)  # noqa: PTH102
    return View(folder, opt, scratch)


def scratch_of(parent: int, number: int) -> str:
    """The folder of a worker, should it need one.

    Args:
        parent: Process id of its forking parent.
        number: The main process's number for it.
    """
    return f"{tempfile.gettempdir()}/{_NAME}-{parent}-{number}"


def sweep() -> None:
    """Removes what workers of forking parents have left that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_NAME}-*-*"):
        owner = left.name.split("-")[2]
        if owner.isdigit() and not _alive(int(owner)):
            remove(str(left))


def remove(scratch: str) -> None:
    """Removes the folder of a worker that has ended, if it had one; whatever its handler has made of it."""
    if os.path.isdir(scratch):  # noqa: PTH112
        shutil.rmtree(scratch, ignore_errors=True)


def _isolated(folder: str, own: list[str], megabytes: int, told: list[str]) -> View:
    linked = own if len(own) > 1 else []
    needed = [*told, *_of_the_interpreter(), *_links_in(folder, *own), *linked]
    needed = [path for path in needed if os.path.exists(path)]  # noqa: PTH110
    own_opt = not any(_is_below(path, OPT) for path in needed)
    if not own_opt:
        needed += own
    mounts.enter_new()
    mounts.bind(folder, TASK, read_only=True)
    if own_opt:
        _lay_layers(own)
    kept = _outermost(sorted({path for path in needed if _is_below(path, TMP)}))
    place = mounts.stage() if kept else TMP
    mounts.tmpfs(place, megabytes, "1777")
    if kept:
        mounts.put_in_place(kept, place, TMP)
    return View(TASK, OPT if own_opt else "".join(own[:1]))


def _lay_layers(own: list[str]) -> None:
    if len(own) == 1:
        mounts.bind(own[0], OPT, read_only=True)
        return
    mounts.tmpfs(OPT, _MEGABYTES_OF_LINKS, "755")
    layers.merge(own, OPT)


def _of_the_interpreter() -> list[str]:
    """What this process may still have to read: its libraries and its own files."""
    folders = [sys.prefix, sys.base_prefix, str(Path(__file__).parent), str(Path(sys.executable).parent)]
    folders += [*sys.path, *sys.argv[2:]]  # the last are those of the SDK that another Python is lent
    return [folder for folder in folders if folder]


def _links_in(*folders: str) -> list[str]:
    """Where the links lead that a folder put together from several consists of."""
    links = [entry.path for folder in folders for entry in os.scandir(folder) if entry.is_symlink()]
    return [os.path.realpath(link) for link in links]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _outermost(paths: list[str]) -> list[str]:
    """Without those that are inside others; the paths come sorted."""
    kept: list[str] = []
    for path in paths:
        if not kept or not _is_below(path, kept[-1]):
            kept.append(path)
    return kept


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
