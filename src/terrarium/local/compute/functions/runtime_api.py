"""The Lambda Runtime API, version 2018-06-01, as a function of a request: what it asks for. No state, no sockets.

See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from terrarium.local.compute.functions.http_messages import Request, answer
from terrarium.local.compute.functions.lifecycle import Happening

_ROOT = "/2018-06-01/runtime"
_INVOCATION = f"{_ROOT}/invocation/"


@dataclass(frozen=True, slots=True)
class Call:
    """What a worker's runtime says.

    Attributes:
        happening: What it means for the worker's life.
        request_id: The invocation it speaks of, where it speaks of one.
        body: A result or an error.
        error_type: For an error, what kind of it.
        too_large: Whether a result was longer than may be returned.
        peak_kilobytes: The most memory that the process has held so far.
    """

    happening: Happening
    request_id: str = ""
    body: bytes = b""
    error_type: str = ""
    too_large: bool = False
    peak_kilobytes: int = 0


ACCEPTED = answer(202, {}, b'{"status":"OK"}\n')


def understand(request: Request) -> Call | None:
    """What a request asks for; None where the API has no such operation."""
    if request.method == "GET":
        return Call(Happening.NEXT) if request.path == f"{_INVOCATION}next" else None
    if request.method != "POST":
        return None
    if request.path == f"{_ROOT}/init/error":
        return _call(Happening.INIT_ERROR, "", request)
    request_id, slash, what = request.path.removeprefix(_INVOCATION).partition("/")
    happening = {"response": Happening.RESPONSE, "error": Happening.ERROR}.get(what)
    if not request.path.startswith(_INVOCATION) or not slash or happening is None:
        return None
    return _call(happening, request_id, request)


def refusal(status: int, error_type: str, message: str) -> bytes:
    """An error of the API itself."""
    return answer(status, {}, json.dumps({"errorMessage": message, "errorType": error_type}).encode())


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
