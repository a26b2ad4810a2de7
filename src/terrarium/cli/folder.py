"""A folder that builds write to: what an earlier build left is replaced, and nothing else is ever touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from terrarium.errors import UserError

MANIFEST = ".terrarium-build.json"


class Placed(Struct, frozen=True):
    """What became of each file, by name within the folder.

    Attributes:
        written: New, or changed.
        unchanged: Already there, the same byte for byte.
        removed: Of an earlier build, and no longer part of it.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def place(files: Mapping[str, bytes], folder: Path) -> Placed:
    """Writes files into a folder, and removes those of an earlier build that are not among them.

    Args:
        files: Contents by name relative to the folder, with slashes.
        folder: It is made if it does not exist.

    Raises:
        UserError: The folder or one of the files belongs to somebody else.
    """
    earlier = _earlier(folder)
    for name in files:
        if name not in earlier and (folder / name).exists():
            raise UserError(
                f"{folder / name} is not of an earlier build", hint="move it away, or build into another folder"
            )
    changed = [name for name, content in files.items() if _content(folder / name) != content]
    gone = [name for name in earlier if name not in files and (folder / name).is_file()]
    # The list first: whatever happens next, the files in it are known to be ours.
    _write(folder / MANIFEST, _listed({*earlier, *files}))
    for name in changed:
        _write(folder / name, files[name])
    for name in gone:
        _remove(folder, name)
    _write(folder / MANIFEST, _listed(set(files)))
    return Placed(tuple(changed), tuple(name for name in files if name not in changed), tuple(gone))


def _earlier(folder: Path) -> list[str]:
    """The files of an earlier build."""
    if not folder.exists() or not any(folder.iterdir() if folder.is_dir() else (folder,)):
        return []
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return [name for name in names if _is_inside(name)]
    except (OSError, ValueError, KeyError, TypeError):
        hint = "choose an empty folder, or one that an earlier build made"
        raise UserError(f"{folder} is not empty, and no build of Terrarium's made it", hint=hint) from None


def _is_inside(name: str) -> bool:
    """Whether a name stays within its folder, whoever wrote the list."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _listed(names: set[str]) -> bytes:
    return (json.dumps({"files": sorted(names)}, indent=2) + "\n").encode()


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error


def _remove(folder: Path, name: str) -> None:
    """Removes a file, and the folders that only it was in."""
    file = folder / name
    file.unlink()
    for parent in file.relative_to(folder).parents:
        if parent.name and not any((folder / parent).iterdir()):
            (folder / parent).rmdir()
