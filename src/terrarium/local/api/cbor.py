"""The part of CBOR (RFC 8949) that the RPC v2 CBOR protocol uses, in which SDKs speak to CloudWatch.

Pure bytes and values. Timestamps are tag 1: a datetime is written so, and one that is read becomes its seconds.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any

from terrarium.local.aws_error import AwsError

_DEPTH = 64


# Both directions carry any JSON-like value.
def encode(value: Any) -> bytes:
    """CBOR of None, bool, int, float, datetime, str, bytes, lists and dicts with string keys."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def decode(data: bytes) -> Any:
    """The value that `data` holds.

    Raises:
        AwsError: ``SerializationException`` for anything that is not well-formed.
    """
    reader = _Reader(data)
    try:
        value = reader.item(0)
    except (IndexError, struct.error, UnicodeDecodeError, OverflowError, TypeError) as fault:
        raise _malformed() from fault
    if reader.position != len(data):
        raise _malformed()
    return value


def _malformed() -> AwsError:
    return AwsError("SerializationException", "The request body is not well-formed CBOR")


def _head(out: bytearray, major: int, number: int) -> None:
    if number < 24:
        out.append(major << 5 | number)
        return
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            out.append(major << 5 | code)
            out += number.to_bytes(size, "big")
            return
    raise OverflowError(f"{number} does not fit 64 bits")


def _write(out: bytearray, value: Any) -> None:
    if value is None or isinstance(value, bool):
        out.append({None: 0xF6, False: 0xF4, True: 0xF5}[value])
    elif isinstance(value, int):
        _head(out, 0 if value >= 0 else 1, value if value >= 0 else -1 - value)
    elif isinstance(value, float):
        out += b"\xfb" + struct.pack(">d", value)
    elif isinstance(value, datetime):
        out += b"\xc1\xfb" + struct.pack(">d", value.timestamp())
    elif isinstance(value, (bytes, str)):
        raw = value.encode() if isinstance(value, str) else value
        _head(out, 3 if isinstance(value, str) else 2, len(raw))
        out += raw
    else:
        _write_container(out, value)


def _write_container(out: bytearray, value: Any) -> None:
    if isinstance(value, dict):
        _head(out, 5, len(value))
        for key, member in value.items():
            _write(out, key)
            _write(out, member)
        return
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"CBOR cannot carry {type(value).__name__}")
    _head(out, 4, len(value))
    for member in value:
        _write(out, member)


_BREAK = object()
_SIMPLE = {20: False, 21: True, 22: None, 23: None}


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def item(self, depth: int) -> Any:
        value = self._item_or_break(depth)
        if value is _BREAK:
            raise _malformed()
        return value

    def _item_or_break(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise _malformed()
        first = self._data[self.position]
        self.position += 1
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        length = None if info == 31 else self._number(info)
        return self._sized(major, length, depth)

    def _number(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise _malformed()
        return int.from_bytes(self._take(1 << info - 24), "big")

    def _take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self._data):
            raise _malformed()
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def _simple(self, info: int) -> Any:
        if info == 31:
            return _BREAK
        if info in _SIMPLE:
            return _SIMPLE[info]
        size = {25: 2, 26: 4, 27: 8}.get(info)
        if size is None:
            raise _malformed()
        return struct.unpack({2: ">e", 4: ">f", 8: ">d"}[size], self._take(size))[0]

    def _sized(self, major: int, length: int | None, depth: int) -> Any:
        if major in (2, 3):
            raw = self._chunks(major, depth) if length is None else self._take(length)
            return raw.decode() if major == 3 else raw
        if major == 4:
            return self._array(length, depth)
        if major == 5:
            return self._map(length, depth)
        if length is None:
            raise _malformed()
        if major == 6:
            return self.item(depth + 1)
        return length if major == 0 else -1 - length

    def _chunks(self, major: int, depth: int) -> bytes:
        """A string of unknown length: pieces of the same kind until a break."""
        held = bytearray()
        kind = str if major == 3 else bytes
        while (piece := self._item_or_break(depth + 1)) is not _BREAK:
            if not isinstance(piece, kind):
                raise _malformed()
            held += piece.encode() if isinstance(piece, str) else piece
        return bytes(held)

    def _array(self, length: int | None, depth: int) -> list[Any]:
        if length is not None:
            return [self.item(depth + 1) for _ in range(length)]
        members: list[Any] = []
        while (member := self._item_or_break(depth + 1)) is not _BREAK:
            members.append(member)
        return members

    def _map(self, length: int | None, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while length is None or len(members) < length:
            key = self._item_or_break(depth + 1)
            if key is _BREAK:
                break
            if not isinstance(key, str) or (length is not None and key in members):
                raise _malformed()
            members[key] = self.item(depth + 1)
        return members
