"""The redo record: what was acknowledged and SQLite does not have yet, in a file of its own beside SQLite's.

SQLite's commit runs through much code, which a client need not wait for: one write of a few hundred bytes into this
file survives the death of the process just as well. The next start carries out what SQLite lacks. Each record takes the
place of the one before it, which SQLite has by then.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

Value = str | bytes | int | float | None
Statement = tuple[str, Sequence[Value]]

#: Larger changes go to SQLite at once: writing them twice would cost more than it saves.
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
        self._descriptor: int | None = None

    def open(self) -> None:
        """Opens the file."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def close(self) -> None:
        """Closes it, if it is open."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def write(self, number: int, statements: Sequence[bytes]) -> None:
        """Writes a record in place of the last one, which SQLite must have.

        Args:
            number: One more than that of the last change that SQLite has.
            statements: What is to be done, each `packed`.

        Raises:
            OSError: It is not written.
        """
        body = _ARRAY.pack(_ARRAY_32, len(statements)) + b"".join(statements)
        record = _HEADER.pack(number, len(body), zlib.crc32(body)) + body
        if os.pwrite(self._open, record, 0) != len(record):
            raise OSError(f"{self._path} was written in part only")

    def read(self, number: int) -> Iterable[Statement]:
        """The statements of the record with that number; none where there is another, or none that is whole."""
        data = os.pread(self._open, _HEADER.size + LARGEST, 0)
        if len(data) < _HEADER.size:
            return ()
        written, length, checksum = _HEADER.unpack_from(data)
        body = data[_HEADER.size : _HEADER.size + length]
        if written != number or zlib.crc32(body) != checksum or len(body) != length:
            return ()
        return [(sql, values) for sql, values in msgspec.msgpack.decode(body)]

    @property
    def _open(self) -> int:
        assert self._descriptor is not None, "it is used between open() and close()"
        return self._descriptor
