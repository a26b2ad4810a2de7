"""What is said between a worker's runtime and the main process, whichever way it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from terrarium.local.compute.functions.lifecycle import Happening


class ProtocolError(Exception):
    """Bytes that nobody can read; the connection cannot go on."""


class Call(NamedTuple):
    """What a worker's runtime says.

    Attributes:
        happening: What it means for the worker's life.
        request_id: The invocation it speaks of, where it speaks of one.
        body: A result or an error.
        error_type: For an error, what kind of it.
        too_large: Whether a result was longer than may be returned.
        peak_kilobytes: The most memory that the process has held so far.
    """

    happening: Happening
    request_id: str = ""
    body: bytes = b""
    error_type: str = ""
    too_large: bool = False
    peak_kilobytes: int = 0


NEXT = Call(Happening.NEXT)


class Refusal(NamedTuple):
    """Why a call cannot be: an error of the Runtime API itself."""

    status: int
    error_type: str
    message: str


class Delivery(NamedTuple):
    """An invocation as a runtime receives it.

    Attributes:
        request_id: Its id.
        deadline_ms: When it times out, in milliseconds since the epoch.
        function_arn: The ARN by which it was invoked.
        trace_id: A trace that nobody samples.
        client_context: What the caller's SDK sent along, as JSON on one line; empty for nothing.
        payload: The event.
    """

    request_id: str
    deadline_ms: int
    function_arn: str
    trace_id: str
    client_context: str
    payload: bytes


class Dialect(Protocol):
    """One way of writing these things down."""

    def feed(self, data: bytes) -> Sequence[Call | Refusal]:
        """The calls that are complete once `data` has arrived, and refusals of what is none.

        Raises:
            ProtocolError: It can read no more.
        """
        ...

    def accepted(self) -> bytes:
        """The answer to a result or an error that was taken."""
        ...

    def refused(self, refusal: Refusal) -> bytes:
        """The answer to a call that cannot be."""
        ...

    def invocation(self, delivery: Delivery) -> bytes:
        """The answer to a request for an invocation."""
        ...
