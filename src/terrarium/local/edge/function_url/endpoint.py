"""One function URL: the rim that reads requests and writes answers. Who may call, and what runs, it is told.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web
from msgspec import Struct, field
from multidict import CIMultiDict

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.edge.function_url.cors import Cors, is_preflight
from terrarium.local.edge.function_url.events import Caller, Received, event, joined
from terrarium.local.edge.function_url.replies import (
    FAILED,
    FORBIDDEN,
    THROTTLED,
    TOO_LARGE,
    Answer,
    MalformedError,
    answer,
)

#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_REQUEST = 6_291_456
AuthType = Literal["NONE", "AWS_IAM"]


class Invoked(Struct, frozen=True):
    """What an invocation gave."""

    payload: bytes
    failed: bool


class FunctionUrl(Struct, frozen=True):
    """A function URL.

    Attributes:
        url_id: Its id.
        domain: Its host name in AWS.
        account: Whose function it is.
        auth: Whether requests must be signed.
        cors: Which other origins may read answers; None leaves that to the function.
        invoke: Runs the function with an event, in the trace of a header; raises `AwsError` where Lambda refuses.
        is_public: Whether everybody may invoke it, as its resource policy stands now.
        clock: Time.
    """

    url_id: str
    domain: str
    account: str
    auth: AuthType
    cors: Cors | None
    invoke: Callable[[bytes, str], Awaitable[Invoked]]
    is_public: Callable[[], bool]
    clock: Clock
    new_id: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))

    async def handle(
        self, request: web.BaseRequest, caller: Caller | None = None, body: bytes | None = None
    ) -> web.StreamResponse:
        """Answers a request.

        Args:
            request: The request, its path that below the URL.
            caller: Who signed it, if it is signed.
            body: Its body, where somebody has read it already.
        """
        headers, request_id = joined(request.headers.items()), self.new_id()
        if self.cors is not None and is_preflight(request.method, headers):
            found = Answer(200, tuple(self.cors.preflight(headers).items()), b"")
        elif not self._may(caller):
            found = FORBIDDEN
        else:
            found = await self._answered(request, caller, request_id, body)
        added = {} if self.cors is None or request.method == "OPTIONS" else self.cors.response(headers)
        return _respond(found, request_id, added)

    def _may(self, caller: Caller | None) -> bool:
        """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html."""
        return caller is not None if self.auth == "AWS_IAM" else self.is_public()

    async def _answered(
        self, request: web.BaseRequest, caller: Caller | None, request_id: str, held: bytes | None
    ) -> Answer:
        body = await _read(request) if held is None else held
        if body is None or len(body) > LARGEST_REQUEST:
            return TOO_LARGE
        trace = self._trace(request)
        made = event(
            self._received(request, body, trace),
            url_id=self.url_id,
            domain=self.domain,
            request_id=request_id,
            now=self.clock.now(),
            account=self.account,
            caller=caller if self.auth == "AWS_IAM" else None,
        )
        try:
            invoked = await self.invoke(json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode(), trace)
            return FAILED if invoked.failed else answer(invoked.payload)
        except MalformedError:
            return FAILED
        except AwsError as refused:
            return {413: TOO_LARGE, 429: THROTTLED}.get(refused.status, FAILED)

    def _trace(self, request: web.BaseRequest) -> str:
        """X-Ray's header: as the client sent it, or of a trace that begins here.

        https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
        """
        sent = request.headers.get("X-Amzn-Trace-Id", "")
        return sent if "Root=" in sent else f"Root=1-{int(self.clock.now()):08x}-{os.urandom(12).hex()}"

    def _received(self, request: web.BaseRequest, body: bytes, trace: str) -> Received:
        url, source = request.rel_url, request.remote or "127.0.0.1"
        added = {
            "x-amzn-trace-id": trace,
            "x-forwarded-for": source,
            "x-forwarded-port": request.host.rpartition(":")[2] if ":" in request.host else "80",
            "x-forwarded-proto": request.scheme,
        }
        sent = [pair for pair in request.headers.items() if pair[0].lower() not in {*added, "connection"}]
        version = request.version
        return Received(
            request.method,
            url.raw_path,
            url.raw_query_string,
            (*sent, *added.items()),
            body,
            source,
            f"HTTP/{version.major}.{version.minor}",
        )


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body; None where it is larger than Lambda takes."""
    held = bytearray()
    async for chunk in request.content.iter_any():
        held += chunk
        if len(held) > LARGEST_REQUEST:
            return None
    return bytes(held)


def _respond(found: Answer, request_id: str, added: dict[str, str]) -> web.Response:
    headers: CIMultiDict[str] = CIMultiDict(found.headers)
    for name, value in added.items():
        headers[name] = value  # what the URL says goes before what the function says
    headers["x-amzn-requestid"] = request_id
    return web.Response(status=found.status, headers=headers, body=found.body)
