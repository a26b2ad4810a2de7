"""DynamoDB and DynamoDB Streams on the wire: JSON in, the table engine's answer out.

The hottest path of the endpoint: it decodes once, encodes once, and knows nothing of what operations mean.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from aiohttp import web

from terrarium.local.api.call import AwsCall, respond
from terrarium.local.api.protocols import json_reply
from terrarium.local.aws_error import AwsError

_STREAMS_TARGET = "DynamoDBStreams_20120810."


class JsonApi(Protocol):
    """An engine that takes an operation and its JSON body."""

    # Bodies are JSON objects whose members each operation defines.
    async def call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]: ...


class DynamoDb:
    """The ``dynamodb`` signing name, which both APIs share.

    Args:
        tables: Answers the operations on tables and items.
        streams: Answers those on streams.
    """

    def __init__(self, tables: JsonApi, streams: JsonApi) -> None:
        self._tables = tables
        self._streams = streams

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        engine = self._streams if self._is_streams(call) else self._tables
        result = await engine.call(call.operation, read_json(await call.body()))
        return respond(json_reply(call.wire, result, call.request_id))

    def _is_streams(self, call: AwsCall) -> bool:
        return call.request.headers.get("X-Amz-Target", "").startswith(_STREAMS_TARGET)


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON body.

    Raises:
        AwsError: ``SerializationException`` where it is no JSON object.
    """
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError) as fault:
        raise AwsError("SerializationException", "The request body is not valid JSON") from fault
    if not isinstance(value, dict):
        raise AwsError("SerializationException", "Start of structure or map found where not expected")
    return value
