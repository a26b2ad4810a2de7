"""One request to a function: the rim between the client's connection and an invocation. What is said is in `functions`.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web
from multidict import CIMultiDict

from terrarium.local.aws_error import AwsError
from terrarium.local.edge.load_balancer import headers as fields
from terrarium.local.edge.load_balancer.answers import OwnAnswer
from terrarium.local.edge.load_balancer.functions import LARGEST, Asked, Invoke, MalformedError, answer, event
from terrarium.local.edge.load_balancer.relay import path_of
from terrarium.local.edge.load_balancer.settings import Target, TargetGroup


class RefusedError(Exception):
    """The balancer answers in the function's place.

    Args:
        status: With which.
        reason: As access log entries give it.
    """

    def __init__(self, status: int, reason: str = "-") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes
_REASONS: Mapping[str, str] = {
    "ResourceNotFoundException": "LambdaResourceNotFound",
    "TooManyRequestsException": "LambdaThrottling",
    "RequestEntityTooLargeException": "LambdaBadRequest",
    "InvalidRequestContentException": "LambdaBadRequest",
}


async def _read(request: web.BaseRequest, idle_timeout: float) -> bytes:
    """The body of a request for a function."""
    if fields.is_websocket(request.headers):
        raise RefusedError(400)
    held = bytearray()
    try:
        while True:
            async with asyncio.timeout(idle_timeout):
                block = await request.content.readany()
            if not block:
                return bytes(held)
            held += block
            if len(held) > LARGEST:
                raise RefusedError(413)
    except TimeoutError as fault:
        raise RefusedError(408) from fault


async def invoked(
    request: web.BaseRequest,
    given: CIMultiDict[str],
    group: TargetGroup,
    target: Target,
    invoke: Invoke,
    trace: str,
    idle_timeout: float,
) -> web.Response:
    """Asks the function and makes an answer of what it returns.

    Args:
        request: From the client.
        given: The header fields that a target gets.
        group: The target group.
        target: The function.
        invoke: Runs it.
        trace: The value of X-Amzn-Trace-Id.
        idle_timeout: Seconds that the client may be silent.

    Raises:
        RefusedError: 400 for a WebSocket, 413 for a body past a megabyte, 408 where the client stalls; 502 where the
            function fails, is refused or returns no answer.
    """
    body = await _read(request, idle_timeout)
    path, _, query = path_of(request).partition("?")
    asked = Asked(request.method, path, query, tuple(given.items()), body)
    try:
        result = await invoke(target.id, event(asked, group.arn, several=group.multi_value_headers), trace)
        if result.failed:
            raise RefusedError(502, "LambdaUnhandled")
        found = answer(result.payload, several=group.multi_value_headers)
    except MalformedError as fault:
        raise RefusedError(502, str(fault)) from fault
    except AwsError as refused:
        raise RefusedError(502, _REASONS.get(refused.code, "LambdaServiceException")) from refused
    return OwnAnswer(status=found.status, reason=found.reason, headers=CIMultiDict(found.headers), body=found.body)
