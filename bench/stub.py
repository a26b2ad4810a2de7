"""A server with nothing to do: every answer is ready before it is asked. It shows what a client itself costs.

``python stub.py PORT`` answers DynamoDB's PutItem, GetItem, Query and Scan, ``@connections``, and whatever else with an
empty object. Answers carry the headers that AWS's do, since reading those is a part of what a client costs
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html#Programming.LowLevelAPI.Response).
"""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from typing import cast

ITEM = {"id": {"S": "room"}, "at": {"N": "7"}, "name": {"S": "Ada"}, "score": {"N": "12"}, "on": {"BOOL": True}}
_BODIES = {
    b"GetItem": {"Item": ITEM},
    b"Query": {"Items": [ITEM] * 10, "Count": 10, "ScannedCount": 10},
    b"Scan": {"Items": [{"connectionId": {"S": "L0SM9cOFvHcCIhw="}}], "Count": 1, "ScannedCount": 1},
}


def _answer(body: object) -> bytes:
    data = json.dumps(body).encode()
    headers = {
        "Server": "Server",
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": len(data),
        "x-amzn-RequestId": "KJ1O4RG2PQ8H0MVBEXAMPLE0VVKQNSO5AEMVJF66Q9ASUAAJG",
        "x-amz-crc32": zlib.crc32(data),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + data


_ANSWERS = {name: _answer(body) for name, body in _BODIES.items()}
_EMPTY = _answer({})


class Stub(asyncio.Protocol):
    """Counts a request's bytes, finds its operation's name, and sends what lies ready."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size = int(_header(head, b"content-length") or 0)
            if len(self._buffer) < end + 4 + size:
                return
            self._buffer = self._buffer[end + 4 + size :]
            operation = _header(head, b"x-amz-target").rpartition(b".")[2]
            assert self._transport is not None
            self._transport.write(_ANSWERS.get(operation, _EMPTY))


def _header(head: bytes, name: bytes) -> bytes:
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


async def main(port: int) -> None:
    """Serves until it is ended."""
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
