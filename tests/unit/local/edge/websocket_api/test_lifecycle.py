from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrarium.local.edge.websocket_api.lifecycle import ENDS, TRANSITIONS, Happening, Lifecycle, State, left

ENDINGS = [happening for (state, happening), after in TRANSITIONS.items() if after is State.ENDED]


def open_one() -> Lifecycle:
    lifecycle = Lifecycle()
    lifecycle.accept()
    return lifecycle


@pytest.mark.parametrize(
    ("happening", "code", "told"),
    [
        (Happening.IDLE, 1001, True),
        (Happening.EXPIRED, 1001, True),
        (Happening.SHUT_DOWN, 1001, True),
        (Happening.DELETED, 1000, True),
        (Happening.BINARY, 1003, True),
        (Happening.TOO_BIG, 1009, True),
        (Happening.BROKEN_PROTOCOL, 1002, True),
        (Happening.BROKEN_TEXT, 1007, True),
        (Happening.LOST, 1006, False),
    ],
)
def test_each_ending_has_its_code(happening: Happening, code: int, told: bool) -> None:
    end = open_one().end(happening)
    assert end is not None
    assert (end.code, end.tell) == (code, told)


def test_every_ending_but_the_clients_own_is_in_the_table() -> None:
    assert set(ENDINGS) == {*ENDS, Happening.LEFT}


@given(st.lists(st.sampled_from(list(Happening)), max_size=12))
def test_whatever_happens_a_connection_ends_at_most_once(happenings: list[Happening]) -> None:
    lifecycle = open_one()
    ends = [lifecycle.end(happening, left(1000, "")) for happening in happenings]
    assert sum(end is not None for end in ends) == (1 if set(happenings) & set(ENDINGS) else 0)


@given(st.sampled_from(ENDINGS))
def test_what_never_opened_never_ends(happening: Happening) -> None:
    pending, refused = Lifecycle(), Lifecycle()
    refused.refuse()
    assert pending.end(happening) is None
    assert refused.end(happening) is None
    assert refused.state is State.REFUSED
