"""Frames of the Python runtime: what the Runtime API says in HTTP, in a head of thirteen bytes, a text and a body.

Nobody sees them but the two ends of a worker's socket. They spare both of them the reading and writing of HTTP, which
takes as long as all the rest of an invocation. A frame with a result also asks for the next invocation, and is not
answered. It knows no sockets.
"""

from __future__ import annotations

import struct
from enum import IntEnum

HEAD = struct.Struct("!BIII")  # kind, kilobytes held at the peak, bytes of the text, bytes of the body
LONGEST_TEXT = 64 * 1024


class Kind(IntEnum):
    """What a frame means. No value is a letter: a runtime that speaks HTTP is told by its first byte."""

    NEXT = 1  # asks for the first invocation
    RESPONSE = 2  # a result; its text is the request id
    ERROR = 3  # the handler raised; its text is the request id
    INIT_ERROR = 4  # the handler could not be loaded; its text is the type of the error
    INVOCATION = 5  # an invocation; its text is its facts, a line each


def frame(kind: Kind, text: str = "", body: bytes = b"", peak: int = 0) -> bytes:
    """The bytes of one frame."""
    said = text.encode()
    return b"".join((HEAD.pack(kind, peak, len(said), len(body)), said, body))
