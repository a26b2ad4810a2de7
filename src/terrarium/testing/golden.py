"""Golden files: what a back-end writes, kept as a reader would see it, so that every change of it shows in review."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path


def differences(files: Mapping[str, str], folder: Path) -> str:
    """How texts differ from those kept in a folder, as unified diffs; empty where they do not.

    Args:
        files: Texts by name relative to the folder, with slashes.
        folder: What is kept.
    """
    kept = dict(_kept(folder))
    names = sorted({*files, *kept})
    return "".join(_diff(name, kept.get(name), files.get(name)) for name in names)


def update(files: Mapping[str, str], folder: Path) -> None:
    """Keeps texts in a folder, and nothing else there."""
    for name in set(dict(_kept(folder))) - set(files):
        (folder / name).unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _kept(folder: Path) -> Iterator[tuple[str, str]]:
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")


def _diff(name: str, kept: str | None, made: str | None) -> str:
    before, after = ((text or "").splitlines(keepends=True) for text in (kept, made))
    names = ("/dev/null" if kept is None else f"golden/{name}", "/dev/null" if made is None else f"made/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in difflib.unified_diff(before, after, *names))
