"""Target health, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.edge.load_balancer import health
from terrarium.local.edge.load_balancer.health import BROKEN, TIMED_OUT, Failure, TargetHealth, after_check, mismatch
from terrarium.local.edge.load_balancer.settings import HealthCheck

CHECK = HealthCheck(healthy_threshold=3, unhealthy_threshold=2)
UNHEALTHY = TargetHealth("unhealthy", "Target.Timeout", "Request timed out")
OK = None


def run(start: TargetHealth, *results: Failure | None) -> list[str]:
    states: list[str] = []
    for result in results:
        start = after_check(start, result, CHECK)
        states.append(start.state)
    return states


@pytest.mark.parametrize(
    ("start", "results", "states"),
    [
        (health.INITIAL, (OK,), ["healthy"]),  # one pass is enough for a new target
        (health.INITIAL, (BROKEN, BROKEN), ["initial", "unhealthy"]),
        (health.INITIAL, (BROKEN, OK), ["initial", "healthy"]),
        (health.HEALTHY, (BROKEN, OK, BROKEN, BROKEN), ["healthy", "healthy", "healthy", "unhealthy"]),
        (UNHEALTHY, (OK, OK, OK), ["unhealthy", "unhealthy", "healthy"]),
        (UNHEALTHY, (OK, OK, BROKEN, OK, OK), ["unhealthy"] * 5),  # in a row
        (health.DRAINING, (OK, BROKEN, BROKEN), ["draining"] * 3),
        (health.NOT_IN_USE, (OK,), ["unused"]),
    ],
)
def test_states_follow_the_thresholds(
    start: TargetHealth, results: tuple[Failure | None, ...], states: list[str]
) -> None:
    assert run(start, *results) == states


@pytest.mark.parametrize(
    ("failure", "reason", "description"),
    [
        (mismatch(404), "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"),
        (TIMED_OUT, "Target.Timeout", "Request timed out"),
        (BROKEN, "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_an_unhealthy_target_gives_the_latest_reason(failure: Failure, reason: str, description: str) -> None:
    said = health.describe(after_check(UNHEALTHY, failure, CHECK))
    assert said == {"State": "unhealthy", "Reason": reason, "Description": description}


def test_a_healthy_target_gives_no_reason() -> None:
    assert health.describe(after_check(health.INITIAL, OK, CHECK)) == {"State": "healthy"}


@pytest.mark.parametrize(
    ("matcher", "good", "bad"),
    [
        ("200", [200], [201, 404]),
        ("200,202", [200, 202], [201]),
        ("200-299", [200, 250, 299], [199, 300]),
        ("200-201,301", [201, 301], [202]),
    ],
)
def test_matchers_list_codes_and_ranges(matcher: str, good: list[int], bad: list[int]) -> None:
    assert all(health.matches(matcher, status) for status in good)
    assert not any(health.matches(matcher, status) for status in bad)


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30))
def test_a_target_is_down_exactly_when_its_last_failures_outran_its_threshold(results: list[bool]) -> None:
    state, passes, failures = "initial", 0, 0
    current = health.INITIAL
    for good in results:
        passes, failures = (passes + 1, 0) if good else (0, failures + 1)
        if state == "initial" and good:
            state = "healthy"
        elif state != "unhealthy" and failures >= 2:
            state, passes = "unhealthy", 0
        elif state == "unhealthy" and passes >= 3:
            state = "healthy"
        current = after_check(current, None if good else BROKEN, CHECK)
        assert current.state == state
