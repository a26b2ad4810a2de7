"""Calls to tables on their way to the engine: open pages see which table is used, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from terrarium.events import Event
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.edge.front_page.live import Live

# Bodies of DynamoDB's API: JSON of many shapes.
Body = dict[str, Any]


class Engine(Protocol):
    """Whatever carries DynamoDB's operations out."""

    def run(self, operation: str, body: Body) -> Body: ...

    @property
    def recalls(self) -> frozenset[str]: ...

    def recalled(self, operation: str, text: bytes) -> bytes | None: ...

    def remember(self, operation: str, text: bytes, answer: bytes) -> None: ...

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None: ...


class TableCalls:
    """Answers as the engine does, and tells of it while anybody looks.

    Args:
        engine: Answers.
        live: Is told.
        address: A table's address in the architecture by its name; nothing where it has none.
        clock: Stamps what is told.
    """

    def __init__(self, engine: Engine, live: Live, address: Callable[[str], str | None], clock: Clock) -> None:
        self._engine = engine
        self._live = live
        self._address = address
        self._clock = clock
        self.when_settled = engine.when_settled
        self.remember = engine.remember
        self.recalls = engine.recalls

    def run(self, operation: str, body: Body) -> Body:
        """Answers one call.

        Raises:
            AwsError: As the engine refuses it.
        """
        result = self._engine.run(operation, body)
        if self._live.watched:
            for address in map(self._address, set(table_names(body))):
                if address is not None:
                    self._live.event(Event(self._clock.now(), address, operation))
        return result

    def recalled(self, operation: str, text: bytes) -> bytes | None:
        """Answers as the engine does; nothing while anybody looks, who is told of a call by what is in it."""
        return None if self._live.watched else self._engine.recalled(operation, text)


def table_names(body: Body) -> Iterator[str]:
    """The tables that a call names: one, those of a batch, or those of a transaction.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
    """
    if "TableName" in body:
        yield body["TableName"]
    yield from body.get("RequestItems", {})
    for actions in body.get("TransactItems", []):
        for action in actions.values():
            yield from table_names(action)
