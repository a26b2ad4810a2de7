"""What reads were answered with, for when they come again word for word and nothing has changed since.

Handlers ask the same again and again: a chat looks for everybody who is connected at each message. Such a call is
neither parsed nor carried out again. What it takes of the table is told as if it were.
"""

from __future__ import annotations

from msgspec import Struct

from terrarium.local.data.tables.engine import Engine, Taken

OPERATIONS = frozenset({"GetItem", "Query", "Scan"})
MOST_ANSWERS = 512
MOST_BYTES = 16 * 1024  # of a call and its answer, so that all of them together stay below 8 MB


class _Answer(Struct, frozen=True):
    body: bytes
    taken: Taken
    version: tuple[int, int]


class Answers:
    """The last answers of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[str, bytes], _Answer] = {}
        engine.database.after_rollback.append(self._known.clear)  # some may have told of what was undone

    def find(self, operation: str, text: bytes) -> bytes | None:
        """The answer to a call, where it would be the same as before; nothing where it may be another."""
        known = self._known.get((operation, text))
        if known is None:
            return None
        if known.version != self._engine.version(known.taken.table):
            del self._known[operation, text]
            return None
        self._engine.tell([known.taken])
        return known.body

    def keep(self, operation: str, text: bytes, body: bytes, taken: list[Taken]) -> None:
        """Keeps the answer to a call.

        Args:
            operation: Its operation; one that does more than read is not kept.
            text: Its body as it came.
            body: What it was answered with.
            taken: What it has taken of tables.
        """
        if operation not in OPERATIONS or len(taken) != 1 or len(text) + len(body) > MOST_BYTES:
            return
        table = taken[0].table
        if table.limited:  # the same call may be refused the next time
            return
        if len(self._known) >= MOST_ANSWERS:
            del self._known[next(iter(self._known))]
        self._known[operation, text] = _Answer(body, taken[0], self._engine.version(table))
