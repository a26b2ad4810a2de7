"""CloudWatch on the wire: metrics are ours, in whichever of its three protocols; alarms and dashboards are not.

SDKs of today speak RPC v2 CBOR, others JSON, older ones the query protocol; the operations are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

from terrarium.local.api import cbor
from terrarium.local.api.call import AwsCall, Service, respond
from terrarium.local.api.json_service import read_json
from terrarium.local.api.protocols import Wire, json_reply
from terrarium.local.api.query import query_reply, read_query
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
#: A request is at most 1 MB: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_BODY_LIMIT = 1024 * 1024


class MetricsEngine(Protocol):
    """What carries out the operations on metrics."""

    def knows(self, operation: str) -> bool: ...

    # Bodies have the members that each operation defines.
    async def call(self, operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]: ...


class Metrics:
    """The ``monitoring`` signing name.

    Args:
        engine: Carries out the operations on metrics.
        rest: Answers all others.
    """

    def __init__(self, engine: MetricsEngine, rest: Service) -> None:
        self._engine = engine
        self._rest = rest

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        params = _read(call.wire, await call.body(_BODY_LIMIT))
        operation = call.operation or str(params.get("Action", ""))
        if not self._engine.knows(operation):
            return await self._rest.answer(call)
        return respond(_write(call, operation, await self._engine.call(operation, params)))


def _read(wire: Wire, body: bytes) -> dict[str, Any]:
    if wire is Wire.QUERY:
        return read_query(body)
    if wire is not Wire.CBOR:
        return read_json(body)
    value = cbor.decode(body) if body else {}
    if not isinstance(value, dict):
        raise AwsError("SerializationException", "The request body must be a map")
    return value


def _write(call: AwsCall, operation: str, result: Mapping[str, Any]) -> Reply:
    if call.wire is Wire.QUERY:
        return query_reply(operation, _NAMESPACE, result, call.request_id)
    if call.wire is not Wire.CBOR:
        return json_reply(call.wire, result, call.request_id)
    headers = {
        "Content-Type": Wire.CBOR.value,
        "smithy-protocol": "rpc-v2-cbor",
        "x-amzn-RequestId": call.request_id,
    }
    return Reply(200, cbor.encode(dict(result)), headers)
