"""The folder that code is on the laptop: a bundle's own, so that a change is seen at once; a zip's unpacked."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.code import CodeStore
from terrarium.local.aws_error import AwsError
from terrarium.local.data.objects import Objects
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


async def with_code(entry: Entry, state: Path, objects: Objects) -> Entry:
    """A function or a layer whose code is a bundle: as it is, or what its zip holds, a file or an object of a bucket.

    Args:
        entry: The resource.
        state: The folder of the system's state, where zips are unpacked.
        objects: The buckets' content.

    Raises:
        UserError: There is no such zip, or it is none.
    """
    code, bucket = entry.get("filename"), entry.get("s3_bucket")
    try:
        if isinstance(code, str):
            zipped = await asyncio.to_thread(_beside(entry, code).read_bytes)
        elif code is None and bucket and entry.get("s3_key"):
            zipped = await _object(objects, bucket, entry["s3_key"], entry.get("s3_object_version"))
        else:
            return entry
        unpacked = await asyncio.to_thread(_zips(state).unpack, zipped)
    except (AwsError, OSError) as error:
        reason = error.message if isinstance(error, AwsError) else error.strerror
        what = code or f"s3://{bucket}/{entry['s3_key']}"
        raise UserError(f"the code of {entry.address}, {what}, cannot be used: {reason}", where=entry.origin) from error
    return replace(entry, values={**entry.values, "filename": Bundle((("", unpacked.folder),), entry.label)})


def _zips(state: Path) -> CodeStore:
    """Apart from what calls uploaded, which goes when no call's function needs it any more."""
    return CodeStore(state.resolve() / "code" / "zips")


def _beside(entry: Entry, file: str) -> Path:
    """A file as Terraform finds it: from the folder of what names it, else from where one stands."""
    beside = Path(entry.origin.file).parent / file
    return beside if beside.is_file() else Path(file)


async def _object(objects: Objects, bucket: str, key: str, version: str | None) -> bytes:
    found = objects.get(bucket, key, version)
    with objects.reading(found, 0, found.size) as chunks:
        return b"".join([chunk async for chunk in chunks])


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
