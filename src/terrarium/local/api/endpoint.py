"""The one AWS endpoint: every SDK call on the laptop comes in here and goes to the service it was signed for.

It knows how calls are recognised and refused, and nothing of what services do.
"""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Callable, Mapping

from aiohttp import web

from terrarium.local.api.call import AwsCall, Service, respond
from terrarium.local.api.identity import Credentials, Principal
from terrarium.local.api.protocols import refusal, wire_of
from terrarium.local.api.request import Signature, operation_of, read_signature
from terrarium.local.aws_error import AwsError

log = logging.getLogger(__name__)

_NOBODY = Principal("", "", "")


def _request_ids() -> Callable[[], str]:
    """Makes ids that look like UUIDs and never repeat: chance decides where the count begins, once.

    A random UUID for each call would cost more than recognising the call does.
    """
    start = uuid.uuid4()
    head, count = str(start)[:24], itertools.count(start.node)
    return lambda: f"{head}{next(count) & 0xFFFFFFFFFFFF:012x}"


class AwsEndpoint:
    """Answers AWS calls.

    Args:
        services: What answers, by signing name.
        fallback: What answers the calls of every other service.
        credentials: Knows whose access key a call carries.
        new_id: Makes request ids.
        observe: Told of each call with the status it was answered with.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        fallback: Service,
        credentials: Credentials,
        *,
        new_id: Callable[[], str] | None = None,
        observe: Callable[[AwsCall, int], None] | None = None,
    ) -> None:
        self._services = services
        self._fallback = fallback
        self._credentials = credentials
        self._new_id = new_id or _request_ids()
        self._observe = observe

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one request that `is_aws_call` recognised; any other is refused as unsigned."""
        query = request.query if request.query_string else {}
        signature = read_signature(request.headers, query)
        call = self._call(request, query, signature or Signature("", "us-east-1", ""))
        try:
            if signature is None:
                raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
            call.principal = self._credentials.principal(signature.access_key)
            response = await self._services.get(call.service, self._fallback).answer(call)
        except AwsError as error:
            response = respond(refusal(call.wire, call.service, error, call.request_id))
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as fault:  # noqa: BLE001  # a bug in one service must not end the server
            response = self._failed(call, fault)
        if self._observe is not None:
            self._observe(call, response.status)
        return response

    def _call(self, request: web.BaseRequest, query: Mapping[str, str], signature: Signature) -> AwsCall:
        return AwsCall(
            request=request,
            service=signature.service,
            region=signature.region,
            principal=_NOBODY,
            operation=operation_of(request.path, request.headers, query),
            request_id=self._new_id(),
            wire=wire_of(signature.service, request.headers),
        )

    def _failed(self, call: AwsCall, fault: Exception) -> web.Response:
        """A bug of ours: its traceback goes to the log, and the caller gets the error AWS gives for its own."""
        log.error("%s %s failed", call.service, call.operation or call.path, exc_info=fault)
        error = AwsError("InternalFailure", f"Terrarium failed to answer: {type(fault).__name__}", 500)
        return respond(refusal(call.wire, call.service, error, call.request_id))
