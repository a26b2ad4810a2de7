"""Messages between the main process and the forking parent: a length and a JSON object, over a stream socket.

It knows nothing of sockets; file descriptors travel beside the bytes and are counted by whoever receives them.
"""

from __future__ import annotations

import json
from typing import Any

_LENGTH = 4
LONGEST = 1 << 20  # a function's whole environment is 4 KB; anything near this is a fault, not a message


# The messages are JSON objects of several shapes; each side reads the members that it knows.
def encode(message: dict[str, Any]) -> bytes:
    """The bytes of one message."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Puts messages together from whatever pieces a stream delivers."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that are complete once `data` has arrived.

        Raises:
            ValueError: A length beyond any message that is ever sent.
        """
        self._buffer += data
        messages = []
        while (body := self._take()) is not None:
            messages.append(json.loads(body))
        return messages

    def _take(self) -> bytes | None:
        if len(self._buffer) < _LENGTH:
            return None
        end = _LENGTH + int.from_bytes(self._buffer[:_LENGTH], "big")
        if end > LONGEST:
            raise ValueError(f"a message of {end} bytes")
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH:end])
        del self._buffer[:end]
        return body
