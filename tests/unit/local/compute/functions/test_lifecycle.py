from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.compute.functions.lifecycle import TRANSITIONS, Happening, IllegalTransitionError, State, after


def test_a_worker_starts_serves_and_is_retired() -> None:
    state = State.STARTING
    for happening in (Happening.NEXT, Happening.DISPATCH, Happening.RESPONSE, Happening.NEXT, Happening.DISPATCH):
        state = after(state, happening)
    assert state is State.BUSY
    assert after(after(state, Happening.ERROR), Happening.NEXT) is State.IDLE


@pytest.mark.parametrize("state", State)
def test_a_worker_may_end_at_any_time(state: State) -> None:
    assert after(state, Happening.END) is State.ENDED


@pytest.mark.parametrize(
    ("state", "happening"),
    [
        (State.IDLE, Happening.RESPONSE),
        (State.ANSWERED, Happening.RESPONSE),
        (State.BUSY, Happening.NEXT),
        (State.BUSY, Happening.DISPATCH),
        (State.IDLE, Happening.INIT_ERROR),
        (State.STARTING, Happening.DISPATCH),
        (State.FAILED, Happening.NEXT),
        (State.ENDED, Happening.NEXT),
    ],
)
def test_what_may_not_happen(state: State, happening: Happening) -> None:
    with pytest.raises(IllegalTransitionError, match=f"{happening.value} while {state.value}"):
        after(state, happening)


@given(st.lists(st.sampled_from(Happening)))
def test_each_dispatch_is_answered_at_most_once(happenings: list[Happening]) -> None:
    state, open_invocations = State.STARTING, 0
    for happening in happenings:
        try:
            state = after(state, happening)
        except IllegalTransitionError:
            continue
        open_invocations += (happening is Happening.DISPATCH) - (happening in {Happening.RESPONSE, Happening.ERROR})
        if state is State.ENDED:
            open_invocations = 0
        assert open_invocations == (state is State.BUSY)


def test_every_state_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) | {State.STARTING} == set(State)
