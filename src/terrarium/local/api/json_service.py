"""Services of the JSON protocols whose operations someone else carries out: a body in, a result out.

It decodes and encodes, and knows no operation.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

import msgspec
from aiohttp import web

from terrarium.local.api.call import AwsCall, respond
from terrarium.local.api.protocols import json_reply
from terrarium.local.aws_error import AwsError


class JsonApi(Protocol):
    """An engine that takes an operation and its JSON body."""

    # Bodies are JSON objects whose members each operation defines.
    async def call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]: ...


class JsonService:
    """One signing name whose every operation goes to one engine.

    Args:
        engine: Carries out the operations; refuses those it does not know.
    """

    def __init__(self, engine: JsonApi) -> None:
        self._engine = engine

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        result = await self._engine.call(call.operation, read_json(await call.body()))
        return respond(json_reply(call.wire, result, call.request_id))


def read_json(body: bytes) -> dict[str, Any]:
    """A JSON body.

    Raises:
        AwsError: ``SerializationException`` where it is no JSON object.
    """
    try:
        value = _decode(body)
    except (msgspec.MsgspecError, RecursionError):
        value = _leniently(body)
    if not isinstance(value, dict):
        raise AwsError("SerializationException", "Start of structure or map found where not expected")
    return value


_decode = msgspec.json.Decoder().decode


def _leniently(body: bytes) -> Any:  # JSON of any kind
    """Reads what the fast decoder does not: half surrogate pairs, which are refused by name, and an empty body."""
    try:
        return json.loads(body.decode() or "{}")
    except (ValueError, RecursionError) as fault:
        raise AwsError("SerializationException", "The request body is not valid JSON") from fault
