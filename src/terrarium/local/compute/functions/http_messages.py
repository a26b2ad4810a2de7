"""HTTP/1.1 as the Runtime API needs it: requests out of a stream of bytes, answers into bytes. No sockets here.

Only a worker's own runtime speaks to it, so it takes what RFC 9112 allows of messages with a Content-Length, no more.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from terrarium.local.compute.functions.runtime_call import ProtocolError

_LONGEST_HEAD = 64 * 1024


class Request(Struct, frozen=True):
    """One request.

    Attributes:
        method: GET or POST.
        path: Its target.
        headers: By lower-case name.
        body: Its body; empty where `too_large`.
        too_large: Whether the body was longer than the parser keeps, and was dropped as it came.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    too_large: bool = False


class Requests:
    """Puts requests together from whatever pieces arrive.

    Args:
        largest: Bytes of a body that are kept; a longer one is counted and dropped.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._missing = 0  # bytes of an oversized body still to be dropped

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are complete once `data` has arrived.

        Raises:
            ProtocolError: What came is no HTTP request.
        """
        self._buffer += data
        complete = []
        while (request := self._take()) is not None:
            complete.append(request)
        return complete

    def _take(self) -> Request | None:
        if self._head is None and not self._take_head():
            return None
        assert self._head is not None
        method, path, headers = self._head
        size = int(headers.get("content-length", "0"))
        too_large = size > self._largest
        if not (self._drop() if too_large else len(self._buffer) >= size):
            return None
        body = b"" if too_large else bytes(self._buffer[:size])
        del self._buffer[: len(body)]
        self._head = None
        return Request(method, path, headers, body, too_large)

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", 0, _LONGEST_HEAD)
        if end < 0:
            if len(self._buffer) >= _LONGEST_HEAD:
                raise ProtocolError("the head of a request is too long")
            return False
        self._head = _parse(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        self._missing = int(self._head[2].get("content-length", "0"))
        return True

    def _drop(self) -> bool:
        here = min(self._missing, len(self._buffer))
        del self._buffer[:here]
        self._missing -= here
        return self._missing == 0


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise ProtocolError("not a request line")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ProtocolError("not a header line")
        headers[name.strip().lower()] = value.strip()
    if not headers.get("content-length", "0").isdigit() or "transfer-encoding" in headers:
        raise ProtocolError("a body of unknown length")
    return words[0], words[1], headers


_REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    413: "Content Too Large",
}


def answer(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a response."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{lines}\r\n"
    )
    return head.encode("latin-1") + body
