from __future__ import annotations

import functools

from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.alarms import Alarms
from terrarium.local.compute.functions.start_gate import StartGate
from terrarium.testing.clock import ManualClock


async def test_an_alarm_rings_once_at_its_time() -> None:
    clock, rung = ManualClock(), []
    alarms = Alarms(clock)
    alarms.new(lambda: rung.append(clock.now())).set(5)
    start = clock.now()
    await clock.advance(20)
    await alarms.stop()
    assert rung == [start + 5]


async def test_an_alarm_can_be_moved_both_ways_and_taken_back() -> None:
    clock, rung = ManualClock(), []
    alarms = Alarms(clock)
    later, sooner, never = (alarms.new(lambda name=name: rung.append(name)) for name in ("later", "sooner", "never"))  # type: ignore[misc] # mypy cannot infer a lambda with a default
    for alarm in (later, sooner, never):
        alarm.set(10)
    later.set(30)
    sooner.set(1)
    never.clear()
    await clock.advance(1)
    assert rung == ["sooner"]
    await clock.advance(28)
    assert rung == ["sooner"]
    await clock.advance(1)
    await alarms.stop()
    assert rung == ["sooner", "later"]


async def test_an_alarm_may_set_itself_again_while_it_rings() -> None:
    clock, rung = ManualClock(), []
    alarms = Alarms(clock)

    def ring() -> None:
        rung.append(clock.now())
        alarm.set(2)

    alarm = alarms.new(ring)
    alarm.set(2)
    start = clock.now()
    for _ in range(6):
        await clock.advance(1)
    await alarms.stop()
    assert rung == [start + 2, start + 4, start + 6]


def note(notes: list[object], what: object) -> bool:
    """A start that is noted and takes place."""
    notes.append(what)
    return True


def test_only_a_few_workers_start_at_once() -> None:
    started: list[object] = []
    gate = StartGate(at_once=2, most=10, evict=lambda: False)
    for number in range(4):
        gate.request(functools.partial(note, started, number))
    assert started == [0, 1]
    gate.started()
    assert started == [0, 1, 2]


def test_a_start_that_is_not_needed_any_more_takes_no_place() -> None:
    started: list[object] = []
    gate = StartGate(at_once=1, most=1, evict=lambda: False)
    gate.request(lambda: False)
    gate.request(lambda: note(started, "needed"))
    assert started == ["needed"]


def test_when_there_are_too_many_an_idle_worker_makes_room() -> None:
    started: list[object] = []

    def evict() -> bool:
        gate.ended()
        return True

    gate = StartGate(at_once=5, most=1, evict=evict)
    gate.request(lambda: True)
    gate.started()
    gate.request(lambda: note(started, "second"))
    assert started == ["second"]


@given(st.lists(st.sampled_from(["request", "started", "ended"]), max_size=60))
def test_there_are_never_more_than_allowed(steps: list[str]) -> None:
    starting = running = 0

    def start() -> bool:
        nonlocal starting, running
        starting, running = starting + 1, running + 1
        return True

    gate = StartGate(at_once=2, most=4, evict=lambda: False)
    for step in steps:
        if step == "request":
            gate.request(start)
        elif step == "started" and starting:
            starting -= 1
            gate.started()
        elif step == "ended" and running > starting:
            running -= 1
            gate.ended()
        assert starting <= 2
        assert running <= 4
