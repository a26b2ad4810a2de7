"""Linux's mounts, for a process that is nobody special: what a worker sees at ``/tmp``, ``/opt`` and ``/var/task``.

An unprivileged process may have a view of files of its own where the kernel lets it have a user namespace of its own
(https://man7.org/linux/man-pages/man7/user_namespaces.7.html). Many machines do, containers mostly do not.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence

_NEW_MOUNTS, _NEW_USER = 0x00020000, 0x10000000  # <linux/sched.h>
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8  # <linux/mount.h>; statvfs has the same numbers for these
_REMOUNT, _NO_ACCESS_TIME, _NO_FOLDER_ACCESS_TIME, _BIND = 32, 1024, 2048, 4096
_RECURSIVE, _PRIVATE, _RELATIVE_ACCESS_TIME, _STATVFS_RELATIVE = 16384, 1 << 18, 1 << 21, 4096
_DETACH = 2
_STAGES = ("/mnt", "/srv", "/media")  # one of them is anywhere, and what is in it is not missed for a moment


def available() -> bool:
    """Whether this process may have mounts of its own: tried in a child, as a half-made attempt cannot be undone."""
    if sys.platform != "linux":
        return False
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            begin()
            enter_new()
            tmpfs("/tmp", 1, "1777")  # noqa: S108 - the very folder
            bind("/usr", "/opt", read_only=True)
            status = 0 if os.path.isdir("/var/task") else 1  # noqa: PTH112 - quicker, in a child that only asks this
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def begin() -> None:
    """Gives this process, and whoever it forks, a user namespace in which it may mount, and a folder ``/var/task``.

    Raises:
        OSError: It is not allowed.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", _NEW_MOUNTS | _NEW_USER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib is not imported here
            file.write(text)
    _mount("", "/", "", _RECURSIVE | _PRIVATE)
    if not os.path.isdir("/var/task"):  # noqa: PTH112
        _add_task_to_var()


def enter_new() -> None:
    """Gives this process mounts of its own, those of its parent to begin with."""
    _call("unshare", _NEW_MOUNTS)


def tmpfs(target: str, megabytes: int, mode: str) -> None:
    """An empty folder in memory that holds so much and no more."""
    _mount("tmpfs", target, "tmpfs", _NO_SUID | _NO_DEVICES, f"size={megabytes}m,mode={mode}")


def bind(source: str, target: str, *, read_only: bool = False) -> None:
    """Shows one folder or file at the place of another."""
    _mount(source, target, "", _BIND | _RECURSIVE)
    if read_only:
        # What is set already on the mount below must be said again, or the kernel refuses.
        set_already = os.statvfs(target).f_flag
        flags = set_already & (_NO_SUID | _NO_DEVICES | _NO_EXEC | _NO_ACCESS_TIME | _NO_FOLDER_ACCESS_TIME)
        flags |= _RELATIVE_ACCESS_TIME if set_already & _STATVFS_RELATIVE else 0
        _mount("", target, "", _REMOUNT | _BIND | _READ_ONLY | flags)


def put_in_place(paths: Sequence[str], place: str, target: str) -> None:
    """Shows folders and files of `target` in a folder of memory at `place`, which is then seen instead of `target`."""
    for path in paths:
        shown = f"{place}/{os.path.relpath(path, target)}"
        if os.path.isdir(path):  # noqa: PTH112
            os.makedirs(shown, exist_ok=True)  # noqa: PTH103
        else:
            os.makedirs(os.path.dirname(shown), exist_ok=True)  # noqa: PTH103, PTH120
            os.close(os.open(shown, os.O_CREAT | os.O_WRONLY))
        bind(path, shown)
    _mount(place, target, "", _BIND | _RECURSIVE)
    _call("umount2", place.encode(), _DETACH)


def stage() -> str:
    """A folder of this machine that may be hidden while something is put together in it.

    Raises:
        OSError: There is none.
    """
    for folder in _STAGES:
        if os.path.isdir(folder):  # noqa: PTH112
            return folder
    raise FileNotFoundError(f"none of {', '.join(_STAGES)} is there")


def _add_task_to_var() -> None:
    """Shows what is in /var in a folder of memory that also has a folder `task`."""
    place = stage()
    tmpfs(place, 1, "755")
    shown = []
    for entry in os.scandir("/var"):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), f"{place}/{entry.name}")  # noqa: PTH115, PTH211
        else:
            shown.append(entry.path)
    os.mkdir(f"{place}/task")  # noqa: PTH102
    put_in_place(shown, place, "/var")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    arguments = [text.encode() or None for text in (source, target, kind)]
    _call("mount", *arguments, ctypes.c_ulong(flags), options.encode() or None, about=target)


# The arguments of a system call are of whatever types it takes.
def _call(name: str, *arguments: object, about: str = "") -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}", about)
