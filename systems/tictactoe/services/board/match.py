"""Game after game between whoever sits: turns, the clock, who leaves. Pure: the seats, the time and the ids come in.

A verdict ends one seating. Until the queue has acted on it, that seating plays no further game, whoever joins it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from board.game import MARKERS, Game, MoveRefusedError

MOVE_TIME = 60.0  # seconds
INTERMISSION = 3.0  # seconds for which the end of a game is shown, even if the next pair sits already


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody at the board. `seating` is new whenever somebody sits down; `seated_at` sorts as text."""

    player: str
    username: str
    seating: str
    seated_at: str


Seats = Mapping[str, Seat | None]  # by marker


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a game ended, and whose seating it ends. All but `outcome` and `at` are ids; a draw has no winner."""

    game: str
    outcome: str  # win | draw | forfeit
    winner: str | None
    loser: str | None
    leaves: str
    stays: str
    marker: str
    seating: str
    at: str

    def facts(self) -> dict[str, str | None]:
        """The verdict in the words of the message that is signed."""
        return {
            "gameId": self.game,
            "outcome": self.outcome,
            "winner": self.winner,
            "loser": self.loser,
            "leaves": self.leaves,
            "stays": self.stays,
            "marker": self.marker,
            "seating": self.seating,
            "at": self.at,
        }


class Match:
    """The game at the board.

    Args:
        clock: seconds that only grow.
        now: the time of day, ISO 8601.
        new_id: a new id for each game.
    """

    def __init__(self, *, clock: Callable[[], float], now: Callable[[], str], new_id: Callable[[], str]) -> None:
        self._clock, self._now, self._new_id = clock, now, new_id
        self._seats: dict[str, Seat | None] = dict.fromkeys(MARKERS)
        self._wins: dict[str, int] = {}  # by seating
        self._until = 0.0  # when the mover forfeits, or the intermission is over
        self.pending: dict[str, Verdict] = {}  # by the seating that each one ends
        self._game = Game()
        self._id: str | None = None
        self._players: dict[str, Seat] = {}  # of the current game
        self._verdict: Verdict | None = None

    def take(self, seats: Seats) -> bool:
        """Take note of who sits; a new pair begins a new game. True if anything changed."""
        if dict(seats) == self._seats:
            return False
        self._seats = dict(seats)
        here = {seat.seating for seat in self._seats.values() if seat}
        self.pending = {seating: verdict for seating, verdict in self.pending.items() if seating in here}
        self._wins = {seating: wins for seating, wins in self._wins.items() if seating in here}
        self._continue()
        return True

    def move(self, player: str | None, game: str, cell: int) -> None:
        """Play a cell for a player, named by connectionId; MoveRefusedError says why not."""
        self.tick()
        marker = next((marker for marker, seat in self._players.items() if seat.player == player), None)
        if marker is None or not self._pair_stays:
            raise MoveRefusedError("seat", "You do not sit at the board")
        if game != self._id:
            raise MoveRefusedError("game", "That game is over")
        if self._verdict is not None:
            raise MoveRefusedError("over", "This game is over")
        self._game = self._game.play(marker, cell)
        self._until = self._clock() + MOVE_TIME
        if self._game.over:
            self._end("win" if self._game.winner else "draw", self._game.winner)

    def tick(self) -> bool:
        """Let time pass: a mover forfeits, or the next game begins. True if anything happened now."""
        if self.phase == "playing" and self._clock() >= self._until:
            self._end("forfeit", other(self._game.turn))
            return True
        return self._continue()

    @property
    def phase(self) -> str:
        """What the board waits for: empty | waiting | playing | over."""
        if self._verdict is not None:
            return "over"
        if self._id is not None:
            return "playing"
        return "waiting" if any(self._seats.values()) else "empty"

    @property
    def seconds_left(self) -> float | None:
        """Until the clock decides something by itself; None while it waits for people."""
        return None if self._id is None else max(0.0, self._until - self._clock())

    def state(self) -> dict[str, Any]:
        """What everybody may see of the board, as JSON."""
        playing = self.phase == "playing"
        return {
            "phase": self.phase,
            "game": self._id,
            "cells": list(self._game.cells),
            "turn": self._game.turn if playing else None,
            "line": self._game.line,
            "secondsLeft": round(self.seconds_left or 0.0, 1) if playing else None,
            "moveTime": MOVE_TIME,
            "seats": {marker: self._describe(seat) for marker, seat in self._seats.items()},
            "verdict": self._describe_verdict(),
        }

    def _describe(self, seat: Seat | None) -> dict[str, Any] | None:
        if seat is None:
            return None
        return {"connectionId": seat.player, "username": seat.username, "wins": self._wins.get(seat.seating, 0)}

    def _describe_verdict(self) -> dict[str, Any] | None:
        """The verdict with the names that the two had, as one of them may be gone already."""
        if self._verdict is None:
            return None
        names = {seat.player: seat.username for seat in self._players.values()}
        return {**self._verdict.facts(), "names": names}

    @property
    def _pair_stays(self) -> bool:
        """Whether those who sit are those who play."""
        return all(
            seat is not None and marker in self._players and seat.seating == self._players[marker].seating
            for marker, seat in self._seats.items()
        )

    def _clear(self) -> None:
        """An empty board."""
        self._game, self._id, self._players, self._verdict = Game(), None, {}, None

    def _continue(self) -> bool:
        """Begin the next game where the pair changed, once the last one was seen and the queue acted on it."""
        if self._pair_stays or self.pending:
            return False
        if self._verdict is not None and self._clock() < self._until:
            return False
        stale = self._id is not None
        self._clear()
        self._players = {marker: seat for marker, seat in self._seats.items() if seat}
        if len(self._players) < len(MARKERS):
            return stale
        self._id = self._new_id()
        self._until = self._clock() + MOVE_TIME
        return True

    def _end(self, outcome: str, winner: str | None) -> None:
        """End the game: the loser leaves, or after a draw the one who sat longer."""
        leaver = other(winner) if winner else min(MARKERS, key=lambda marker: self._players[marker].seated_at)
        seat, stayer = self._players[leaver], self._players[other(leaver)]
        self._verdict = self.pending[seat.seating] = Verdict(
            game=self._id or "",
            outcome=outcome,
            winner=stayer.player if winner else None,
            loser=seat.player if winner else None,
            leaves=seat.player,
            stays=stayer.player,
            marker=leaver,
            seating=seat.seating,
            at=self._now(),
        )
        self._until = self._clock() + INTERMISSION
        if winner:
            self._wins[stayer.seating] = self._wins.get(stayer.seating, 0) + 1


def other(marker: str) -> str:
    """The opponent's marker."""
    return "O" if marker == "X" else "X"
