"""Folders of code as zips that are the same, byte for byte, on every machine."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from terrarium.errors import UserError
from terrarium.model.expressions import Bundle

# The earliest time a zip can hold: a file's own time would differ between checkouts.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# The folder of a zip that holds what its requirements name.
PACKAGES = "packages"
_IGNORED = {"__pycache__", ".git", ".terrarium", ".DS_Store", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def zipped(bundle: Bundle, packages: Path | None = None) -> bytes:
    """The bundle's zip.

    Args:
        bundle: The code.
        packages: A folder with what its requirements name, where the zip must stand alone.

    Raises:
        UserError: A folder is missing or cannot be read.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, file in sorted((*files(bundle), *_below(packages, PACKAGES))):
            archive.writestr(_entry(name, file), _content(file))
    return out.getvalue()


def file_function(function: str, bundle: Bundle) -> str:
    """What one of Terraform's functions of files gives for a bundle's zip.

    Args:
        function: ``filebase64sha256`` or ``filemd5``.
        bundle: The code.
    """
    data = zipped(bundle)
    if function == "filemd5":
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def files(bundle: Bundle) -> Iterator[tuple[str, Path]]:
    """Every file of a bundle with its name in the zip.

    Raises:
        UserError: A folder is missing.
    """
    for inside, folder in bundle.folders:
        if not folder.is_dir():
            raise UserError(f"the folder of code {folder} does not exist")
        yield from _below(folder, inside)


def _below(folder: Path | None, inside: str) -> Iterator[tuple[str, Path]]:
    """Every file in a folder with its name in the zip."""
    if folder is None:
        return
    for file in folder.rglob("*"):
        relative = file.relative_to(folder)
        if file.is_file() and not _ignored(relative):
            yield (f"{inside}/{relative.as_posix()}" if inside else relative.as_posix()), file


def _entry(name: str, file: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Executable or not is part of the code; who owns it and who may write it is not.
    mode = 0o755 if file.stat().st_mode & 0o100 else 0o644
    entry.external_attr = (0o100000 | mode) << 16
    entry.create_system = 3
    return entry


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error


def _ignored(relative: Path) -> bool:
    return bool(_IGNORED.intersection(relative.parts)) or relative.suffix == ".pyc"
