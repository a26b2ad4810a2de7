"""Ids of invocations and of traces: random as ever, but the kernel is asked for a few pages at a time."""

from __future__ import annotations

import os

_BYTES = 4096


class Digits:
    """Random hexadecimal digits."""

    def __init__(self) -> None:
        self._digits = ""
        self._taken = 0

    def take(self, count: int) -> str:
        """So many that nobody has had yet.

        Args:
            count: At most twice `_BYTES`.
        """
        start, self._taken = self._taken, self._taken + count
        if self._taken > len(self._digits):
            self._digits, start, self._taken = os.urandom(_BYTES).hex(), 0, count
        return self._digits[start : self._taken]


_DIGITS = Digits()
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_request_id() -> str:
    """A random UUID (RFC 9562, version 4)."""
    digits = _DIGITS.take(32)
    variant = _VARIANTS[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_trace_id(now: float) -> str:
    """A trace that nobody samples.

    See https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader.

    Args:
        now: Seconds since the epoch.
    """
    digits = _DIGITS.take(40)
    return f"Root=1-{int(now):08x}-{digits[:24]};Parent={digits[24:]};Sampled=0"
