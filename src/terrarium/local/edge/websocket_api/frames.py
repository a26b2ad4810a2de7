"""WebSocket frames, as bytes: written in pieces that API Gateway would send, watched for sizes that it refuses.

Pure functions of bytes (RFC 6455, section 5). Unmasking, assembling and answering pings are the work of the HTTP
server's WebSocket reader; it knows only a size for whole messages, so `FrameGuard` stands before it and looks at each
header.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.lifecycle import ABNORMAL, NO_CODE, Happening

_TEXT: Final = 0x1
_BINARY: Final = 0x2
_CLOSE: Final = 0x8
_FINAL: Final = 0x80
_MASKED: Final = 0x80


def text_message(payload: bytes) -> bytes:
    """A message to a client: one text frame, or several where it is longer than a frame may be.

    All that goes to a client is text, whatever a backend posts: WebSocket APIs have no binary messages
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html).
    """
    size = limits.FRAME_BYTES
    if len(payload) <= size:
        return _header(_TEXT | _FINAL, len(payload)) + payload
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)]
    firsts = [_TEXT, *[0] * (len(pieces) - 2), _FINAL]
    return b"".join(_header(first, len(piece)) + piece for first, piece in zip(firsts, pieces, strict=True))


def _header(first: int, length: int) -> bytes:
    return struct.pack("!BB", first, length) if length < 126 else struct.pack("!BBH", first, 126, length)


def close_frame(code: int, reason: str) -> bytes:
    """The frame that ends a connection; 1005 and 1006 stand for "no code" and are never written (RFC 6455, 7.4.1)."""
    # A control frame holds 125 bytes; a character is not cut in half.
    text = reason.encode("utf-8", "replace")[:123].decode("utf-8", "ignore").encode()
    payload = b"" if code in (NO_CODE, ABNORMAL) else code.to_bytes(2, "big") + text
    return _header(_CLOSE | _FINAL, len(payload)) + payload


class FrameGuard:
    """Follows a client's frames by their headers, up to the first that API Gateway does not take.

    It stops at the header, so that no refused payload is held: a frame over 32 KB, a message that grows over 128 KB,
    a binary message, a frame that is not masked (RFC 6455, section 5.1).
    """

    __slots__ = ("_begun", "_message", "_skip", "closing", "stopped")

    def __init__(self) -> None:
        self.stopped: Happening | None = None
        """What stopped it, if anything did."""
        self.closing = False
        """Whether, after that, the client sent a close frame."""
        self._skip = 0
        """Bytes still to come of the frame that is under way."""
        self._begun = b""
        """A header of which only a part has arrived."""
        self._message = 0
        """Bytes of the message so far, over all its frames."""

    def pass_on(self, data: bytes) -> bytes:
        """What of the bytes received the reader should see now: headers whole, and nothing once a frame was refused.

        What comes after that is followed only for the client's close frame.
        """
        if self._is_small_text(data):
            return data
        if self._begun:
            data, self._begun = self._begun + data, b""
        seen = len(data) if self.stopped is None else 0
        position = self._skip
        while position < len(data):
            header = _parse(data, position)
            if header is None:
                self._begun, self._skip = data[position:], 0
                return data[: min(position, seen)]
            if self.stopped is not None:
                self.closing |= header.opcode == _CLOSE
            elif (refusal := self._refusal(header)) is not None:
                self.stopped, seen = refusal, position
            position += header.size + header.payload
        self._skip = position - len(data)
        return data[:seen]

    def _is_small_text(self, data: bytes) -> bool:
        """Whether this is exactly one short text message, as nearly all that comes is: nothing to follow."""
        if self._skip or self._begun or self._message or self.stopped is not None or len(data) < 6:
            return False
        return data[0] == _TEXT | _FINAL and len(data) == data[1] - _MASKED + 6 <= 131

    def _refusal(self, header: Header) -> Happening | None:
        if not header.masked:
            return Happening.BROKEN_PROTOCOL
        if header.opcode >= _CLOSE:
            return None
        if header.opcode == _BINARY:
            return Happening.BINARY
        self._message += header.payload
        if header.payload > limits.FRAME_BYTES or self._message > limits.MESSAGE_BYTES:
            return Happening.TOO_BIG
        if header.final:
            self._message = 0
        return None


class Header(NamedTuple):
    """A frame's header, as far as sizes and kinds go."""

    opcode: int
    final: bool
    masked: bool
    size: int
    payload: int


def _parse(data: bytes, start: int) -> Header | None:
    """The header at that place, or None while it is incomplete.

    The mask counts to its size and may be still to come.
    """
    available = len(data) - start
    if available < 2:
        return None
    first, second = data[start], data[start + 1]
    payload, extended = second & 0x7F, 0
    if payload > 125:
        extended = 2 if payload == 126 else 8
        if available < 2 + extended:
            return None
        payload = int.from_bytes(data[start + 2 : start + 2 + extended], "big")
    masked = second >= _MASKED
    return Header(first & 0xF, first >= _FINAL, masked, 2 + extended + (4 if masked else 0), payload)
