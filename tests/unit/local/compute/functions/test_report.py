from __future__ import annotations

import json

import pytest

from terrarium.local.compute.functions import failures, report
from terrarium.local.compute.functions.report import Usage


def test_a_report_line_is_lambdas() -> None:
    usage = Usage(duration=0.00123, memory_size=128, memory_used=36, init=0.13345)
    assert report.report("id", usage) == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 135 ms\tMemory Size: 128 MB"
        "\tMax Memory Used: 36 MB\tInit Duration: 133.45 ms\t"
    )


@pytest.mark.parametrize(
    ("error_type", "status"),
    [("Sandbox.Timedout", "Status: timeout"), ("Runtime.ExitError", "Status: error\tError Type: Runtime.ExitError")],
)
def test_a_report_names_what_went_wrong(error_type: str, status: str) -> None:
    assert report.report("id", Usage(3, 128, 36), report.status_of(error_type)).endswith(f"36 MB\t{status}")


@pytest.mark.parametrize(("seconds", "billed"), [(0.0, 1), (0.0004, 1), (0.001, 1), (0.00101, 2), (3.0, 3000)])
def test_time_is_billed_by_the_begun_millisecond(seconds: float, billed: int) -> None:
    assert Usage(seconds, 128, 36).billed == billed


def test_times_are_utc_with_milliseconds() -> None:
    assert report.iso(1_700_000_000.5) == "2023-11-14T22:13:20.500Z"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "Runtime exited without providing a reason"),
        (2, "Runtime exited with error: exit status 2"),
        (-9, "Runtime exited with error: signal: killed"),
        (None, "Runtime exited with error: signal: killed"),
        (-60, "Runtime exited with error: signal: signal 60"),
    ],
)
def test_how_a_process_ended(status: int | None, words: str) -> None:
    assert json.loads(failures.exited("id", status).payload()) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: id Error: {words}",
    }
