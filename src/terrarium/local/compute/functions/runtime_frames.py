"""Frames of our own runtime, bytes to calls and back; how they look is said in `lambda_runtime/wire.py`. No sockets."""

from __future__ import annotations

from collections.abc import Sequence

from terrarium.local.compute.functions.lambda_runtime.wire import HEAD, LONGEST_TEXT, Kind, frame
from terrarium.local.compute.functions.lifecycle import Happening
from terrarium.local.compute.functions.runtime_call import NEXT, Call, Delivery, ProtocolError, Refusal

_TOO_LARGE = 413


class FrameDialect:
    """Reads and writes frames.

    Args:
        largest: Bytes of a body that are kept; a longer one is counted and dropped.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._needed = HEAD.size  # bytes before it is worth looking again
        self._missing = 0  # bytes of an oversized body still to be dropped

    def feed(self, data: bytes) -> Sequence[Call]:
        if not self._buffer:
            calls = self._whole(data)  # as nearly always
            if calls is not None:
                return calls
        self._buffer += data
        found: list[Call] = []
        while self._skip() and len(self._buffer) >= self._needed and (calls := self._take()) is not None:
            found += calls
        return found

    def accepted(self) -> bytes:
        """Nothing: a result asks for the next invocation too, and that is its answer."""
        return b""

    def refused(self, refusal: Refusal) -> bytes:
        """Our own runtime makes no call that cannot be, but for a long result: what does is another, and is cut off."""
        if refusal.status == _TOO_LARGE:
            return b""
        raise ProtocolError(refusal.message)

    def invocation(self, delivery: Delivery) -> bytes:
        request_id, deadline_ms, arn, trace_id, context, payload = delivery
        # The two that are empty would be a Cognito identity and a tenant.
        return frame(Kind.INVOCATION, f"{request_id}\n{deadline_ms}\n{arn}\n{trace_id}\n{context}\n\n", payload)

    def _whole(self, data: bytes) -> Sequence[Call] | None:
        """The calls of exactly one frame, where `data` is that."""
        if self._missing or len(data) < HEAD.size:
            return None
        kind, peak, length, size = HEAD.unpack_from(data)
        start = HEAD.size + length
        if len(data) != start + size or size > self._largest:
            return None
        return _calls(kind, data[HEAD.size : start], data[start:], peak)

    def _take(self) -> Sequence[Call] | None:
        """The calls of the frame that the buffer begins with; None while it is incomplete."""
        kind, peak, length, size = HEAD.unpack_from(self._buffer)
        if length > LONGEST_TEXT:
            raise ProtocolError("a text that is too long")
        start = HEAD.size + length
        too_large = size > self._largest
        end = start if too_large else start + size
        if len(self._buffer) < end:
            self._needed = end
            return None
        text, body = bytes(self._buffer[HEAD.size : start]), bytes(self._buffer[start:end])
        del self._buffer[:end]
        self._needed = HEAD.size
        self._missing = size if too_large else 0
        return _calls(kind, text, body, peak, too_large=too_large)

    def _skip(self) -> bool:
        """Drops what is left of an oversized body; says whether all of it is gone."""
        here = min(self._missing, len(self._buffer))
        del self._buffer[:here]
        self._missing -= here
        return self._missing == 0


def _calls(kind: int, text: bytes, body: bytes, peak: int, *, too_large: bool = False) -> Sequence[Call]:
    try:
        said = text.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("a text that is none") from error
    if kind == Kind.RESPONSE:
        return Call(Happening.RESPONSE, said, body, "", too_large, peak), NEXT
    if kind == Kind.ERROR:
        return Call(Happening.ERROR, said, body, "Unhandled", too_large, peak), NEXT
    if kind == Kind.INIT_ERROR:
        return (Call(Happening.INIT_ERROR, "", body, said, too_large, peak),)
    if kind == Kind.NEXT:
        return (NEXT,)
    raise ProtocolError(f"a frame of kind {kind}")
