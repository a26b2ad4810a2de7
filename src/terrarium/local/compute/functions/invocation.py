"""One invocation on its way: what was asked, how far it is, and the promise of a result."""

from __future__ import annotations

import asyncio
import json

import msgspec
from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.request_ids import new_trace_id
from terrarium.local.compute.functions.runtime_call import Delivery
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult

# 6 MB where the caller waits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. An event may
# have 1 MB since October 2025, and had 256 KB before:
# https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb
LARGEST_REQUEST = {"RequestResponse": 6_291_456, "Event": 1_048_576}

_decode = msgspec.json.Decoder().decode


class Invocation(Struct, eq=False):
    """One invocation.

    Attributes:
        payload: The event, as JSON.
        client_context: What the caller's SDK sent along, as JSON on one line, or nothing.
        future: Resolves with the result.
        request_id: Its id.
        unreserved: Whether it counts against what the account has left.
        with_log: Whether the end of its log is part of its result.
        began: When its timeout started to run, on the monotonic clock; None while it waits for a worker.
        invoked_arn: The ARN that it was invoked by, where that has a qualifier.
        trace: The trace that it belongs to, where somebody may sample it.
    """

    payload: bytes
    client_context: str | None
    future: asyncio.Future[InvocationResult]
    request_id: str
    unreserved: bool
    with_log: bool = False
    began: float | None = None
    invoked_arn: str = ""
    trace: str = ""

    def delivery(self, settings: FunctionSettings, now: float, remaining: float) -> Delivery:
        """What its runtime receives.

        Args:
            settings: The function.
            now: Seconds since the epoch.
            remaining: Seconds until it times out.
        """
        deadline_ms = int((now + remaining) * 1000)
        context, arn = self.client_context or "", self.invoked_arn or settings.arn
        trace = self.trace or new_trace_id(now)
        return Delivery(self.request_id, deadline_ms, arn, trace, context, self.payload)


def check_payload(payload: bytes, kind: str) -> bytes:
    """The event to deliver.

    Args:
        payload: What the caller sent; nothing stands for an empty object.
        kind: ``RequestResponse`` or ``Event``.

    Raises:
        AwsError: It is too large, or no JSON. The API reference calls the first ``RequestTooLargeException``; what SDKs
            receive is this code and text, see for example https://github.com/ASFHyP3/hyp3/issues/2241.
    """
    limit = LARGEST_REQUEST[kind]
    if len(payload) > limit:
        message = f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        raise AwsError("RequestEntityTooLargeException", message, 413, Type="User")
    if not payload:
        return b"{}"
    try:
        _decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        _check_closely(payload)
    return payload


def _check_closely(payload: bytes) -> None:
    """Looks at what the fast decoder does not take, half surrogate pairs among others, and says what is wrong."""
    try:
        json.loads(payload)
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message, 400, Type="User") from None


def check_client_context(context: bytes | None) -> str | None:
    """The client context as a header can carry it.

    Raises:
        AwsError: It is no JSON object.
    """
    if not context:
        return None
    try:
        value = json.loads(context)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        message = "Client context must be a valid Base64-encoded JSON object."
        raise AwsError("InvalidRequestContentException", message, 400, Type="User")
    return json.dumps(value)
