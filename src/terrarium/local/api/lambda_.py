"""Lambda on the wire: invoking functions and describing them.

It translates between HTTP and whatever runs functions; how they run it does not know.
https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from aiohttp import web

from terrarium.local.api.call import AwsCall, Service
from terrarium.local.api.function_description import FunctionFacts, configuration
from terrarium.local.api.lambda_control.asked import not_found, qualified
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.service import LambdaControl
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import LATEST, FunctionName
from terrarium.model.expressions import Bundle

#: 6 MB for a synchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_PAYLOAD_LIMIT = 6 * 1024 * 1024
#: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
_CONTEXT_LIMIT = 3_583
_LOG_TAIL = 4_096
_PAGE = 50

#: Every path of the API begins with a date.
_API_PATH = re.compile(r"/\d{4}-\d\d-\d\d/")
_FUNCTIONS_PATH = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/([^/]+)(?:/(.+?))?)?/?")


class Result(Protocol):
    """What came of one invocation."""

    @property
    def payload(self) -> bytes: ...
    @property
    def error(self) -> str | None: ...
    @property
    def request_id(self) -> str: ...
    @property
    def log_tail(self) -> bytes: ...
    @property
    def executed_version(self) -> str: ...


class Functions(Protocol):
    """Whatever runs functions."""

    def get(self, name: str) -> FunctionFacts: ...
    async def invoke(
        self,
        name: str,
        payload: bytes,
        *,
        client_context: bytes | None = None,
        trace: str = "",
        with_log: bool = False,
    ) -> Result: ...
    def invoke_async(self, name: str, payload: bytes) -> str: ...


#: What follows a function's name in the path, by method.
_OPERATIONS = {
    ("POST", "invocations"): "Invoke",
    ("GET", ""): "GetFunction",
    ("GET", "configuration"): "GetFunctionConfiguration",
    ("GET", "concurrency"): "GetFunctionConcurrency",
}


class Lambda:
    """The ``lambda`` signing name.

    Args:
        functions: Runs functions and knows their settings.
        every: All functions there are, for ListFunctions.
        deployed: The zips of their code.
        control: What creates and changes them; without it they can only be invoked and described.
        urls: Answers requests to function URLs, which are signed for Lambda too.
    """

    def __init__(
        self,
        functions: Functions,
        every: Callable[[], Iterable[FunctionFacts]],
        deployed: DeployedCode,
        control: LambdaControl | None = None,
        urls: Service | None = None,
    ) -> None:
        self._functions = functions
        self._every = every
        self._deployed = deployed
        self._control = control
        self._urls = urls

    async def answer(self, call: AwsCall) -> web.StreamResponse:
        if self._urls is not None and not _API_PATH.match(call.path):
            return await self._urls.answer(call)
        answered = await self._invocation_or_description(call)
        return await self._controlled(call) if answered is None else answered

    async def _controlled(self, call: AwsCall) -> web.StreamResponse:
        answered = await self._control.answer(call, self._configuration) if self._control else None
        if answered is None:
            raise _unsupported(call)
        return answered

    async def _configuration(self, target: str) -> dict[str, Any]:
        return await asyncio.to_thread(self._described, *self._find(qualified(target)))

    async def _invocation_or_description(self, call: AwsCall) -> web.StreamResponse | None:
        found = _FUNCTIONS_PATH.fullmatch(call.path)
        if found is None:
            return None
        if found[1] is None and call.request.method == "GET":
            return _json(await asyncio.to_thread(self._list, call.request.query), call)
        operation = _OPERATIONS.get((call.request.method, found[2] or ""))
        if operation is None or found[1] is None:
            return None
        asked = qualified(unquote(found[1]), call.request.query.get("Qualifier", ""))
        target, facts = self._find(asked, call)
        if operation == "Invoke":
            return await self._invoke(target, call)
        return _json(await asyncio.to_thread(self._describe, operation, target, facts), call)

    def _find(self, target: FunctionName, call: AwsCall | None = None) -> tuple[FunctionName, FunctionFacts]:
        """A function, or a version or alias of it, and what runs there."""
        try:
            return target, self._functions.get(target.target)
        except AwsError as refusal:
            if refusal.code != "ResourceNotFoundException" or call is None:
                raise
            arn = f"arn:aws:lambda:{call.region}:{call.principal.account}:function:{target.target}"
            raise not_found(f"Function not found: {arn}") from None

    def _list(self, query: Mapping[str, str]) -> dict[str, Any]:
        every = sorted(self._every(), key=lambda facts: facts.name)
        start = next((i for i, facts in enumerate(every) if facts.name > query.get("Marker", "")), len(every))
        page = every[start : start + _page_size(query)]
        more = start + len(page) < len(every)
        listed: dict[str, Any] = {"Functions": [self._described(FunctionName(facts.name), facts) for facts in page]}
        return listed | ({"NextMarker": page[-1].name} if more and page else {})

    def _described(self, target: FunctionName, facts: FunctionFacts) -> dict[str, Any]:
        """A function as it runs, and over that what the registry says of it, under the ARN that it was asked by."""
        arn = f"{facts.arn}:{target.qualifier}" if target.qualifier else facts.arn
        told = self._control.functions.details(facts.name, facts.version) if self._control else {}
        return configuration(facts, self._deployed.package(self._code(facts))) | told | {"FunctionArn": arn}

    def _code(self, facts: FunctionFacts) -> Bundle:
        known = self._control.functions.code(facts.name, facts.version) if self._control else None
        return Bundle((("", facts.code),), facts.name) if known is None else known

    def _describe(self, operation: str, target: FunctionName, facts: FunctionFacts) -> dict[str, Any]:
        reserved = facts.reserved_concurrency
        concurrency = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
        if operation == "GetFunctionConcurrency":
            return concurrency
        described = self._described(target, facts)
        if operation == "GetFunctionConfiguration":
            return described
        whole = {"Configuration": described, "Code": self._location(facts)}
        if facts.version != LATEST:  # tags and concurrency are the function's, not a version's
            return whole
        tags = self._control.functions.tags(facts.name) if self._control else {}
        return whole | {"Tags": tags} | ({"Concurrency": concurrency} if concurrency else {})

    def _location(self, facts: FunctionFacts) -> dict[str, str]:
        return {"RepositoryType": "S3", "Location": self._deployed.link(self._code(facts), facts.name)}

    async def _invoke(self, target: FunctionName, call: AwsCall) -> web.StreamResponse:
        kind = call.request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        context = _client_context(call.request.headers.get("X-Amz-Client-Context", ""))
        payload = await _payload(call)
        if kind == "DryRun":
            return _empty(204, call)
        if kind == "Event":
            call.request_id = self._functions.invoke_async(target.target, payload)
            return _empty(202, call)
        if kind != "RequestResponse":
            raise AwsError("InvalidParameterValueException", f"Unknown invocation type: {kind}")
        trace = call.request.headers.get("X-Amzn-Trace-Id", "")
        with_log = call.request.headers.get("X-Amz-Log-Type") == "Tail"
        result = await self._functions.invoke(
            target.target, payload, client_context=context, trace=trace, with_log=with_log
        )
        return _result(result, with_log)


async def _payload(call: AwsCall) -> bytes:
    """The event; an absent one is an empty object, as Lambda makes it.

    Raises:
        AwsError: ``RequestTooLargeException`` (413), ``InvalidRequestContentException``.
    """
    try:
        payload = await call.body(_PAYLOAD_LIMIT)
    except AwsError as error:
        message = f"Request must be smaller than {_PAYLOAD_LIMIT} bytes for the InvokeFunction operation"
        raise AwsError("RequestTooLargeException", message, 413) if error.status == 413 else error from None
    try:
        json.loads(payload or b"{}")
    except (ValueError, RecursionError) as fault:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {fault}") from fault
    return payload or b"{}"


def _client_context(header: str) -> bytes | None:
    if not header:
        return None
    try:
        decoded = base64.b64decode(header, validate=True)
        json.loads(decoded)
    except (binascii.Error, ValueError) as fault:
        raise AwsError("InvalidRequestContentException", "Client context must be valid Base64-encoded JSON") from fault
    if len(header) > _CONTEXT_LIMIT:
        raise AwsError("InvalidRequestContentException", f"Client context must be at most {_CONTEXT_LIMIT} bytes")
    return decoded


def _result(result: Result, with_log: bool) -> web.Response:
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": result.request_id,
        "X-Amz-Executed-Version": result.executed_version,
    }
    if result.error is not None:
        headers["X-Amz-Function-Error"] = result.error
    if with_log:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail[-_LOG_TAIL:]).decode()
    return web.Response(body=result.payload, headers=headers)


def _page_size(query: Mapping[str, str]) -> int:
    text = query.get("MaxItems", str(_PAGE))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 10_000):
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{text}' at 'maxItems' failed to satisfy constraint: "
            "Member must have value between 1 and 10000",
        )
    return min(int(text), _PAGE)


def _unsupported(call: AwsCall) -> AwsError:
    return AwsError(
        "InvalidParameterValueException", f"Terrarium does not support Lambda's {call.request.method} {call.path}"
    )


def _json(value: Mapping[str, Any], call: AwsCall) -> web.Response:
    return web.json_response(value, headers={"x-amzn-RequestId": call.request_id})


def _empty(status: int, call: AwsCall) -> web.Response:
    return web.Response(status=status, headers={"x-amzn-RequestId": call.request_id})
