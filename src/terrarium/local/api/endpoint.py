"""The one AWS endpoint: every SDK call on the laptop comes in here and goes to the service it was signed for.

It knows how calls are recognised and refused, and nothing of what services do.
"""

from __future__ import annotations

import functools
import itertools
import logging
import re
import uuid
from collections.abc import Callable, Mapping

from aiohttp import web
from msgspec.structs import replace

from terrarium.local.api.call import AwsCall, DirectService, Service, respond
from terrarium.local.api.identity import Credentials, Issued, Principal
from terrarium.local.api.protocols import refusal, wire_of
from terrarium.local.api.request import USUAL_BEGINNING, Signature, operation_of, read_signature
from terrarium.local.api.verification import BODY_LIMIT, S3, verify
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.direct import Answerer, Head, Reply

log = logging.getLogger(__name__)

_NOBODY = Principal("", "", "")

#: Kinds of calls that are recognised without being read anew; a system's own functions make a few dozen.
MOST_RECURRED = 1024
# The lines of a head that tell whose call it is and what it asks, each up to its first comma: that is behind the
# credential of a signature as SDKs write it.
_TELLING = re.compile(rb"\r\n((?i:authorization|x-amz-target|content-type|smithy-protocol):[^\r,]*)")


def _request_ids() -> Callable[[], str]:
    """Makes ids that look like UUIDs and never repeat: chance decides where the count begins, once.

    A random UUID for each call would cost more than recognising the call does.
    """
    start = uuid.uuid4()
    head, count = str(start)[:24], itertools.count(start.node)
    return lambda: f"{head}{next(count) & 0xFFFFFFFFFFFF:012x}"


def _may_recur(head: Head) -> bool:
    """Whether all that tells of a call is in its target and its telling lines, as SDKs write them."""
    headers = head.headers
    signatures, targets = headers.getall("Authorization", ()), headers.getall("X-Amz-Target", ())
    return len(signatures) == 1 and signatures[0].startswith(USUAL_BEGINNING) and not any("," in it for it in targets)


class AwsEndpoint:
    """Answers AWS calls.

    Args:
        services: What answers, by signing name.
        fallback: What answers the calls of every other service.
        credentials: Knows whose access key a call carries, and with which secret it has to be signed.
        clock: Decides whether a signature is still good.
        new_id: Makes request ids.
        observe: Told of each call with the status it was answered with.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        fallback: Service,
        credentials: Credentials,
        clock: Clock,
        *,
        new_id: Callable[[], str] | None = None,
        observe: Callable[[AwsCall, int], None] | None = None,
    ) -> None:
        self._services = services
        self._direct = {name: service for name, service in services.items() if isinstance(service, DirectService)}
        self._recurred: dict[tuple[str | bytes, ...], tuple[DirectService, AwsCall]] = {}
        self._fallback = fallback
        self._credentials = credentials
        self._clock = clock
        self._new_id = new_id or _request_ids()
        self._observe = observe

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request that `is_aws_call` recognised; any other is refused as unsigned."""
        query = request.query if request.query_string else {}
        head = Head.read(request.method, request.raw_path, request.headers)
        signature = read_signature(request.headers, query)
        call = self._call(head, query, signature or Signature("", "us-east-1", ""), request)
        try:
            if signature is None:
                raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            call.principal, issued = self._credentials.identify(signature.access_key)
            if issued is not None:
                await self._verify(call, query, issued)
            response = await self._services.get(call.service, self._fallback).answer(call)
        except AwsError as error:
            response = respond(refusal(call.wire, call.service, error, call.request_id))
            if "Expect" in request.headers:  # who waits to be told to send a body sends none now
                response.force_close()
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as fault:  # noqa: BLE001  # a bug in one service must not end the server
            response = respond(self._failed(call, fault))
        if self._observe is not None:
            self._observe(call, response.status)
        return response

    def direct(self, head: Head) -> Answerer | None:
        """Who answers a call without the web server; nothing where that shall.

        Nothing either for a request that is no AWS call, and for one that is signed in its query.
        """
        key = (head.target, *_TELLING.findall(head.lines))
        known = self._recurred.get(key)
        if known is not None:
            service, said = known
            call = replace(said, head=head, principal=_NOBODY, request_id=self._new_id())
            return functools.partial(self._begin, service, call)
        signature = read_signature(head.headers, {})
        found = self._direct.get(signature.service) if signature is not None else None
        if signature is None or found is None:
            return None
        call = self._call(head, {}, signature)
        if not found.answers_directly(call):
            return None
        if _may_recur(head):
            if len(self._recurred) >= MOST_RECURRED:
                self._recurred.clear()
            self._recurred[key] = found, call
        return functools.partial(self._begin, found, call)

    def _begin(self, service: DirectService, call: AwsCall, body: bytes, send: Callable[[Reply], None]) -> None:
        """What `handle` does, for a body that is there already."""
        answered = functools.partial(self._answered, call, send)
        try:
            call.principal, issued = self._credentials.identify(call.access_key)
            if issued is not None:
                verify(call.head, {}, call.service, body, issued, self._clock.now())
            service.begin(call, body, answered)
        except AwsError as error:
            answered(error)
        except Exception as fault:  # noqa: BLE001  # a bug in one service must not end the server
            answered(self._failed(call, fault))

    def _answered(self, call: AwsCall, send: Callable[[Reply], None], result: Reply | AwsError) -> None:
        if isinstance(result, AwsError):
            result = refusal(call.wire, call.service, result, call.request_id)
        send(result)
        if self._observe is not None:
            self._observe(call, result.status)

    async def _verify(self, call: AwsCall, query: Mapping[str, str], issued: Issued) -> None:
        """Holds a call's signature against its body, except where headers say the body's hash, as for Amazon S3."""
        body = None
        if call.service not in S3:
            body = await call.raw_body(BODY_LIMIT) if call.request.body_exists else b""
        verify(call.head, query, call.service, body, issued, self._clock.now())

    def _call(
        self, head: Head, query: Mapping[str, str], signature: Signature, request: web.BaseRequest | None = None
    ) -> AwsCall:
        return AwsCall(
            head=head,
            service=signature.service,
            region=signature.region,
            principal=_NOBODY,
            operation=operation_of(request.path if request else head.path, head.headers, query),
            request_id=self._new_id(),
            wire=wire_of(signature.service, head.headers),
            _request=request,
            access_key=signature.access_key,
            api=head.headers.get("X-Amz-Target", "").rpartition(".")[0],
        )

    def _failed(self, call: AwsCall, fault: Exception) -> Reply:
        """A bug of ours: its traceback goes to the log, and the caller gets the error AWS gives for its own."""
        log.error("%s %s failed", call.service, call.operation or call.path, exc_info=fault)
        error = AwsError("InternalFailure", f"Terrarium failed to answer: {type(fault).__name__}", 500)
        return refusal(call.wire, call.service, error, call.request_id)
