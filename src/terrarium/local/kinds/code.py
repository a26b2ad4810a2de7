"""The folder that a bundle of code is on the laptop: its own, so that a change is seen at once."""

from __future__ import annotations

from pathlib import Path

from terrarium.errors import UserError
from terrarium.local.registry import Entry, Registry
from terrarium.model.expressions import Bundle, Value, walk


def folder_of(code: Value, state: Path, entry: Entry) -> Path:
    """The folder of a bundle; where it is put together from several, a folder of links to them.

    Args:
        code: What the resource names as its code.
        state: The folder of the system's state.
        entry: The resource.

    Raises:
        UserError: The code is not a bundle.
    """
    if not isinstance(code, Bundle):
        raise UserError(
            f"the code of {entry.address} is not at hand: {code!r}",
            where=entry.origin,
            hint="give the folder, so that it can run here",
        )
    if len(code.folders) == 1 and not code.folders[0][0]:
        return code.folders[0][1]
    together = state.resolve() / "code" / code.name
    together.mkdir(parents=True, exist_ok=True)
    for name, folder in code.folders:
        link = together / name
        if link.is_symlink():
            link.unlink()
        link.symlink_to(folder)
    return together


def code_folders(registry: Registry) -> list[Path]:
    """Every folder of code that runs here, each once."""
    found: dict[Path, None] = {}
    for entry in registry:
        found |= {
            folder: None
            for bundle in walk(dict(entry.values))
            if isinstance(bundle, Bundle)
            for _, folder in bundle.folders
        }
        found |= {program.folder: None for program in entry.programs.values()}
    return list(found)
