"""Requests that are answered without the web server between: what the port and whoever answers say to one another.

Plain values, known to both, that know neither of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from multidict import CIMultiDict, CIMultiDictProxy


class Head(Struct, frozen=True):
    """All of a request but its body.

    Attributes:
        method: ``POST``.
        target: Path and query as they were sent, percent-encoding kept.
        headers: By name, in whatever case.
    """

    method: str
    target: str
    headers: CIMultiDict[str] | CIMultiDictProxy[str]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Reply(Struct, frozen=True):
    """An answer ready to be sent; its length and date are added by whoever sends it."""

    status: int
    body: bytes
    headers: Mapping[str, str]


#: Takes a request's body and where the answer goes, which is called exactly once: at once or later, from the event
#: loop. Whatever it raises is a bug.
Answerer = Callable[[bytes, Callable[[Reply], None]], None]
#: Who answers the request with that head; None leaves it to the web server.
Direct = Callable[[Head], Answerer | None]
