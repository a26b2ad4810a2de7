"""What makes a test a statement about AWS: one sentence, and the page that says so.

It knows no target: a statement is true or false of whatever it runs against.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def source(url: str) -> Callable[[Test], Test]:
    """Names where AWS documents the behaviour, or, where AWS is silent, where it was observed.

    Args:
        url: The page's address.
    """

    def mark(test: Test) -> Test:
        setattr(test, "source", url)  # noqa: B010  # mypy knows no attributes of functions
        return test

    return mark


def untrue_here(reason: str) -> Callable[[Test], Test]:
    """Admits that Terrarium itself fails the statement; where it comes to hold, the suite says so and fails.

    Args:
        reason: Why, as docs/fidelity.md shows it.
    """

    def mark(test: Test) -> Test:
        setattr(test, "untrue_here", reason)  # noqa: B010
        return test

    return mark
