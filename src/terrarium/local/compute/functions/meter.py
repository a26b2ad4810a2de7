"""What functions tell whoever counts. Telling costs next to nothing: an invocation is told of once, when it is over."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Counts."""

    def invoked(self, function: str, duration_ms: float, failed: bool, running: int) -> None:
        """An invocation is over.

        Args:
            function: The function's name.
            duration_ms: How long it took, in milliseconds.
            failed: Whether the function failed.
            running: Invocations of the function that ran at the same time, itself among them.
        """
        ...

    def counted(self, metric: str, function: str, value: float = 1) -> None:
        """Something rarer happened, that CloudWatch has a metric for."""
        ...


class NoMeter:
    """Counts nothing."""

    def invoked(self, function: str, duration_ms: float, failed: bool, running: int) -> None:
        """Nothing is counted."""

    def counted(self, metric: str, function: str, value: float = 1) -> None:
        """Nothing is counted."""
