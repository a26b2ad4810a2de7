"""The Lambda Runtime API, version 2018-06-01, in HTTP: requests to calls, answers to bytes. No state, no sockets.

Runtimes that are not our own speak it: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from terrarium.local.compute.functions.http_messages import Request, Requests, answer
from terrarium.local.compute.functions.lifecycle import Happening
from terrarium.local.compute.functions.runtime_call import NEXT, Call, Delivery, Refusal

_ROOT = "/2018-06-01/runtime"
_INVOCATION = f"{_ROOT}/invocation/"
ACCEPTED = answer(202, {}, b'{"status":"OK"}\n')


class HttpDialect:
    """Reads requests and writes answers.

    Args:
        largest: Bytes of a body that are kept; a longer one is counted and dropped.
    """

    def __init__(self, largest: int) -> None:
        self._requests = Requests(largest)

    def feed(self, data: bytes) -> Sequence[Call | Refusal]:
        return [understand(request) or _unknown(request) for request in self._requests.feed(data)]

    def accepted(self) -> bytes:
        return ACCEPTED

    def refused(self, refusal: Refusal) -> bytes:
        shape = {"errorMessage": refusal.message, "errorType": refusal.error_type}
        return answer(refusal.status, {}, json.dumps(shape).encode())

    def invocation(self, delivery: Delivery) -> bytes:
        """See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next."""
        headers = {
            "Lambda-Runtime-Aws-Request-Id": delivery.request_id,
            "Lambda-Runtime-Deadline-Ms": str(delivery.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": delivery.function_arn,
            "Lambda-Runtime-Trace-Id": delivery.trace_id,
        }
        if delivery.client_context:
            headers["Lambda-Runtime-Client-Context"] = delivery.client_context
        return answer(200, headers, delivery.payload)


def understand(request: Request) -> Call | None:
    """What a request asks for; None where the API has no such operation."""
    if request.method == "GET":
        return NEXT if request.path == f"{_INVOCATION}next" else None
    if request.method != "POST":
        return None
    if request.path == f"{_ROOT}/init/error":
        return _call(Happening.INIT_ERROR, "", request)
    request_id, slash, what = request.path.removeprefix(_INVOCATION).partition("/")
    happening = {"response": Happening.RESPONSE, "error": Happening.ERROR}.get(what)
    if not request.path.startswith(_INVOCATION) or not slash or happening is None:
        return None
    return _call(happening, request_id, request)


def _unknown(request: Request) -> Refusal:
    return Refusal(404, "NotFound", f"no operation {request.method} {request.path}")


def _call(happening: Happening, request_id: str, request: Request) -> Call:
    peak = request.headers.get("terrarium-max-memory-kilobytes", "0")
    return Call(
        happening,
        request_id,
        request.body,
        request.headers.get("lambda-runtime-function-error-type", ""),
        request.too_large,
        int(peak) if peak.isdigit() else 0,
    )
