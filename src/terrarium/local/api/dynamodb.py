"""DynamoDB and DynamoDB Streams on the wire: JSON in, the table engine's answer out.

The hottest path of the endpoint: it decodes once, encodes once, and knows nothing of what operations mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from terrarium.local.api.call import Answered, AwsCall, respond
from terrarium.local.api.json_service import read_json
from terrarium.local.api.protocols import json_reply, json_text_reply
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply

_STREAMS = "DynamoDBStreams_20120810"
_APIS = frozenset({"DynamoDB_20120810", _STREAMS})


class Engine(Protocol):
    """Carries operations out, and says when what it did may be told."""

    # Bodies are JSON objects whose members each operation defines.
    def run(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Carries an operation out; the result, or AwsError, may be told once it is settled."""
        ...

    def when_settled(self, tell: Callable[[AwsError | None], None]) -> None:
        """Tells once all that was done so far is on disk, or why it could not be; at once where it is already."""
        ...


class Recalling(Engine, Protocol):
    """An engine that knows a call again.

    Attributes:
        recalls: The operations whose calls it may know again.
    """

    @property
    def recalls(self) -> frozenset[str]: ...

    def recalled(self, operation: str, text: bytes) -> bytes | None:
        """The JSON that a call would be answered with, where it came before and nothing has changed since."""
        ...

    def remember(self, operation: str, text: bytes, answer: bytes) -> None:
        """Keeps what the call that was just run is answered with, both as JSON."""
        ...


class DynamoDb:
    """The ``dynamodb`` signing name, which both APIs share.

    Args:
        tables: Carries out the operations on tables and items.
        streams: Carries out those on streams.
    """

    def __init__(self, tables: Recalling, streams: Engine) -> None:
        self._tables = tables
        self._recalls = tables.recalls
        self._streams = streams

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        body = await call.body()
        told: asyncio.Future[Reply | AwsError] = asyncio.get_running_loop().create_future()

        def tell(result: Reply | AwsError) -> None:
            if not told.done():  # by the client's leaving
                told.set_result(result)

        self.begin(call, body, tell)
        result = await told
        if isinstance(result, AwsError):
            raise result
        return respond(result)

    def answers_directly(self, call: AwsCall) -> bool:
        """All calls as the SDKs make them."""
        return call.head.target == "/" and call.api in _APIS

    def begin(self, call: AwsCall, body: bytes, answered: Answered) -> None:
        engine = self._streams if call.api == _STREAMS else self._tables
        result: Reply | AwsError
        try:
            if engine is self._tables and call.operation in self._recalls:
                result = self._read(call, body)
            else:
                result = json_reply(call.wire, engine.run(call.operation, read_json(body)), call.request_id)
        except AwsError as error:
            # Refusals too are drawn from what other calls of this turn have written.
            result = error
        engine.when_settled(lambda failure: answered(failure or result))

    def _read(self, call: AwsCall, body: bytes) -> Reply:
        known = self._tables.recalled(call.operation, body)
        if known is not None:
            return json_text_reply(call.wire, known, call.request_id)
        reply = json_reply(call.wire, self._tables.run(call.operation, read_json(body)), call.request_id)
        self._tables.remember(call.operation, body, reply.body)
        return reply
