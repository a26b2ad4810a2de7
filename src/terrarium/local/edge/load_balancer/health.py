"""The health of one target as a table of states. Pure: the clock stays outside, checks arrive as results.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from terrarium.local.edge.load_balancer.settings import HealthCheck

State = Literal["initial", "healthy", "unhealthy", "unused", "draining", "unavailable"]


class TargetHealth(Struct, frozen=True):
    """What ``DescribeTargetHealth`` says of a target, and the checks in a row that led there."""

    state: State
    reason: str = ""
    description: str = ""
    passes: int = 0
    failures: int = 0


class Failure(Struct, frozen=True):
    """Why a check failed, in AWS's words; a check that passed is None."""

    reason: str
    description: str


INITIAL = TargetHealth("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = TargetHealth("healthy")
DRAINING = TargetHealth("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_IN_USE = TargetHealth(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
NOT_REGISTERED = TargetHealth("unused", "Target.NotRegistered", "Target is not registered to the target group")
UNCHECKED = TargetHealth("unavailable", "Target.HealthCheckDisabled", "Health checks are disabled for the target group")
STOPPED = TargetHealth("unused", "Target.InvalidState", "Target is in the stopped state")

TIMED_OUT = Failure("Target.Timeout", "Request timed out")
BROKEN = Failure("Target.FailedHealthChecks", "Health checks failed")


def mismatch(status: int) -> Failure:
    """The failure of an answer with the wrong code."""
    return Failure("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def matches(matcher: str, status: int) -> bool:
    """Whether a code is one of ``200``, ``200,202`` or ``200-299``."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def _one(_: HealthCheck) -> int:
    return 1


def _never(_: HealthCheck) -> None:
    return None


def _healthy_threshold(check: HealthCheck) -> int:
    return check.healthy_threshold


def _unhealthy_threshold(check: HealthCheck) -> int:
    return check.unhealthy_threshold


# From each state: how many passes in a row make it healthy, how many failures in a row make it unhealthy.
# A new target needs only one pass, a fallen one the whole threshold. States not listed take no notice of checks.
THRESHOLDS = {
    "initial": (_one, _unhealthy_threshold),
    "healthy": (_never, _unhealthy_threshold),
    "unhealthy": (_healthy_threshold, _never),
}


def after_check(health: TargetHealth, failure: Failure | None, check: HealthCheck) -> TargetHealth:
    """The health after one more check.

    Args:
        health: As it stood.
        failure: What went wrong, or None.
        check: The thresholds.
    """
    if health.state not in THRESHOLDS:
        return health
    rises, falls = (threshold(check) for threshold in THRESHOLDS[health.state])
    if failure is None:
        health = replace(health, passes=health.passes + 1, failures=0)
        return HEALTHY if rises is not None and health.passes >= rises else health
    health = replace(health, failures=health.failures + 1, passes=0)
    if health.state == "unhealthy" or (falls is not None and health.failures >= falls):
        return replace(health, state="unhealthy", reason=failure.reason, description=failure.description)
    return health


def describe(health: TargetHealth) -> dict[str, str]:
    """The health as ``DescribeTargetHealth`` writes it: nothing but the state where all is well."""
    words = {"State": health.state, "Reason": health.reason, "Description": health.description}
    return {name: word for name, word in words.items() if word}
