"""What expressions and directives share: the source that is read, the variables that are known, the errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

# A variable may be any JSON value, or an object with functions such as ``$util``.
Scope = dict[str, Any]
Evaluate = Callable[[Scope], Any]
"""A compiled expression."""

IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SPACES: Final = re.compile(r"\s*")


class VelocityError(Exception):
    """A template cannot be read, or cannot be evaluated."""


class Source:
    """A template's text and how far it has been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def ended(self) -> bool:
        """Whether all of it was read."""
        return self.at >= len(self.text)

    def sees(self, text: str) -> bool:
        """Whether this comes next."""
        return self.text.startswith(text, self.at)

    def takes(self, *texts: str) -> str | None:
        """Reads on if one of these comes next: which one."""
        for text in texts:
            if self.sees(text):
                self.at += len(text)
                return text
        return None

    def matches(self, pattern: re.Pattern[str]) -> str | None:
        """Reads on if the pattern comes next: what it found."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def skip(self) -> None:
        """Reads over white space."""
        self.matches(_SPACES)

    def expect(self, text: str) -> None:
        """Reads what has to come next.

        Raises:
            VelocityError: Something else does.
        """
        self.skip()
        if self.takes(text) is None:
            raise self.error(f"expected {text!r}")

    def name(self) -> str:
        """Reads a name.

        Raises:
            VelocityError: There is none.
        """
        name = self.matches(IDENTIFIER)
        if name is None:
            raise self.error("expected a name")
        return name

    def error(self, what: str) -> VelocityError:
        """An error at this place."""
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        return VelocityError(f"line {line}, column {column}: {what}")
