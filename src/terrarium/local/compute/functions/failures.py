"""What an invoker receives when the environment failed, rather than the handler.

The shapes are those of AWS's own emulator, https://github.com/aws/aws-lambda-runtime-interface-emulator.
It does not watch memory; ``Runtime.OutOfMemory`` is what AWS itself reports.
"""

from __future__ import annotations

import json

from msgspec import Struct

# 6 MB and what API Gateway's envelope needs; AWS's own message names this number.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_RESPONSE = 6_291_556


class PlatformError(Struct, frozen=True):
    """An error of the environment.

    Attributes:
        error_type: For example ``Runtime.ExitError``.
        message: What happened, in AWS's words.
    """

    error_type: str
    message: str

    def payload(self) -> bytes:
        """What the invoker receives."""
        return json.dumps({"errorType": self.error_type, "errorMessage": self.message}, separators=(",", ":")).encode()


def timed_out(request_id: str, seconds: float) -> PlatformError:
    """The handler ran for longer than the function's timeout."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return PlatformError("Sandbox.Timedout", message)


def exited(request_id: str, status: int | None) -> PlatformError:
    """The worker's process ended while it should have worked.

    Args:
        request_id: The invocation that it ran.
        status: Exit status, or a signal's number below zero; None where nobody could tell.
    """
    return PlatformError("Runtime.ExitError", f"RequestId: {request_id} Error: {_how_it_ended(status)}")


def out_of_memory(request_id: str) -> PlatformError:
    """The worker used more than the function's memory and was killed."""
    return PlatformError("Runtime.OutOfMemory", f"RequestId: {request_id} Error: {_how_it_ended(-9)}")


def response_too_large() -> PlatformError:
    """The handler's result is longer than an invocation may return."""
    return PlatformError(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes).",
    )


# How Go, in which the platform is written, names the signals.
_SIGNALS = {
    1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap", 6: "aborted",
    7: "bus error", 8: "floating point exception", 9: "killed", 10: "user defined signal 1",
    11: "segmentation fault", 12: "user defined signal 2", 13: "broken pipe", 14: "alarm clock", 15: "terminated",
}  # fmt: skip


def _how_it_ended(status: int | None) -> str:
    if status == 0:
        return "Runtime exited without providing a reason"
    if status is None or status < 0:
        number = -status if status else 9
        return f"Runtime exited with error: signal: {_SIGNALS.get(number, f'signal {number}')}"
    return f"Runtime exited with error: exit status {status}"
