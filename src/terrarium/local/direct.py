"""Requests that are answered without the web server between: what the port and whoever answers say to one another.

Plain values, known to both, that know neither of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from multidict import CIMultiDict, CIMultiDictProxy

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


class Head(Struct):
    """All of a request but its body.

    Attributes:
        method: ``POST``.
        target: Path and query as they were sent, percent-encoding kept.
        host: The header ``Host``.
        lines: As it was sent, where the web server has not read it.
    """

    method: str
    target: str
    host: str
    lines: bytes = b""
    _headers: Headers | None = None

    @classmethod
    def read(cls, method: str, target: str, headers: Headers) -> Head:
        """The head of a request that the web server has read."""
        return cls(method, target, headers.get("Host", ""), _headers=headers)

    @property
    def headers(self) -> Headers:
        """By name, in whatever case; taken from the lines when they are first asked for."""
        if self._headers is None:
            fields = [line.partition(":") for line in self.lines.decode("ascii").split("\r\n")[1:]]
            self._headers = CIMultiDict([(name, value.strip(" \t")) for name, _, value in fields])
        return self._headers

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
