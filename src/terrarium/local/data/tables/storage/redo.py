"""The redo log: what was acknowledged and SQLite does not have yet, in a file of its own beside SQLite's.

SQLite's commit runs through much code, which a client need not wait for, nor the next one after it. The pages of this
file are the process's own memory, shared with the kernel: a few hundred bytes are copied there, and survive the death
of the process just as well. SQLite gets many of these changes at once; the next start carries out those that it lacks.
Once SQLite has them all, the log begins anew.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

Value = str | bytes | int | float | None
Statement = tuple[str, Sequence[Value]]

#: How long the log may be. A change for which there is no room goes to SQLite at once, with all that is in the log:
#: writing large ones twice would cost more than it saves.
LARGEST = 64 * 1024  # bytes

# Number, length and checksum: a record that was not written to its end is none.
_HEADER = struct.Struct(">QII")
# MessagePack's head of an array: https://github.com/msgpack/msgpack/blob/master/spec.md#array-format-family
_ARRAY = struct.Struct(">BI")
_ARRAY_32 = 0xDD

#: A statement as it stands in a record. Raises UnicodeEncodeError for half a surrogate pair, as SQLite does.
packed = msgspec.msgpack.Encoder().encode


class Redo:
    """The file.

    Args:
        path: Where it lies; it is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages: mmap.mmap | None = None
        self._end = 0

    def open(self) -> None:
        """Opens the file, to begin anew.

        Raises:
            OSError: It cannot be opened.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._pages = _mapped(descriptor)
        finally:
            os.close(descriptor)
        self._end = 0

    def close(self) -> None:
        """Closes it, if it is open."""
        if self._pages is not None:
            self._pages.close()
            self._pages = None

    def append(self, number: int, statements: Sequence[bytes]) -> bool:
        """Adds a record, if there is room for it.

        Args:
            number: One more than that of the last record, or of the last change that SQLite has.
            statements: What is to be done, each `packed`.

        Returns:
            Whether there was.
        """
        body = _ARRAY.pack(_ARRAY_32, len(statements)) + b"".join(statements)
        record = _HEADER.pack(number, len(body), zlib.crc32(body)) + body
        end = self._end + len(record)
        if self._pages is None or end > LARGEST:
            return False
        self._pages[self._end : end] = record
        self._end = end
        return True

    def begin_anew(self) -> None:
        """SQLite has everything: the next record takes the place of the first."""
        self._end = 0

    def read(self, number: int) -> tuple[list[Statement], int]:
        """All that is to be done from the record with that number on, and how many records say so.

        Args:
            number: One more than that of the last change that SQLite has. Where the log does not begin with it, SQLite
                has everything.
        """
        data = b"" if self._pages is None else self._pages[:]
        statements: list[Statement] = []
        at = count = 0
        while (body := _body(data, at, number + count)) is not None:
            statements += [(sql, values) for sql, values in msgspec.msgpack.decode(body)]
            at += _HEADER.size + len(body)
            count += 1
        return statements, count


def _mapped(descriptor: int) -> mmap.mmap | None:
    """The file's pages; None where the disk has no room for all of them: a page that is not there cannot be written."""
    size = os.fstat(descriptor).st_size
    try:
        while size < LARGEST:
            size += os.pwrite(descriptor, bytes(LARGEST - size), size)
    except OSError:
        return None
    return mmap.mmap(descriptor, LARGEST)


def _body(data: bytes, at: int, number: int) -> bytes | None:
    """The body of the record at that place; None where it is another's, or was not written to its end."""
    if len(data) < at + _HEADER.size:
        return None
    written, length, checksum = _HEADER.unpack_from(data, at)
    body = data[at + _HEADER.size : at + _HEADER.size + length]
    whole = written == number and 0 < length == len(body) and zlib.crc32(body) == checksum
    return body if whole else None
