"""Everybody who has the board open: what they say, what they are told, and the one loop that keeps the match going."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from board.game import MoveRefusedError
from board.limits import Allowance
from board.match import Match, Seat
from board.results import sign

LOG = logging.getLogger("board")
GLANCE = 1.0  # seconds between two looks at the seats while somebody is here
SHORTEST_GLANCE = 0.1  # seconds, however often browsers ask for a look
INSIST = 3.0  # seconds until a result that nobody delivered is given to onlookers too
HELPERS = 5  # onlookers that are asked to deliver it
BACKLOG = 64  # messages a browser may be behind before it is let go


class SeatsTable(Protocol):
    """What the room asks of the players' table. The calls block."""

    def seats(self) -> dict[str, Seat | None]: ...
    def vouches(self, connection_id: str, session_id: str) -> bool: ...


class Visitor:
    """A browser at the board: who it proved to be, and what it is still to be told.

    Args:
        clock: seconds that only grow.
        cut: ends the connection at once.
    """

    def __init__(self, clock: Callable[[], float], cut: Callable[[], None]) -> None:
        self.player: str | None = None
        self.words = Allowance(rate=8, burst=24, clock=clock)
        self.claims = Allowance(rate=0.5, burst=5, clock=clock)  # each costs a read of the table
        self._cut = cut
        self._messages: deque[str] = deque()
        self._state: str | None = None  # only the latest matters to a browser that is behind
        self._news = asyncio.Event()

    def tell(self, message: str) -> None:
        """Queue a message; a browser that is too far behind is let go."""
        if len(self._messages) >= BACKLOG:
            self._cut()
            return
        self._messages.append(message)
        self._news.set()

    def show(self, state: str) -> None:
        """Let the browser see the state as it is now, as soon as it can."""
        self._state = state
        self._news.set()

    async def next(self) -> str:
        """What to send next; waits until there is something."""
        while True:
            if self._messages:
                return self._messages.popleft()
            if self._state is not None:
                state, self._state = self._state, None
                return state
            self._news.clear()
            await self._news.wait()


class Room:
    """The match and its visitors.

    Args:
        match: the rules and the state.
        table: the players' table.
        key: with which results are signed.
        clock: seconds that only grow.
    """

    def __init__(self, match: Match, table: SeatsTable, key: bytes, clock: Callable[[], float]) -> None:
        self._match, self._table, self._key, self._clock = match, table, key, clock
        self._visitors: set[Visitor] = set()
        self._sent: dict[str, float] = {}  # when each pending result was last handed out, by seating
        self._look = asyncio.Event()
        self._trouble = False  # whether the seats cannot be read
        self._recount = False  # whether people came or went since the state was shown

    def __len__(self) -> int:
        return len(self._visitors)

    def enter(self, cut: Callable[[], None]) -> Visitor:
        """Let a browser in. It sees the board at once, and the others soon see that one more is watching."""
        visitor = Visitor(self._clock, cut)
        self._visitors.add(visitor)
        visitor.show(self._state())
        self._count_changed()
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """A browser closed."""
        self._visitors.discard(visitor)
        self._count_changed()

    async def hear(self, visitor: Visitor, message: Mapping[str, Any]) -> None:
        """Act on a message: hello, move or look; anything else is refused."""
        match message:
            case {"type": "hello", "connectionId": str(player), "sessionId": str(session)}:
                await self._recognise(visitor, player, session)
            case {"type": "move", "game": str(game), "cell": int(cell)} if not isinstance(cell, bool):
                self._move(visitor, game, cell)
            case {"type": "look"}:
                self._look.set()
            case _:
                refuse(visitor, "message", "The board understands hello, move and look")

    async def run(self) -> None:
        """Watch seats and clock for as long as the service lives. Idle while nobody is here."""
        while True:
            await self._look.wait()
            while self._visitors:
                self._look.clear()
                await self._glance()
                await asyncio.sleep(SHORTEST_GLANCE)
                await self._pause()
            self._look.clear()

    def show(self) -> None:
        """Tell everybody the state of the board."""
        self._recount = False
        state = self._state()
        for visitor in self._visitors:
            visitor.show(state)

    def _state(self) -> str:
        facts = {"watching": len(self._visitors), "trouble": self._trouble}
        return json.dumps({"type": "state", **self._match.state(), **facts})

    def _count_changed(self) -> None:
        """Have the loop show it, so that a rush of people is told once and not each time."""
        self._recount = True
        self._look.set()

    async def _recognise(self, visitor: Visitor, player: str, session: str) -> None:
        if not visitor.claims.spend():
            refuse(visitor, "hello", "Too many hellos: wait a moment")
            return
        try:
            known = await asyncio.to_thread(self._table.vouches, player, session)
        except (BotoCoreError, ClientError) as error:
            LOG.warning("A ticket cannot be checked: %s", error)
            refuse(visitor, "trouble", "The board cannot reach the queue's table: try again in a moment")
            return
        visitor.player = player if known else None
        if known:
            self._look.set()
            visitor.tell(json.dumps({"type": "welcome", "connectionId": player}))
        else:
            refuse(visitor, "ticket", "The queue does not know this ticket")

    def _move(self, visitor: Visitor, game: str, cell: int) -> None:
        try:
            self._match.move(visitor.player, game, cell)
        except MoveRefusedError as refusal:
            refuse(visitor, refusal.code, str(refusal))
        self.show()
        self._hand_out_results()

    async def _glance(self) -> None:
        """Look at the seats and at the clock once."""
        trouble = self._trouble
        try:
            seats = await asyncio.to_thread(self._table.seats)
        except (BotoCoreError, ClientError) as error:
            LOG.warning("The seats cannot be read: %s", error)
            changed, self._trouble = False, True
        else:
            changed, self._trouble = self._match.take(seats), False
        if self._match.tick() or changed or self._recount or trouble != self._trouble:
            self.show()
        self._hand_out_results()

    async def _pause(self) -> None:
        """Wait for the next look: the usual while, a browser's nudge, or the end of somebody's time."""
        left = self._match.seconds_left
        try:
            async with asyncio.timeout(GLANCE if left is None else min(GLANCE, left)):
                await self._look.wait()
        except TimeoutError:
            return

    def _hand_out_results(self) -> None:
        """Give each pending result to its players, and to a few onlookers if the players do not deliver it."""
        pending = self._match.pending
        self._sent = {seating: at for seating, at in self._sent.items() if seating in pending}
        for seating, verdict in pending.items():
            if seating in self._sent and self._clock() - self._sent[seating] < INSIST:
                continue
            players = [visitor for visitor in self._visitors if visitor.player in (verdict.leaves, verdict.stays)]
            onlookers = (
                [visitor for visitor in self._visitors if visitor not in players] if seating in self._sent else []
            )
            self._sent[seating] = self._clock()
            message = json.dumps({"type": "result", **sign(self._key, verdict.facts())})
            for visitor in [*players, *onlookers[:HELPERS]]:
                visitor.tell(message)


def refuse(visitor: Visitor, code: str, message: str) -> None:
    """Tell a browser why its message had no effect."""
    visitor.tell(json.dumps({"type": "refused", "code": code, "message": message}))
