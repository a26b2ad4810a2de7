"""DynamoDB and DynamoDB Streams on the wire: JSON in, the table engine's answer out.

The hottest path of the endpoint: it decodes once, encodes once, and knows nothing of what operations mean.
"""

from __future__ import annotations

from aiohttp import web

from terrarium.local.api.call import AwsCall, respond
from terrarium.local.api.json_service import JsonApi, read_json
from terrarium.local.api.protocols import json_reply

_STREAMS_TARGET = "DynamoDBStreams_20120810."


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
