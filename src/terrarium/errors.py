"""What a user did, or what surrounds them, that stops the work: said in one message, without a traceback.

Anything that is not a `UserError` is a bug in Terrarium and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Origin(Struct, frozen=True):
    """The place in the user's files that something comes from.

    Attributes:
        file: Path as the user would type it.
        line: Line number, from 1.
        construct: What the user called there, for example ``aws.Table "players"``; empty where that says nothing.
    """

    file: str
    line: int
    construct: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class UserError(Exception):
    """A mistake or a circumstance that the user can mend.

    Args:
        what: What is wrong, as one sentence without a full stop.
        where: The place in their file, if there is one.
        hint: What to do about it.
        exit_code: What a command that ends with this error returns to the shell.
    """

    def __init__(self, what: str, *, where: Origin | None = None, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.what}{advice}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or nothing where none is near."""
    import difflib  # it takes its time, and few words are misspelt

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
