"""A connection's life as a table: what may happen to it, and what follows.

Everything about transitions is here. It knows no sockets, no functions and no time; that ``$disconnect`` runs exactly
once follows from `Lifecycle.end` giving an `End` exactly once.
"""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct


class State(enum.Enum):
    """Where a connection stands."""

    CONNECTING = enum.auto()
    """The upgrade request is pending: ``$connect`` runs, and callbacks find nothing yet."""
    OPEN = enum.auto()
    REFUSED = enum.auto()
    """The handshake failed; there never was a connection, so nothing disconnects."""
    ENDED = enum.auto()


class Happening(enum.Enum):
    """What befalls a connection."""

    ACCEPTED = enum.auto()
    REFUSED = enum.auto()
    LEFT = enum.auto()
    """The client sent a close frame."""
    LOST = enum.auto()
    """The client vanished without one."""
    DELETED = enum.auto()
    """A backend called DELETE on ``@connections``."""
    IDLE = enum.auto()
    EXPIRED = enum.auto()
    """It reached the longest time a connection may last."""
    BINARY = enum.auto()
    TOO_BIG = enum.auto()
    BROKEN_PROTOCOL = enum.auto()
    BROKEN_TEXT = enum.auto()
    """A text message that is not UTF-8."""
    SHUT_DOWN = enum.auto()
    """The API itself goes away."""


class End(Struct, frozen=True):
    """How a connection ended.

    Attributes:
        code: ``disconnectStatusCode``, and the close code that the client is sent.
        reason: ``disconnectReason``.
        tell: Whether the client is sent a close frame; it is not where it left or vanished.
    """

    code: int
    reason: str
    tell: bool = True


TRANSITIONS: Final = {
    (State.CONNECTING, Happening.ACCEPTED): State.OPEN,
    (State.CONNECTING, Happening.REFUSED): State.REFUSED,
    (State.OPEN, Happening.LEFT): State.ENDED,
    (State.OPEN, Happening.LOST): State.ENDED,
    (State.OPEN, Happening.DELETED): State.ENDED,
    (State.OPEN, Happening.IDLE): State.ENDED,
    (State.OPEN, Happening.EXPIRED): State.ENDED,
    (State.OPEN, Happening.BINARY): State.ENDED,
    (State.OPEN, Happening.TOO_BIG): State.ENDED,
    (State.OPEN, Happening.BROKEN_PROTOCOL): State.ENDED,
    (State.OPEN, Happening.BROKEN_TEXT): State.ENDED,
    (State.OPEN, Happening.SHUT_DOWN): State.ENDED,
}
"""What is not listed changes nothing: a connection that has ended cannot end again."""

NO_CODE: Final = 1005
ABNORMAL: Final = 1006

ENDS: Final = {
    # What wscat and $disconnect events show once ten minutes have passed: 1001, "Going away".
    Happening.IDLE: End(1001, "Going away"),
    Happening.EXPIRED: End(1001, "Going away"),
    Happening.SHUT_DOWN: End(1001, "Going away"),
    # "the connection is always closed with status code 1000": https://github.com/boto/boto3/issues/3789
    Happening.DELETED: End(1000, "Connection Closed Normally"),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
    Happening.BINARY: End(1003, ""),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    Happening.TOO_BIG: End(1009, ""),
    # RFC 6455, 7.4.1, where AWS says nothing.
    Happening.BROKEN_PROTOCOL: End(1002, ""),
    Happening.BROKEN_TEXT: End(1007, ""),
    Happening.LOST: End(ABNORMAL, "Connection closed abnormally", tell=False),
}

BY_CLOSE_CODE: Final = {
    1002: Happening.BROKEN_PROTOCOL,
    1007: Happening.BROKEN_TEXT,
    1009: Happening.TOO_BIG,
}
"""What a client did, by the code with which the WebSocket reader gave it up."""


def left(code: int, reason: str) -> End:
    """How it ended where the client closed it with this code (0 for none) and reason.

    Without a code the event says 1005 and names the circumstance
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html).
    """
    if not code:
        return End(NO_CODE, "Client-side close frame status not set", tell=False)
    return End(code, reason or ("Connection Closed Normally" if code == 1000 else ""), tell=False)


class Lifecycle:
    """One connection's way through the table."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = State.CONNECTING

    @property
    def open(self) -> bool:
        """Whether messages pass in both directions."""
        return self.state is State.OPEN

    def accept(self) -> None:
        """``$connect`` let it in."""
        self._move(Happening.ACCEPTED)

    def refuse(self) -> None:
        """``$connect``, an authorizer or a throttle did not."""
        self._move(Happening.REFUSED)

    def end(self, happening: Happening, end: End | None = None) -> End | None:
        """How it ends, the first time something ends it; None ever after, and before it was open.

        Args:
            happening: What ends it.
            end: The particulars of a client's own close (`left`).
        """
        return (end or ENDS[happening]) if self._move(happening) else None

    def _move(self, happening: Happening) -> bool:
        state = TRANSITIONS.get((self.state, happening))
        if state is None:
            return False
        self.state = state
        return True
