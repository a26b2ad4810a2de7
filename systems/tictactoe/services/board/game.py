"""The rules of noughts and crosses, as values. It knows neither players nor time."""

from __future__ import annotations

from dataclasses import dataclass, replace

MARKERS = ("X", "O")
LINES = (
    *((row, row + 1, row + 2) for row in (0, 3, 6)),
    *((column, column + 3, column + 6) for column in (0, 1, 2)),
    (0, 4, 8),
    (2, 4, 6),
)


class MoveRefusedError(Exception):
    """A move against the rules: `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Game:
    """A position: nine cells from the upper left to the lower right, each X, O or None. X begins."""

    cells: tuple[str | None, ...] = (None,) * 9

    @property
    def turn(self) -> str:
        """Whose move it is, or would be."""
        return MARKERS[sum(cell is not None for cell in self.cells) % 2]

    @property
    def line(self) -> tuple[int, int, int] | None:
        """The three cells that won."""
        for line in LINES:
            first, second, third = (self.cells[place] for place in line)
            if first is not None and first == second == third:
                return line
        return None

    @property
    def winner(self) -> str | None:
        """The marker that has three in a line."""
        return self.cells[self.line[0]] if self.line else None

    @property
    def over(self) -> bool:
        """Whether nobody can move any more."""
        return self.line is not None or None not in self.cells

    def play(self, marker: str, cell: int) -> Game:
        """The position after a move; MoveRefusedError says which rule forbids it."""
        if self.over:
            raise MoveRefusedError("over", "This game is over")
        if marker != self.turn:
            raise MoveRefusedError("turn", "It is not your turn")
        if not 0 <= cell < len(self.cells):
            raise MoveRefusedError("cell", "There is no such cell")
        if self.cells[cell] is not None:
            raise MoveRefusedError("taken", "That cell is taken")
        return replace(self, cells=(*self.cells[:cell], marker, *self.cells[cell + 1 :]))
