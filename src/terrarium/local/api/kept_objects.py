"""Objects of S3 on disk, so that what a system stored is there after a restart.

It knows files only: who writes and reads objects is `s3_keeping`. A bucket is a folder; an object is a file of content
beside a file that says its key and headers, and exists once the latter does.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


@dataclass(frozen=True, slots=True)
class KeptObject:
    """One object: what it is called, the headers it was stored with, and the file that holds its content."""

    bucket: str
    key: str
    headers: Mapping[str, str]
    content: Path


class KeptObjects:
    """All kept objects of a system.

    Args:
        folder: Where they are; made with the first bucket.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add_bucket(self, bucket: str) -> None:
        self._bucket(bucket).mkdir(parents=True, exist_ok=True)

    def remove_bucket(self, bucket: str) -> None:
        """Forgets a bucket with all that is in it."""
        shutil.rmtree(self._bucket(bucket), ignore_errors=True)

    def buckets(self) -> list[str]:
        """Every bucket, by name."""
        return sorted(entry.name for entry in self._folder.iterdir()) if self._folder.is_dir() else []

    async def put(self, bucket: str, key: str, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> None:
        """Keeps an object, in place of an older one; one that is interrupted leaves the older one whole.

        Raises:
            OSError: It cannot be written, for example because the disk is full.
        """
        self.add_bucket(bucket)
        name = _name(key)
        folder = self._bucket(bucket)
        draft = folder / f"{name}.draft"
        digest = hashlib.sha256()
        with draft.open("wb") as file:
            async for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        content = f"{name}.{digest.hexdigest()[:16]}"
        draft.replace(folder / content)
        described = folder / f"{name}.json.draft"
        described.write_text(json.dumps({"key": key, "headers": dict(headers), "content": content}), encoding="utf-8")
        described.replace(folder / f"{name}.json")
        self._sweep(folder, name, content)

    def remove(self, bucket: str, key: str) -> None:
        """Forgets an object; one that is not there is no mistake."""
        name, folder = _name(key), self._bucket(bucket)
        (folder / f"{name}.json").unlink(missing_ok=True)
        self._sweep(folder, name, "")

    def objects(self, bucket: str, report: Callable[[str], None]) -> Iterator[KeptObject]:
        """Every object of a bucket; one whose files are damaged is reported and left out."""
        folder = self._bucket(bucket)
        for file in sorted(folder.glob("*.json")):
            try:
                it = json.loads(file.read_text(encoding="utf-8"))
                kept = KeptObject(bucket, it["key"], it["headers"], folder / it["content"])
                kept.content.stat()
            except (OSError, ValueError, KeyError, TypeError) as fault:
                report(f"{file} cannot be read, and its object is left out: {fault!r}")
                continue
            yield kept

    def _bucket(self, bucket: str) -> Path:
        """A bucket's folder, for the names that S3 allows; no other can lead out of ours."""
        if not _BUCKET.fullmatch(bucket):
            raise ValueError(f"no bucket can be named {bucket!r}")
        return self._folder / bucket

    def _sweep(self, folder: Path, name: str, content: str) -> None:
        """Removes older contents of an object."""
        for file in folder.glob(f"{name}.*"):
            if file.name not in (content, f"{name}.json"):
                file.unlink(missing_ok=True)


def _name(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:40]
