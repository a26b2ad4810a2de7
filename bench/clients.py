"""What speaks to the contestants: a WebSocket client that costs little, and boto3 clients that know no account."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from typing import Any, Self, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

# No account has these. (boto3 types each of its settings differently, so their common type is none.)
ACCESS: dict[str, Any] = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region_name": "us-east-1",
}
# The same for handlers that peers run.
ACCESS_VARIABLES = {
    "AWS_ACCESS_KEY_ID": ACCESS["aws_access_key_id"],
    "AWS_SECRET_ACCESS_KEY": ACCESS["aws_secret_access_key"],
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
TIMEOUT = 60.0


# boto3 makes its clients at run time, and has no types of its own.
def client(service: str, endpoint: str) -> Any:
    """A boto3 client that tries once and leaves all else as people have it."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=TIMEOUT)
    make: Any = boto3.client  # typed per service by name; this takes any
    return make(service, endpoint_url=endpoint, config=config, **ACCESS)


class RefusedError(Exception):
    """The handshake was not accepted."""


class Socket(asyncio.Protocol):
    """A WebSocket client that does no more than RFC 6455 asks of one that is sent small text messages."""

    def __init__(self, host: str, path: str) -> None:
        self._host, self._path = host, path
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: asyncio.Future[None] | None = None
        self._wanted = 0
        self.received = 0

    @classmethod
    async def connect(cls, url: str) -> Self:
        """Connects.

        Raises:
            RefusedError: The server said no.
            OSError: There is none.
        """
        parts = urlsplit(url)
        assert parts.port is not None
        path = parts.path or "/"
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(lambda: cls(parts.netloc, path), "127.0.0.1", parts.port)
        await asyncio.wait_for(protocol._open, TIMEOUT)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            (
                f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open.done() and not self._handshake():
            return
        while self._frame():
            pass
        if self._waiting is not None and self.received >= self._wanted and not self._waiting.done():
            self._waiting.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        lost = exc or ConnectionResetError("the server closed the connection")
        for future in (self._open, self._waiting):
            if future is not None and not future.done():
                future.set_exception(lost)

    def send(self, value: object) -> None:
        """Sends a value as a JSON text of at most 65,535 bytes."""
        data = json.dumps(value).encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        # A mask of zeros masks as well as any: it is there against proxies, and there are none.
        self.write(b"\x81" + length + bytes(4) + data)

    def write(self, data: bytes) -> None:
        """Sends bytes as they are."""
        assert self._transport is not None
        self._transport.write(data)

    async def receive(self, count: int = 1) -> None:
        """Waits until that many messages more have come than had been waited for."""
        self._wanted += count
        if self.received >= self._wanted:
            return
        self._waiting = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self._waiting, TIMEOUT)

    async def close(self) -> None:
        """Says goodbye, as a client should, so that the server forgets it."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"\x88\x82" + bytes(4) + b"\x03\xe8")
            await asyncio.sleep(0)
            self._transport.close()

    def _handshake(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            self._open.set_exception(RefusedError(head.decode("latin-1")))
            return False
        self._buffer = rest
        self._open.set_result(None)
        return True

    def _frame(self) -> bool:
        """Takes one frame from the buffer; text counts, pings are answered."""
        if len(self._buffer) < 2:
            return False
        size, start = self._buffer[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(self._buffer[2:4], "big"), 4
        if len(self._buffer) < start + size:
            return False
        kind = self._buffer[0] & 0x0F
        payload, self._buffer = self._buffer[start : start + size], self._buffer[start + size :]
        if kind in {1, 2}:
            self.received += 1
            self.heard(payload)
        elif kind == 9:
            self.write(b"\x8a" + bytes([0x80 | size]) + bytes(4) + payload)
        return True

    def heard(self, payload: bytes) -> None:
        """A message has come."""
