"""The worker's end of the Lambda Runtime API: HTTP/1.1 over a socket that was there from birth.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Requests are pipelined: the answer to one
invocation and the request for the next leave together, which saves half of the round trips.
"""

from __future__ import annotations

import resource
import socket
import sys
from dataclasses import dataclass

_ROOT = "/2018-06-01/runtime"
_NEXT = f"GET {_ROOT}/invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n".encode()
_RSS_UNIT = 1024 if sys.platform == "darwin" else 1  # macOS counts bytes, Linux kilobytes


class GoneError(Exception):
    """The other end of the Runtime API is closed: the worker was retired, or the main process has ended."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What the Runtime API says of one invocation.

    Attributes:
        request_id: Its id.
        deadline_ms: When it ends, in milliseconds since the epoch.
        function_arn: The ARN by which it was invoked.
        trace_id: The X-Ray header, or nothing.
        client_context: JSON from the caller's SDK, or nothing.
        identity: JSON about the caller's Cognito identity, or nothing.
        tenant_id: The tenant of an isolated function, or nothing.
        event: The payload.
    """

    request_id: str
    deadline_ms: int
    function_arn: str
    trace_id: str | None
    client_context: str | None
    identity: str | None
    tenant_id: str | None
    event: bytes


class RuntimeClient:
    """Asks for invocations and posts what became of them.

    Args:
        connection: A connected, blocking socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._awaited = 0  # answers to requests sent ahead, other than to the request for the next invocation
        self._asked = False

    def next(self) -> Invocation:
        """Waits for an invocation.

        Raises:
            GoneError: There will be none.
        """
        if not self._asked:
            self._send(_NEXT)
        while self._awaited:
            self._answer()
            self._awaited -= 1
        headers, body = self._answer()
        self._asked = False
        return _invocation(headers, body)

    def respond(self, request_id: str, body: bytes) -> None:
        """Posts a handler's result and asks for the next invocation."""
        self._post(f"/invocation/{request_id}/response", body, "")

    def fail(self, request_id: str, body: bytes) -> None:
        """Posts a handler's failure and asks for the next invocation."""
        self._post(f"/invocation/{request_id}/error", body, "Lambda-Runtime-Function-Error-Type: Unhandled\r\n")

    def fail_to_start(self, body: bytes, error_type: str) -> None:
        """Posts that the handler could not be loaded, and waits until that is heard."""
        head = self._head("/init/error", body, f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n")
        self._send(head + body)
        self._answer()

    def _post(self, path: str, body: bytes, headers: str) -> None:
        self._awaited += 1
        self._asked = True
        self._send(b"".join((self._head(path, body, headers), body, _NEXT)))

    @staticmethod
    def _head(path: str, body: bytes, headers: str) -> bytes:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _RSS_UNIT
        return (
            f"POST {_ROOT}{path} HTTP/1.1\r\nHost: lambda\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nTerrarium-Max-Memory-Kilobytes: {peak}\r\n{headers}\r\n"
        ).encode()

    def _answer(self) -> tuple[dict[str, str], bytes]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        headers = _headers(bytes(self._buffer[:end]))
        start, size = end + 4, int(headers.get("content-length", "0"))
        while len(self._buffer) < start + size:
            self._more()
        body = bytes(self._buffer[start : start + size])
        del self._buffer[: start + size]
        return headers, body

    def _more(self) -> None:
        try:
            data = self._connection.recv(1 << 18)
        except OSError as error:
            raise GoneError from error
        if not data:
            raise GoneError
        self._buffer += data

    def _send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise GoneError from error


def _headers(head: bytes) -> dict[str, str]:
    _, *lines = head.decode("latin-1").split("\r\n")
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _invocation(headers: dict[str, str], body: bytes) -> Invocation:
    return Invocation(
        request_id=headers["lambda-runtime-aws-request-id"],
        deadline_ms=int(headers["lambda-runtime-deadline-ms"]),
        function_arn=headers["lambda-runtime-invoked-function-arn"],
        trace_id=headers.get("lambda-runtime-trace-id"),
        client_context=headers.get("lambda-runtime-client-context"),
        identity=headers.get("lambda-runtime-cognito-identity"),
        tenant_id=headers.get("lambda-runtime-aws-tenant-id"),
        event=body,
    )
