"""The types of integration: how each makes a request of a message, and an answer of what comes back.

Proxies hand on what comes. The others pass it through mapping templates, on the way in and on the way out. Nothing here
knows sockets: functions and HTTP are reached through what is passed in.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from terrarium.local.edge.websocket_api import aws_services, parameters
from terrarium.local.edge.websocket_api.aws_services import ServiceRequest
from terrarium.local.edge.websocket_api.context import Event, encode
from terrarium.local.edge.websocket_api.execution_log import Trace
from terrarium.local.edge.websocket_api.expressions import choose
from terrarium.local.edge.websocket_api.mapping import MappingError
from terrarium.local.edge.websocket_api.replies import IntegrationReply, ProxyReply, Refusal, error_message, read, why
from terrarium.local.edge.websocket_api.selection import CONNECT, DEFAULT, text_at
from terrarium.local.edge.websocket_api.settings import TO_BINARY, TO_TEXT, Integration, IntegrationResponse, Route

Invoke = Callable[[Route, bytes], Awaitable[IntegrationReply]]
"""Runs a route's function: the payload in, its reply out. It may raise `AwsError`, as Lambda may refuse."""


class HttpRequest(Struct, frozen=True):
    """What an HTTP integration sends."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Reply(Struct, frozen=True):
    """What came back from a backend that is no proxied function.

    Attributes:
        status: HTTP's status; 200 of a function.
        body: Its text.
        headers: Its headers, as they came.
        error: The message of a function's error, if it raised one.
        raw: Its bytes, of HTTP.
    """

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    raw: bytes = b""


CallHttp = Callable[[HttpRequest], Awaitable[Reply]]
"""Calls an HTTP endpoint. It may raise `BackendError`."""


CallService = Callable[[ServiceRequest], Awaitable[Reply]]
"""Calls an AWS service in the name of the request's role. It may raise `BackendError` or `AwsError`."""


class BackendError(Exception):
    """A backend cannot be called; the text says why, and goes into the execution log."""


async def no_services(request: ServiceRequest) -> Reply:
    """Nothing calls AWS services."""
    raise BackendError(f"nothing calls {request.target.service} here")


class RefusedError(Exception):
    """API Gateway answers with a refusal of its own."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal


class Call(Struct, frozen=True):
    """One request to an integration.

    Attributes:
        event: The event of the request, as a proxied function receives it.
        trace: The request's execution log.
        services: Calls AWS services.
    """

    route: Route
    integration: Integration
    event: Event
    trace: Trace
    invoke: Invoke
    http: CallHttp
    services: CallService

    @property
    def body(self) -> str:
        """The message as it came; empty where the event has none."""
        text: str = self.event.get("body") or ""
        return text

    @property
    def variables(self) -> Mapping[str, str]:
        """The stage's variables."""
        found: Mapping[str, str] = self.event.get("stageVariables", {})
        return found


Answer = ProxyReply | Refusal


async def answer(call: Call) -> Answer:
    """Calls an integration and reads what comes back, by its type; a refusal of API Gateway's own is an answer too."""
    try:
        return await TYPES[call.integration.type](call)
    except RefusedError as refused:
        call.trace.error(f"Execution failed due to configuration error: {refused}")
        return refused.refusal


async def _lambda_proxy(call: Call) -> Answer:
    call.trace.data("Endpoint request body after transformations", call.event)
    reply = await _invoked(call, encode(call.event))
    found = read(reply)
    if isinstance(found, Refusal):
        call.trace.error(why(reply))
    return found


async def _aws(call: Call) -> Answer:
    return await (_lambda_custom if call.integration.service is None else _service)(call)


async def _service(call: Call) -> Answer:
    """Calls an AWS service in the name of the integration's role."""
    target, body = call.integration.service, _request(call)
    assert target is not None
    headers, query = parameters.mapped(call.integration.parameters, call.event, call.body)
    call.trace.info("Sending request to %s:%s%s", target.service, target.action, target.path)
    request = aws_services.request(target, call.integration.method, headers, query, _sent(call, body))
    reply = await call.services(request)
    call.trace.data("Endpoint response body before transformations", reply.body)
    return _response(call, reply)


async def _lambda_custom(call: Call) -> Answer:
    reply = await _invoked(call, _sent(call, _request(call)))
    text = str(reply.payload, "utf-8", "replace")
    error = error_message(reply) if reply.function_error is not None else None
    if error is not None and call.route.key == CONNECT:
        call.trace.error(why(reply))
        return Refusal.INTEGRATION_FAILURE
    return _response(call, Reply(200, text, error=error))


async def _http_proxy(call: Call) -> Answer:
    reply = await _http(call, call.body)
    return ProxyReply(reply.status, {name.lower(): value for name, value in reply.headers}, reply.body)


async def _http_custom(call: Call) -> Answer:
    return _response(call, await _http(call, _request(call)))


async def _mock(call: Call) -> Answer:
    """Its request template says which status "came back".

    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
    """
    text = _request(call)
    found = re.search(r"[\"']?statusCode[\"']?\s*:\s*[\"']?(\d{3})\b", text)
    if found is None:
        reason = "Unable to parse statusCode. It should be an integer that is defined in the request template"
        raise RefusedError(Refusal.NO_INTEGRATION, reason)
    return _response(call, Reply(int(found[1]), ""))


TYPES: Final[Mapping[str, Callable[[Call], Awaitable[Answer]]]] = {
    "AWS_PROXY": _lambda_proxy,
    "AWS": _aws,
    "HTTP_PROXY": _http_proxy,
    "HTTP": _http_custom,
    "MOCK": _mock,
}


async def _invoked(call: Call, payload: bytes) -> IntegrationReply:
    call.trace.info("Sending request to %s", call.integration.target)
    reply = await call.invoke(call.route, payload)
    call.trace.data("Endpoint response body before transformations", reply.payload)
    return reply


async def _http(call: Call, body: str) -> Reply:
    headers, query = parameters.mapped(call.integration.parameters, call.event, call.body)
    api_id = call.event["requestContext"]["apiId"]
    sent = {"Content-Type": "application/json", "User-Agent": f"AmazonAPIGateway_{api_id}", **headers}
    url = parameters.address(call.integration.target, query, call.variables)
    call.trace.info("Sending request to %s", url)
    reply = await call.http(HttpRequest(call.integration.method, url, sent, _sent(call, body)))
    call.trace.data("Endpoint response body before transformations", reply.body)
    return reply


def _request(call: Call) -> str:
    """The payload that the integration gets: through a template, or as it is where none is for it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
    """
    templates = call.integration.request
    template = choose(templates.by_key, templates.selection, _lookup(call, None))
    if template is None:
        passes = call.integration.passthrough == "WHEN_NO_MATCH" or (
            call.integration.passthrough == "WHEN_NO_TEMPLATES" and not templates.by_key
        )
        if not passes:
            raise RefusedError(Refusal.UNSUPPORTED_MEDIA_TYPE, "No template is for this message")
        return call.body
    try:
        text = template.render(call.body, call.event["requestContext"], call.variables)
    except MappingError as error:
        raise RefusedError(Refusal.NO_INTEGRATION, str(error)) from error
    call.trace.data("Endpoint request body after transformations", text)
    return text


def _sent(call: Call, text: str) -> bytes:
    """A payload as bytes: a client's text frame may carry them in Base64.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
    """
    if call.integration.content != TO_BINARY:
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(Refusal.NO_INTEGRATION, "Unable to base64 decode the body.") from error


def _response(call: Call, reply: Reply) -> ProxyReply:
    """The client's answer, by the integration response that the reply selects."""
    response = _chosen(call, reply)
    if response is None:
        if call.integration.responses or call.route.response:
            raise RefusedError(
                Refusal.NO_INTEGRATION, "No match for output mapping and no default endpoint mapping configured"
            )
        return ProxyReply(reply.status)
    if response.content == TO_TEXT and reply.raw:
        reply = replace(reply, body=base64.b64encode(reply.raw).decode())
    template = choose(response.templates.by_key, response.templates.selection, _lookup(call, reply))
    if template is None:
        return ProxyReply(reply.status, body=reply.body)
    try:
        text = template.render(reply.body, call.event["requestContext"], call.variables)
    except MappingError as error:
        raise RefusedError(Refusal.NO_INTEGRATION, str(error)) from error
    call.trace.data("Response body after transformations", text)
    return ProxyReply(reply.status, body=text)


def _chosen(call: Call, reply: Reply) -> IntegrationResponse | None:
    """Selected by the status of HTTP, mocks and services, by the error message of functions; else ``$default``.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
    """
    of_function = call.integration.type == "AWS" and call.integration.service is None
    value = reply.error if of_function else str(reply.status)
    responses = call.integration.responses
    if value is not None:
        for response in responses:
            if response.matches(value):
                return response
    return next((response for response in responses if response.key == DEFAULT), None)


def _lookup(call: Call, reply: Reply | None) -> Callable[[str], str]:
    def found(name: str) -> str:
        place, _, rest = name.removeprefix("integration.response.").partition(".")
        if name.startswith("request.body"):
            return text_at(call.body, name.removeprefix("request.body").lstrip("."))
        if reply is None:
            return ""
        if place == "statuscode":
            return str(reply.status)
        if place == "body":
            return text_at(reply.body, rest)
        values = [value for header, value in reply.headers if header.lower() == rest.lower()]
        return ",".join(values) if place == "multivalueheader" else (values or [""])[-1]

    return found
