"""The lines that the platform itself writes around a handler's output.

See https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-output and, for INIT_REPORT,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import NamedTuple


class Usage(NamedTuple):
    """What an invocation used.

    Attributes:
        duration: Seconds, without Init.
        memory_size: Megabytes it may use.
        memory_used: Megabytes at its peak.
        init: Seconds of Init, in the first invocation of an environment.
    """

    duration: float
    memory_size: int
    memory_used: int
    init: float | None = None

    @property
    def billed(self) -> int:
        """Milliseconds on the bill: rounded up, Init included since August 2025.

        See https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/.
        """
        return max(1, math.ceil(round((self.duration + (self.init or 0.0)) * 1000, 2)))


def start(request_id: str, version: str) -> str:
    """The line before a handler's output."""
    return f"START RequestId: {request_id} Version: {version}"


def end(request_id: str) -> str:
    """The line after it."""
    return f"END RequestId: {request_id}"


def report(request_id: str, usage: Usage, status: str = "") -> str:
    """The line that tells what an invocation used.

    Args:
        request_id: The invocation's id.
        usage: What it used.
        status: Empty where the handler answered; else ``timeout``, or ``error`` and the error's type.
    """
    init = "" if usage.init is None else f"Init Duration: {usage.init * 1000:.2f} ms\t"
    return (
        f"REPORT RequestId: {request_id}\tDuration: {usage.duration * 1000:.2f} ms\t"
        f"Billed Duration: {usage.billed} ms\tMemory Size: {usage.memory_size} MB\t"
        f"Max Memory Used: {usage.memory_used} MB\t{init}{status}"
    )


def init_report(seconds: float, phase: str, status: str) -> str:
    """The line about an Init that failed.

    Args:
        seconds: How long it took.
        phase: ``init``, or ``invoke`` where it was the second attempt, inside an invocation.
        status: As for `report`.
    """
    return f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms\tPhase: {phase}\t{status}"


def status_of(error_type: str) -> str:
    """How a report names an error."""
    return "Status: timeout" if error_type == "Sandbox.Timedout" else f"Status: error\tError Type: {error_type}"


def iso(seconds: float) -> str:
    """A time as these lines write it, in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
