"""A file of records that only grows: written before what they tell of happens, taken back where it did not.

Each line has its own checksum, so that a line that a crash cut short is known and left out. It knows nothing of what
its records say.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

#: How long the file may become, in bytes: what is beyond would take minutes to do again.
LIMIT = 256 * 1024 * 1024

# A record has the members that its writer gave it.
Record = Mapping[str, Any]


class JournalFullError(OSError):
    """The file has become as long as it may."""


class Journal:
    """What was recorded, in order.

    Args:
        file: Where it is kept; None keeps it in memory only. It is read when first needed, and made when first written.
        report: Told, in a sentence, of records that cannot be read.
        fsync: Whether what was recorded also survives a power cut.
        limit: How long the file may become, in bytes.
    """

    def __init__(
        self, file: Path | None, *, report: Callable[[str], None], fsync: bool = False, limit: int = LIMIT
    ) -> None:
        self._file = file
        self._report = report
        self._fsync = fsync
        self._limit = limit
        self._records: list[Record] | None = None
        self._length = 0  # of the file up to the last record that stays
        self._begun: Record | None = None

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._read()))

    def __len__(self) -> int:
        return len(self._read())

    def begin(self, record: Record) -> None:
        """Writes a record; it counts once it is kept.

        Raises:
            OSError: It cannot be written; nothing was.
        """
        self._read()
        line = _line(record)
        if self._length + len(line) > self._limit:
            raise JournalFullError(f"what is kept there has grown to {self._limit // 1024 // 1024} MB")
        try:
            self._write(line)
        except OSError:
            self._cut()
            raise
        self._begun = record

    def keep(self) -> None:
        """The record that was begun stays."""
        assert self._begun is not None
        self._read().append(self._begun)
        self._length += len(_line(self._begun))
        self._begun = None

    def forget(self) -> None:
        """Takes back the record that was begun."""
        self._begun = None
        self._cut()

    def replace(self, records: Iterable[Record]) -> None:
        """Keeps these records and no others; a crash leaves the old ones or the new ones.

        Raises:
            OSError: They cannot be written; the old ones stay.
        """
        kept = list(records)
        text = b"".join(map(_line, kept))
        if self._file is not None:
            new = self._file.with_suffix(".new")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            new.replace(self._file)
        self._records, self._length = kept, len(text)

    def _read(self) -> list[Record]:
        if self._records is None:
            text = self._file.read_bytes() if self._file is not None and self._file.is_file() else b""
            self._length = text.rfind(b"\n") + 1
            lines = text[: self._length].splitlines()
            self._records = [record for line in lines if (record := _record(line)) is not None]
            damaged = len(lines) - len(self._records)
            if self._length < len(text):
                damaged += 1
                self._cut()
            if damaged:
                every = len(self._records) + damaged
                self._report(f"{damaged} of {every} records in {self._file} are damaged and left out")
        return self._records

    def _write(self, line: bytes) -> None:
        if self._file is None:
            return
        # Values of secrets are among the records: nobody else may read them.
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as out:
            written = out.write(line)
            if written != len(line):
                raise OSError(f"only {written} of {len(line)} bytes fitted")
            if self._fsync:
                os.fsync(out.fileno())

    def _cut(self) -> None:
        """Ends the file after the last record that stays."""
        if self._file is not None and self._file.is_file():
            os.truncate(self._file, self._length)


def _line(record: Record) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _record(line: bytes) -> Record | None:
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    record: Record = json.loads(text)
    return record
