"""The least that a Lambda runtime can do: ask for an event, call the handler, post what it returns.

``python bare_runtime.py FD`` speaks the Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)
over an inherited socket, one call after another. `BareFunction` is the other end. No logs, no limits, no timeouts, no
reports.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from typing import cast

_ROOT = "/2018-06-01/runtime/invocation"


def _message(connection: socket.socket, buffer: bytes) -> tuple[bytes, bytes, bytes]:
    """Reads one HTTP message: its head, its body, and what came after it."""
    while b"\r\n\r\n" not in buffer:
        buffer += _received(connection)
    head, _, rest = buffer.partition(b"\r\n\r\n")
    size = length_of(head)
    while len(rest) < size:
        rest += _received(connection)
    return head, rest[:size], rest[size:]


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        sys.exit()
    return data


def length_of(head: bytes) -> int:
    """What Content-Length says."""
    return int(header(head, b"content-length") or 0)


def header(head: bytes, name: bytes) -> bytes:
    """One header's value."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def handler(event: object, context: object) -> object:  # noqa: ARG001  # as Lambda calls it
    """Answers with its event."""
    return event


def run(connection: socket.socket) -> None:
    """Serves until the other end closes."""
    buffer = b""
    while True:
        connection.sendall(f"GET {_ROOT}/next HTTP/1.1\r\nHost: lambda\r\n\r\n".encode())
        head, body, buffer = _message(connection, buffer)
        request = header(head, b"lambda-runtime-aws-request-id").decode()
        result = json.dumps(handler(json.loads(body), None)).encode()
        post = f"POST {_ROOT}/{request}/response HTTP/1.1\r\nHost: lambda\r\nContent-Length: {len(result)}\r\n\r\n"
        connection.sendall(post.encode() + result)
        _, _, buffer = _message(connection, buffer)


class BareFunction(asyncio.Protocol):
    """The service's end: hands out one event at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._asked = asyncio.Event()
        self._result: asyncio.Future[bytes] | None = None
        self._count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def invoke(self, payload: bytes) -> bytes:
        """Has the handler called."""
        await self._asked.wait()
        self._asked.clear()
        self._count += 1
        self._result = asyncio.get_running_loop().create_future()
        head = (
            f"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: {self._count}\r\nContent-Length: {len(payload)}\r\n\r\n"
        )
        self._write(head.encode() + payload)
        return await self._result

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size = length_of(head)
            if len(self._buffer) < end + 4 + size:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + size], self._buffer[end + 4 + size :]
            self._take(head, body)

    def close(self) -> None:
        """Ends the runtime."""
        if self._transport is not None:
            self._transport.close()

    def _take(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET"):
            self._asked.set()
            return
        self._write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        if self._result is not None and not self._result.done():
            self._result.set_result(body)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as end:
        run(end)
