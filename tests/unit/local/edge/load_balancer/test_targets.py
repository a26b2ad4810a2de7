"""Who gets the next request."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terrarium.local.edge.load_balancer.health import BROKEN
from terrarium.local.edge.load_balancer.settings import HealthCheck, Target, TargetGroup
from terrarium.local.edge.load_balancer.targets import Group

A, B, C = Target("i-a", 80), Target("i-b", 80), Target("i-c", 80)
SETTINGS = TargetGroup("arn:tg", "tg", (A, B, C), HealthCheck(unhealthy_threshold=2))


def group(settings: TargetGroup = SETTINGS, *, healthy: tuple[Target, ...] = (), in_use: bool = True) -> Group:
    made = Group(settings, in_use=in_use, draw=lambda: 0.7)
    for target in healthy:
        made.checked(target, None)
    return made


def fail(made: Group, *targets: Target) -> None:
    for target in targets:
        made.checked(target, BROKEN)
        made.checked(target, BROKEN)


def test_healthy_targets_take_turns() -> None:
    made = group(healthy=(A, B, C))
    assert [made.pick() for _ in range(4)] == [A, B, C, A]


def test_only_healthy_targets_are_asked_while_there_is_one() -> None:
    made = group(healthy=(B,))
    fail(made, A)
    assert {made.pick() for _ in range(4)} == {B}


def test_every_target_is_asked_when_none_is_healthy() -> None:
    made = group()
    fail(made, A, B)
    assert {made.pick() for _ in range(6)} == {A, B, C}


def test_fewer_healthy_targets_than_the_minimum_open_the_group() -> None:
    assert group(replace(SETTINGS, minimum_healthy_count=2), healthy=(A,)).routable() == [A, B, C]
    assert group(replace(SETTINGS, minimum_healthy_percentage=50), healthy=(A,)).routable() == [A, B, C]
    assert group(replace(SETTINGS, minimum_healthy_percentage=33), healthy=(A,)).routable() == [A]


def test_least_outstanding_requests_asks_the_idlest() -> None:
    made = group(replace(SETTINGS, algorithm="least_outstanding_requests"), healthy=(A, B, C))
    made.began(A)
    made.began(C)
    assert {made.pick() for _ in range(3)} == {B}
    made.began(B)
    made.began(B)
    made.ended(C)
    assert made.pick() == C


def test_weighted_random_asks_whom_chance_names() -> None:
    assert group(replace(SETTINGS, algorithm="weighted_random"), healthy=(A, B, C)).pick() == C


def test_an_empty_group_has_nobody_to_ask() -> None:
    assert group(replace(SETTINGS, targets=())).pick() is None


def test_a_group_that_no_listener_uses_is_unused() -> None:
    made = group(in_use=False)
    made.checked(A, None)
    assert {one["TargetHealth"]["Reason"] for one in made.describe()} == {"Target.NotInUse"}
    assert made.pick() is None
    made.update(SETTINGS, in_use=True)
    assert made.health_of(A).reason == "Elb.InitialHealthChecking"


def test_a_target_taken_away_drains_and_is_forgotten_afterwards() -> None:
    made = group(healthy=(A, B, C))
    leaving = made.update(replace(SETTINGS, targets=(A, C)), in_use=True)
    assert list(leaving) == [B]
    assert {made.pick() for _ in range(4)} == {A, C}
    assert made.describe()[1]["TargetHealth"] == {
        "State": "draining",
        "Reason": "Target.DeregistrationInProgress",
        "Description": "Target deregistration is in progress",
    }
    assert made.forget(B, leaving[B])
    assert made.health_of(B).reason == "Target.NotRegistered"


def test_a_target_registered_again_while_it_drains_starts_anew_and_stays() -> None:
    made = group(healthy=(A, B, C))
    leaving = made.update(replace(SETTINGS, targets=(A, C)), in_use=True)
    assert made.update(SETTINGS, in_use=True) == {}
    assert made.health_of(B).state == "initial"
    assert not made.forget(B, leaving[B])
    made.checked(B, None)
    assert B in made.routable()


def test_a_stopped_target_is_not_asked_and_begins_anew_once_started() -> None:
    made = group(healthy=(A, B, C))
    made.stopped(A)
    assert made.health_of(A).reason == "Target.InvalidState"
    assert A not in made.routable()
    assert made.stopped_targets() == [A]
    before, after = made.checked(A, None)
    assert (before.state, after.state) == ("unused", "healthy")


@pytest.mark.parametrize(("port", "said"), [(None, "80"), (9000, "9000")])
def test_a_description_names_the_port_that_is_checked(port: int | None, said: str) -> None:
    made = group(replace(SETTINGS, health_check=HealthCheck(port=port)))
    assert made.describe()[0]["HealthCheckPort"] == said
