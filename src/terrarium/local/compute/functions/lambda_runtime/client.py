"""The worker's end of its socket: asks for invocations and tells what became of them, in the frames of `wire`.

What is said is what the Lambda Runtime API says (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
"""

from __future__ import annotations

import resource
import select
import socket
import sys
import time
from typing import NamedTuple

from terrarium.local.compute.functions.lambda_runtime.wire import HEAD, Kind, frame

_RSS_UNIT = 1024 if sys.platform == "darwin" else 1  # macOS counts bytes, Linux kilobytes
_RECEIVE = 65536  # more would be taken from the kernel, zeroed and given back each time
_MEASURE_EVERY = 0.002  # seconds; asking for the peak costs more than all else that is sent with a result
# Seconds for which a worker that has just answered looks for its next invocation before it sleeps: where one comes at
# once, waking up would take longer than all else that is done for it.
_LOOK_OUT = 0.0002


class GoneError(Exception):
    """The other end is closed: the worker was retired, or the main process has ended."""


class Invocation(NamedTuple):
    """What is said of one invocation.

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
        self._came = select.poll()
        self._came.register(connection, select.POLLIN)
        self._asked = False
        self._peak = 0
        self._measured = float("-inf")

    def next(self) -> Invocation:
        """Waits for an invocation.

        Raises:
            GoneError: There will be none.
        """
        if self._asked:
            self._look_out()
        else:
            self._send(frame(Kind.NEXT))
        self._asked = False
        data = self._received(HEAD.size, b"")
        _, _, length, size = HEAD.unpack_from(data)
        start = HEAD.size + length
        data = self._received(start + size, data)
        facts = data[HEAD.size : start].decode().split("\n")
        request_id, deadline_ms, arn, trace_id, context, identity, tenant = facts
        return Invocation(
            request_id, int(deadline_ms), arn, trace_id or None, context or None, identity or None, tenant or None,
            data[start : start + size],
        )  # fmt: skip

    def respond(self, request_id: str, body: bytes) -> None:
        """Posts a handler's result and asks for the next invocation."""
        self._asked = True
        self._send(frame(Kind.RESPONSE, request_id, body, self._held()))

    def fail(self, request_id: str, body: bytes) -> None:
        """Posts a handler's failure and asks for the next invocation."""
        self._asked = True
        self._send(frame(Kind.ERROR, request_id, body, self._held()))

    def fail_to_start(self, body: bytes, error_type: str) -> None:
        """Posts that the handler could not be loaded, and waits until the other end has heard it and hangs up."""
        self._send(frame(Kind.INIT_ERROR, error_type, body, self._held()))
        try:
            self._received(1, b"")
        except GoneError:
            return

    def _held(self) -> int:
        """Kilobytes that this process has held at its peak, as of a moment ago."""
        now = time.monotonic()
        if now - self._measured >= _MEASURE_EVERY:
            self._measured = now
            self._peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _RSS_UNIT
        return self._peak

    def _look_out(self) -> None:
        until = time.monotonic() + _LOOK_OUT
        while not self._came.poll(0) and time.monotonic() < until:
            pass

    def _received(self, size: int, data: bytes) -> bytes:
        """What has come, `data` first, once it is that long. Nothing comes after a frame until it is answered."""
        if len(data) >= size:
            return data
        pieces, missing = [data], size - len(data)
        while missing > 0:
            try:
                piece = self._connection.recv(_RECEIVE)
            except OSError as error:
                raise GoneError from error
            if not piece:
                raise GoneError
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise GoneError from error
