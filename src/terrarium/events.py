"""What happened, as values: the laptop cloud writes them; the terminal, the front page and tests read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field


class Event(Struct, frozen=True):
    """One thing that happened to one resource.

    Attributes:
        time: Seconds since the epoch.
        resource: The resource's address in the graph, for example ``aws_lambda_function.joinQueue``.
        kind: A word of the resource's own life, for example ``started``, ``invoked``, ``failed``.
        detail: Further facts, plain values only.
    """

    time: float
    resource: str
    kind: str
    # Plain JSON values of any shape: each kind of event has its own facts.
    detail: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Events:
    """Hands each event to every listener, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with each event from now on; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def heard(self) -> bool:
        """Whether anybody listens; who publishes often need not make an event for nobody."""
        return bool(self._listeners)

    def publish(self, event: Event) -> None:
        """Tells every listener, now, in the caller's thread."""
        for listener in tuple(self._listeners):
            listener(event)
