"""How an invocation went, and the lines with which its log ends."""

from __future__ import annotations

import json
from typing import NamedTuple

from terrarium.local.compute.functions import failures, report
from terrarium.local.compute.functions.failures import PlatformError
from terrarium.local.compute.functions.lifecycle import Happening
from terrarium.local.compute.functions.report import Usage
from terrarium.local.compute.functions.runtime_call import Call


class Outcome(NamedTuple):
    """How an invocation went.

    Attributes:
        payload: The result, or the error's shape.
        error_type: None where the handler returned.
        platform: The error, where it is the environment's and not the handler's.
        in_report: Whether REPORT names the error, as it does unless the handler itself raised it.
    """

    payload: bytes
    error_type: str | None = None
    platform: PlatformError | None = None
    in_report: bool = False


def of_platform(error: PlatformError) -> Outcome:
    """An error of the environment as an outcome."""
    return Outcome(error.payload(), error.error_type, error, in_report=True)


def of_call(call: Call) -> Outcome:
    """What a worker's runtime posted, as an outcome."""
    if call.too_large:
        return of_platform(failures.response_too_large())
    if call.happening is Happening.RESPONSE:
        return Outcome(call.body)
    return Outcome(call.body, _error_type(call), in_report=call.happening is Happening.INIT_ERROR)


def last_lines(request_id: str, when: float, outcome: Outcome, usage: Usage) -> list[str]:
    """The lines after the handler's own.

    Args:
        request_id: The invocation's id.
        when: Seconds since the epoch.
        outcome: How it went.
        usage: What it used.
    """
    error = outcome.platform
    status = report.status_of(outcome.error_type) if outcome.error_type and outcome.in_report else ""
    lines = [report.end(request_id), report.report(request_id, usage, status)]
    if error is None:
        return lines
    if error.error_type == "Sandbox.Timedout":
        return [f"{report.iso(when)} {request_id} Task timed out after {usage.duration:.2f} seconds", *lines]
    return [f"{error.message}\n{error.error_type}", *lines]


def _error_type(call: Call) -> str:
    """The exception's name, which is in the body; a runtime need not send one that is JSON."""
    try:
        shape = json.loads(call.body)
    except (ValueError, RecursionError):
        shape = None
    named = shape.get("errorType") if isinstance(shape, dict) else None
    return named if isinstance(named, str) else call.error_type or "Unhandled"
