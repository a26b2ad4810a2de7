"""Game after game: who may move, the clock, who leaves."""

from __future__ import annotations

import itertools

import pytest
from board.game import MoveRefusedError
from board.match import INTERMISSION, MOVE_TIME, Match, Seat
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

X_WINS = (("ann", 0), ("bob", 3), ("ann", 1), ("bob", 4), ("ann", 2))
DRAW = tuple(zip(itertools.cycle(("ann", "bob")), (0, 1, 2, 4, 3, 5, 7, 6, 8), strict=False))


class Table:
    """A match with its time in the test's hands."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.sat_down = itertools.count()
        ids = itertools.count(1)
        self.match = Match(clock=lambda: self.time, now=lambda: "2030", new_id=lambda: f"game-{next(ids)}")
        self.seats: dict[str, Seat | None] = {"X": None, "O": None}

    def sit(self, **players: str | None) -> None:
        """Seat players by marker."""
        for marker, player in players.items():
            number = next(self.sat_down)
            self.seats[marker] = None
            if player:
                self.seats[marker] = Seat(player, player.title(), f"seating-{number}", f"2030-{number:04}")
        self.match.take(dict(self.seats))

    def play(self, *moves: tuple[str, int]) -> None:
        for player, cell in moves:
            self.match.move(player, self.match.state()["game"], cell)


@pytest.fixture
def table() -> Table:
    table = Table()
    table.sit(X="ann", O="bob")
    return table


def refused(table: Table, player: str | None, cell: int, game: str | None = None) -> str:
    with pytest.raises(MoveRefusedError) as refusal:
        table.match.move(player, game or table.match.state()["game"] or "", cell)
    return refusal.value.code


def test_a_board_waits_for_two() -> None:
    table = Table()
    assert table.match.phase == "empty"
    table.sit(X="ann")
    assert table.match.phase == "waiting"
    assert refused(table, "ann", 0) == "seat"
    table.sit(O="bob")
    assert table.match.phase == "playing"


def test_only_the_seated_move_and_only_in_turn(table: Table) -> None:
    assert refused(table, "cat", 0) == "seat"
    assert refused(table, None, 0) == "seat"
    assert refused(table, "bob", 0) == "turn"
    assert refused(table, "ann", 0, game="game-0") == "game"
    table.play(("ann", 4))
    assert refused(table, "ann", 0) == "turn"
    assert refused(table, "bob", 4) == "taken"


def test_the_loser_leaves_and_the_winner_stays(table: Table) -> None:
    table.play(*X_WINS)
    verdict = table.match.pending["seating-1"]
    assert (verdict.outcome, verdict.winner, verdict.loser, verdict.leaves) == ("win", "ann", "bob", "bob")
    assert table.match.state()["line"] == (0, 1, 2)
    assert table.match.state()["seats"]["X"]["wins"] == 1


def test_after_a_draw_the_one_who_sat_longer_leaves(table: Table) -> None:
    table.play(*DRAW)
    verdict = table.match.pending["seating-0"]
    assert (verdict.outcome, verdict.winner, verdict.leaves, verdict.stays) == ("draw", None, "ann", "bob")


def test_sixty_seconds_without_a_move_forfeit(table: Table) -> None:
    table.time += MOVE_TIME - 0.1
    assert not table.match.tick()
    table.play(("ann", 0))
    table.time += MOVE_TIME
    assert refused(table, "bob", 1) == "over"
    verdict = table.match.pending["seating-1"]
    assert (verdict.outcome, verdict.winner, verdict.leaves) == ("forfeit", "ann", "bob")


def test_each_move_gives_the_opponent_the_whole_time(table: Table) -> None:
    table.time += 59
    table.play(("ann", 0))
    assert table.match.seconds_left == MOVE_TIME


def test_the_end_is_shown_for_a_moment_then_the_next_game_begins(table: Table) -> None:
    table.play(*X_WINS)
    table.sit(O="cat")
    assert table.match.phase == "over"
    assert table.match.state()["verdict"]["names"] == {"ann": "Ann", "bob": "Bob"}
    table.time += INTERMISSION
    assert table.match.tick()
    assert table.match.phase == "playing"
    assert table.match.state()["cells"] == [None] * 9
    assert table.match.state()["seats"]["X"]["wins"] == 1


def test_an_ended_seating_plays_no_further_game(table: Table) -> None:
    table.play(*X_WINS)
    table.sit(X="cat")  # the winner closed the tab, and nobody told the queue of the result yet
    table.time += 100
    assert not table.match.tick()
    assert refused(table, "bob", 0) == "seat"
    assert list(table.match.pending) == ["seating-1"]
    table.sit(O="dan")
    assert table.match.phase == "playing"


def test_the_same_two_play_again_once_the_loser_sits_anew(table: Table) -> None:
    table.play(*X_WINS)
    table.time += INTERMISSION
    assert not table.match.tick()
    table.sit(O="bob")
    assert table.match.state()["game"] == "game-2"


def test_whoever_leaves_in_the_middle_ends_the_game_without_a_verdict(table: Table) -> None:
    table.play(("ann", 0))
    table.sit(O=None)
    assert table.match.phase == "waiting"
    assert table.match.pending == {}
    assert table.match.state()["cells"] == [None] * 9


def test_a_new_name_does_not_disturb_the_game(table: Table) -> None:
    table.play(("ann", 0))
    assert table.match.take({**table.seats, "X": Seat("ann", "Annie", "seating-0", "2030-0000")})
    assert table.match.state()["seats"]["X"]["username"] == "Annie"
    assert table.match.state()["cells"][0] == "X"


def test_nobody_can_say_what_a_seating_is_from_the_state(table: Table) -> None:
    assert "seating" not in str(table.match.state())


class AnyMatch(RuleBasedStateMachine):
    """Whatever people do, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.ended: set[str] = set()

    @rule(marker=st.sampled_from("XO"), player=st.sampled_from(["ann", "bob", "cat", None]))
    def seats_change(self, marker: str, player: str | None) -> None:
        self.table.sit(**{marker: player})

    @rule(player=st.sampled_from(["ann", "bob", "cat"]), cell=st.integers(-1, 9))
    def somebody_moves(self, player: str, cell: int) -> None:
        before = self.table.match.state()
        try:
            self.table.match.move(player, before["game"] or "", cell)
        except MoveRefusedError:
            return
        holder = before["seats"][before["turn"]]
        assert holder["connectionId"] == player

    @rule(seconds=st.sampled_from([0.5, INTERMISSION, MOVE_TIME]))
    def time_passes(self, seconds: float) -> None:
        self.table.time += seconds
        self.table.match.tick()

    @invariant()
    def a_verdict_ends_a_seating_that_is_there_and_ends_it_once(self) -> None:
        here = {seat.seating for seat in self.table.seats.values() if seat}
        assert set(self.table.match.pending) <= here

    @invariant()
    def a_game_is_played_by_both_who_sit(self) -> None:
        if self.table.match.phase == "playing":
            assert all(self.table.seats.values())
            assert not self.table.match.pending


TestAnyMatch = AnyMatch.TestCase
