"""Forwards the calls of services that are not ours to moto, and words its gaps as SDKs understand them.

An SDK takes a 500 for a passing fault and tries again for minutes; what moto cannot do is therefore a 400. Calls that
change something are kept, so that they last longer than moto's process.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from terrarium.local.api.call import AwsCall
from terrarium.local.api.control_plane import changes
from terrarium.local.api.kept_call import KeptCall, kept_headers
from terrarium.local.api.moto_calls import Outcome, acknowledged
from terrarium.local.api.moto_child import Address
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.api.protocols import Wire
from terrarium.local.aws_error import AwsError

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html: 5 GB in a single PUT
_OBJECT_LIMIT = 5 * 1024**3
_BODY_LIMIT = 64 * 1024 * 1024
_HELD = 1024 * 1024

#: https://www.rfc-editor.org/rfc/rfc9110#name-connection
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"}
    | {"transfer-encoding", "expect", "proxy-connection"}
)
_OWN_PREFIX = "x-terrarium-"
_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_NOT_PASSED_BACK = _HOP_BY_HOP | {"server", "date"}

_CODES = {
    Wire.JSON_1_0: "UnknownOperationException",
    Wire.JSON_1_1: "UnknownOperationException",
    Wire.CBOR: "UnknownOperationException",
    Wire.QUERY: "InvalidAction",
    Wire.EC2: "InvalidAction",
    Wire.S3: "MethodNotAllowed",
}


class Moto:
    """Every service that is not ours.

    Args:
        process: The moto that answers.
    """

    def __init__(self, process: MotoProcess) -> None:
        self._process = process

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        data = await _data(call)
        if isinstance(data, bytes) and changes(
            call.wire, call.service, _operation(call), call.request.method, call.path
        ):
            return await self._change(call, data)
        return await self._forward(call, data, await self._process.address(), {}, Outcome())

    async def _change(self, call: AwsCall, data: bytes) -> web.StreamResponse:
        """One after another, and kept before the caller hears of it."""
        calls = self._process.calls
        async with calls.one_at_a_time:
            address = await self._process.address()
            kept = self._kept(call, data)
            async with calls.keeping(kept) as outcome:
                return await self._forward(call, data, address, kept.decided(), outcome)

    def _kept(self, call: AwsCall, data: bytes) -> KeptCall:
        headers = _headers(call, data)
        return KeptCall(
            service=call.service,
            operation=_operation(call),
            moment=self._process.clock.now(),
            seed=secrets.token_hex(16),
            method=call.request.method,
            path=_path(call),
            headers=kept_headers(headers.items()),
            body=data,
        )

    async def _forward(
        self,
        call: AwsCall,
        data: bytes | AsyncIterator[bytes],
        address: Address,
        decided: Mapping[str, str],
        outcome: Outcome,
    ) -> web.StreamResponse:
        headers = _headers(call, data)
        headers.update(decided)
        headers["X-Terrarium-Key"] = address.key
        try:
            async with self._process.http.request(
                call.request.method,
                URL(f"http://127.0.0.1:{address.port}{_path(call)}", encoded=True),
                data=data or None,
                headers=headers,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as answer:
                outcome.acknowledged = acknowledged(answer)
                if "X-Terrarium-Unsupported" in answer.headers:
                    raise _refused(call, (await answer.read()).decode(errors="replace"))
                if answer.status >= 500:
                    raise _broken(call)
                return await _pass_back(call, answer)
        except aiohttp.ClientError as fault:
            raise AwsError("ServiceUnavailable", f"moto ended while it answered: {fault}", 503) from fault


def _path(call: AwsCall) -> str:
    return call.request.raw_path


async def _data(call: AwsCall) -> bytes | AsyncIterator[bytes]:
    """The body: held where it is small, else passed on as it comes in, so that memory stays bounded."""
    if call.wire is not Wire.S3 or call.body_was_read:
        return await call.body(_BODY_LIMIT)
    length = call.request.content_length
    if length is not None and length <= _HELD:
        return await call.request.content.read()
    if length is not None and length > _OBJECT_LIMIT:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    return call.request.content.iter_any() if call.request.can_read_body else b""


def _headers(call: AwsCall, data: bytes | AsyncIterator[bytes]) -> CIMultiDict[str]:
    """The client's own headers, Host included: moto puts it into the addresses it gives out."""
    passed = CIMultiDict(
        (name, value)
        for name, value in call.request.headers.items()
        if name.lower() not in _HOP_BY_HOP and not name.lower().startswith(_OWN_PREFIX)
    )
    if isinstance(data, bytes):
        passed["Content-Length"] = str(len(data))
    if call.body_was_read and isinstance(data, bytes):
        passed.pop("Content-Encoding", None)
    return passed


def _refused(call: AwsCall, reason: str) -> AwsError:
    name = _operation(call) or f"{call.request.method} {call.path}"
    code = _CODES.get(call.wire, "UnsupportedOperation")
    return AwsError(code, f"Terrarium does not support {call.service}:{name} yet ({reason})")


def _broken(call: AwsCall) -> AwsError:
    """An operation that moto has and that failed in it: trying again would not help, so it is no 500."""
    name = _operation(call) or f"{call.request.method} {call.path}"
    return AwsError("InternalFailure", f"moto failed to answer {call.service}:{name}")


def _operation(call: AwsCall) -> str:
    if call.operation or call.wire not in (Wire.QUERY, Wire.EC2) or not call.body_was_read:
        return call.operation
    action = _ACTION.search(call.held_body)
    return action[1].decode() if action else ""


async def _pass_back(call: AwsCall, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    headers = CIMultiDict((n, v) for n, v in answer.headers.items() if n.lower() not in _NOT_PASSED_BACK)
    headers.setdefault("x-amzn-RequestId", call.request_id)
    if call.request.method != "HEAD" and (answer.content_length or _HELD + 1) <= _HELD:
        return web.Response(status=answer.status, headers=headers, body=await answer.read())
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(call.request)
    try:
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    except (aiohttp.ClientError, asyncio.CancelledError):
        # The head is sent: an answer cut short can only be told by a broken connection.
        if call.request.transport is not None:
            call.request.transport.abort()
        raise
    await response.write_eof()
    return response
