"""A program's life, https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.compute.programs.lifecycle import TABLE, Effect, Happening, Lifecycle, State
from terrarium.local.compute.programs.settings import RestartPolicy

HAPPENINGS: tuple[Happening, ...] = ("start", "restart", "stop", "exited", "delay over")


def walk(life: Lifecycle, *happenings: Happening, now: float = 0) -> list[tuple[State, Effect]]:
    steps: list[tuple[State, Effect]] = []
    for happening in happenings:
        effect = life.on(happening, now)
        steps.append((life.state, effect))
    return steps


def test_a_program_that_exits_is_started_again_after_the_delay() -> None:
    assert walk(Lifecycle(RestartPolicy()), "start", "exited", "delay over") == [
        ("running", "spawn"),
        ("auto-restart", "wait"),
        ("running", "spawn"),
    ]


def test_a_program_that_is_stopped_stays_so() -> None:
    assert walk(Lifecycle(RestartPolicy()), "start", "stop", "exited", "delay over") == [
        ("running", "spawn"),
        ("stopping", "terminate"),
        ("inactive", "nothing"),
        ("inactive", "nothing"),
    ]


def test_a_restart_ends_the_program_and_starts_it_without_delay() -> None:
    steps = walk(Lifecycle(RestartPolicy()), "start", "restart", "exited")
    assert steps[1:] == [("restarting", "terminate"), ("running", "spawn")]


def test_a_stop_during_a_restart_or_a_delay_wins() -> None:
    assert walk(Lifecycle(RestartPolicy()), "start", "restart", "stop", "exited")[-1] == ("inactive", "nothing")
    assert walk(Lifecycle(RestartPolicy()), "start", "exited", "stop", "delay over")[-1] == ("inactive", "nothing")


def test_the_sixth_start_within_ten_seconds_is_refused() -> None:
    life = Lifecycle(RestartPolicy())
    walk(life, "start", *(["exited", "delay over"] * 4), now=5)  # type: ignore[arg-type]  # a list of literals
    assert life.state == "running"
    assert walk(life, "exited", "delay over", now=10) == [("auto-restart", "wait"), ("failed", "nothing")]


def test_starts_further_apart_than_the_interval_go_on_for_ever() -> None:
    life = Lifecycle(RestartPolicy())
    walk(life, "start")
    for second in range(0, 1000, 3):
        walk(life, "exited", "delay over", now=second)
    assert life.state == "running"


def test_an_interval_of_zero_lifts_the_limit() -> None:
    life = Lifecycle(RestartPolicy(limit_interval=0))
    assert walk(life, "start", *(["exited", "delay over"] * 50))[-1] == ("running", "spawn")  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", ["start", "restart"])
def test_a_failed_program_is_started_when_somebody_asks(asked: Happening) -> None:
    life = Lifecycle(RestartPolicy(limit_burst=1))
    walk(life, "start", "exited", "delay over")
    assert life.state == "failed"
    assert walk(life, asked) == [("running", "spawn")]


@settings(deadline=None)
@given(st.lists(st.sampled_from(HAPPENINGS)))
def test_no_more_than_one_process_lives_and_none_outlives_a_stop(happenings: list[Happening]) -> None:
    life, alive = Lifecycle(RestartPolicy()), 0
    for happening in [*happenings, *HAPPENINGS[2:4]]:
        if happening == "exited":
            if not alive:
                continue
            alive = 0
        if life.on(happening, 0) == "spawn":
            alive += 1
        assert alive <= 1
        assert (alive == 1) == (life.state in ("running", "restarting", "stopping"))
    assert not alive


def test_the_table_leads_only_to_states_that_it_knows() -> None:
    known = {state for state, _ in TABLE}
    assert {state for state, _ in TABLE.values()} <= known
