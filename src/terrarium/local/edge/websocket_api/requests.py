"""The three kinds of request that a WebSocket API makes of its integrations: connect, message, disconnect.

Each takes the same way: throttle, route, authorizer, integration, record. It knows no sockets; what a client is told is
returned to who has one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from terrarium.local.clock import Clock
from terrarium.local.edge.websocket_api import context as contexts
from terrarium.local.edge.websocket_api import limits
from terrarium.local.edge.websocket_api.authorizers import Authorizer, Denied, Principal, read
from terrarium.local.edge.websocket_api.connection import Connection
from terrarium.local.edge.websocket_api.context import Event, Occasion, Opening
from terrarium.local.edge.websocket_api.execution_log import Trace
from terrarium.local.edge.websocket_api.expressions import choose
from terrarium.local.edge.websocket_api.integrations import Integrations, Result, check_types
from terrarium.local.edge.websocket_api.lifecycle import End
from terrarium.local.edge.websocket_api.parameters import missing
from terrarium.local.edge.websocket_api.records import Records
from terrarium.local.edge.websocket_api.replies import IntegrationReply, ProxyReply, Refusal
from terrarium.local.edge.websocket_api.selection import CONNECT, DISCONNECT, text_at
from terrarium.local.edge.websocket_api.settings import AUTHORIZER_KEY, ApiSettings, Route
from terrarium.local.edge.websocket_api.throttle import Throttles
from terrarium.local.edge.websocket_api.usage import ApiKey

Authorize = Callable[[Authorizer, bytes], Awaitable[IntegrationReply]]
"""Runs an authorizer's function: the event's JSON in, the function's reply out. It may raise `AwsError`."""

Admit = Callable[[str, str, str], ApiKey | Refusal]
"""Counts a request of an API key, by API id, stage and what the client sent; or says why it is refused."""


def no_plans(api_id: str, stage: str, value: str) -> Refusal:
    """There are no usage plans: no key is of use."""
    del api_id, stage, value
    return Refusal.INVALID_API_KEY


_ALLOWED = Result(ProxyReply(200))
_NO_KEY = "API Key not authorized because it is no key of a usage plan of this stage, or that key has used it up"
_CONNECTING = "Client [UserAgent: %s, SourceIp: %s] is connecting to WebSocket API [%s]."
_RECEIVED = "WebSocket API [%s] received message from client [Connection Id: %s]."
_CONNECTED = "Client [Connection Id: %s] connected to WebSocket API [%s] successfully."
_GONE = "Client [Connection Id: %s] disconnected from WebSocket API [%s] with status code: %d, reason: %s"


class Requests:
    """Makes requests of one API's integrations.

    Args:
        settings: The API.
        integrations: How integrations are called.
        authorize: How authorizers are asked; None where no route has one.
        records: Where it is written down.
        clock: Time.
        ids: Makes ids.
        admit: Counts what API keys do.
    """

    def __init__(
        self,
        settings: ApiSettings,
        *,
        integrations: Integrations,
        authorize: Authorize | None,
        records: Records,
        clock: Clock,
        ids: Callable[[], str],
        admit: Admit = no_plans,
    ) -> None:
        self._integrations = integrations
        self._authorize = authorize
        self._records = records
        self._clock = clock
        self._ids = ids
        self._admit = admit
        self.update(settings)

    def update(self, settings: ApiSettings) -> None:
        """Serves these settings from the next request on."""
        check_types(settings)
        self._settings = settings
        self._throttles = Throttles(settings, self._clock.monotonic)

    @property
    def asks_for_signature(self) -> bool:
        """Whether a client has to sign its handshake."""
        route = self._settings.routes.get(CONNECT)
        return route is not None and route.signed

    def admits_callback(self) -> bool:
        """Whether the account's throttle lets a call of ``@connections`` through."""
        return self._throttles.admits_callback()

    async def connect(self, opening: Opening) -> tuple[Result, Principal | None, str]:
        """Runs ``$connect``: what it answered, whom its authorizer let in, the request's id."""
        occasion = self._occasion(CONNECT)
        settings, route = self._settings, self._settings.routes.get(CONNECT)
        trace = self._trace(settings, occasion)
        trace.info(_CONNECTING, opening.user_agent, opening.source_ip, settings.api_id)
        if not self._throttles.admits_connection():
            return self._connected(opening, occasion, Result(Refusal.THROTTLED), None, trace)
        if route is None:
            return self._connected(opening, occasion, _ALLOWED, None, trace)
        admitted = await self._authorized(route, opening, occasion, trace)
        if isinstance(admitted, Denied):
            trace.error(f"Execution failed due to authorization: {admitted.reason}")
            return self._connected(opening, occasion, Result(admitted.refusal), None, trace)
        context = contexts.request_context(settings, opening, occasion, admitted)
        if (refused := self._key(route, opening, admitted, context)) is not None:
            trace.error(_NO_KEY)
            return self._connected(opening, occasion, Result(refused), admitted, trace)
        event = contexts.connect_event(settings, opening, context)
        if route.required and (lacking := missing(route.required, event)):
            reason = f": [{', '.join(lacking)}]"
            trace.error(f"Missing required request parameters{reason}")
            refusal = Result(Refusal.BAD_REQUEST_PARAMETERS, reason=reason)
            return self._connected(opening, occasion, refusal, admitted, trace)
        result = await self._call(route, event, trace)
        return self._connected(opening, occasion, result, admitted, trace)

    async def message(self, connection: Connection, text: str) -> None:
        """Takes a client's message to its route and, where the route is two-way or something failed, answers it."""
        settings = self._settings
        key = settings.selection.select(text, settings.routes)
        occasion = self._occasion(key or "", self._ids())
        context = contexts.request_context(settings, connection.opening, occasion, connection.principal)
        connection_id = connection.opening.connection_id
        trace = self._trace(settings, occasion)
        trace.info(_RECEIVED, settings.api_id, connection_id)
        trace.data("Message", text)
        if key is None:
            result = Result(Refusal.FORBIDDEN)
        elif not self._throttles.admits(key):
            result = Result(Refusal.THROTTLED)
        elif (
            refused := self._key(settings.routes[key], connection.opening, connection.principal, context)
        ) is not None:
            trace.error(_NO_KEY)
            result = Result(refused)
        elif (fault := _fault(settings.routes[key], text)) is not None:
            trace.error(f"Request body does not match model schema for content type application/json: {fault}")
            result = Result(Refusal.BAD_REQUEST_BODY, reason=fault)
        else:
            result = await self._call(settings.routes[key], contexts.message_event(settings, context, text), trace)
        route = settings.routes.get(occasion.route_key)
        result = _fitting(result, route)
        answer = _answer(result, route, connection_id, occasion.request_id)
        if answer is not None and connection.reply(answer):
            self._records.sent(occasion.route_key)
            trace.data("Message to client", answer)
        self._finish(settings, context, result, trace)

    async def disconnect(self, connection: Connection, end: End) -> None:
        """Runs ``$disconnect``. Nobody is there any more to be told what came of it."""
        settings, route = self._settings, self._settings.routes.get(DISCONNECT)
        details = {"disconnectStatusCode": end.code, "disconnectReason": end.reason}
        occasion = self._occasion(DISCONNECT, details=details)
        context = contexts.request_context(settings, connection.opening, occasion, connection.principal)
        trace = self._trace(settings, occasion)
        trace.info(_GONE, connection.opening.connection_id, settings.api_id, end.code, end.reason)
        result = _ALLOWED
        if route is not None:
            result = await self._call(route, contexts.disconnect_event(settings, context), trace)
        self._finish(settings, context, result, trace)

    def _key(self, route: Route, opening: Opening, principal: Principal | None, context: Event) -> Refusal | None:
        """Counts a request whose route wants an API key, and tells the context whose it is; or why it is refused."""
        if not route.api_key:
            return None
        settings = self._settings
        if settings.api_key_selection == AUTHORIZER_KEY:
            value = principal.usage_key if principal is not None else ""
        else:
            value = next((value for name, value in opening.headers if name.lower() == "x-api-key"), "")
        found = self._admit(settings.api_id, settings.stage, value)
        if isinstance(found, Refusal):
            return found
        context["identity"] |= {"apiKey": found.value, "apiKeyId": found.id}
        return None

    def _occasion(self, key: str, message_id: str | None = None, details: dict[str, object] | None = None) -> Occasion:
        return Occasion(contexts.event_type(key), key, self._ids(), self._clock.now(), message_id, details or {})

    def _trace(self, settings: ApiSettings, occasion: Occasion) -> Trace:
        trace = self._records.trace(settings, occasion.route_key, occasion.request_id)
        trace.info("Extended Request Id: %s", occasion.request_id)
        trace.info("Starting execution for request: %s", occasion.request_id)
        trace.info("WebSocket Request Route: [%s]", occasion.route_key)
        return trace

    async def _call(self, route: Route, event: Event, trace: Trace) -> Result:
        if route.integration is None:
            return Result(Refusal.NO_INTEGRATION)
        return await self._integrations.call(route, route.integration, event, trace)

    def _finish(self, settings: ApiSettings, context: Event, result: Result, trace: Trace) -> None:
        answer = result.answer
        if isinstance(answer, Refusal):
            trace.error(f"Gateway response type: {answer.response_type} with status code: {answer.status}")
        trace.info("Method completed with status: %d", answer.status)
        self._records.request(settings, context, result)

    def _connected(
        self, opening: Opening, occasion: Occasion, result: Result, principal: Principal | None, trace: Trace
    ) -> tuple[Result, Principal | None, str]:
        context = contexts.request_context(self._settings, opening, occasion, principal)
        self._finish(self._settings, context, result, trace)
        if isinstance(result.answer, ProxyReply) and result.answer.succeeded:
            trace.info(_CONNECTED, opening.connection_id, self._settings.api_id)
        return result, principal, occasion.request_id

    async def _authorized(
        self, route: Route, opening: Opening, occasion: Occasion, trace: Trace
    ) -> Principal | Denied | None:
        if route.signed and opening.caller is None:
            return Denied(Refusal.MISSING_AUTHENTICATION_TOKEN, "the handshake is not signed")
        authorizer, authorize = route.authorizer, self._authorize
        if authorizer is None:
            return None
        if authorize is None:
            return Denied(Refusal.AUTHORIZER_FAILURE, "nothing runs authorizers here")
        event = contexts.authorizer_event(self._settings, opening, occasion)
        missing = authorizer.missing(event)
        if missing is not None:
            return Denied(Refusal.UNAUTHORIZED, f"the request has no {missing}")
        trace.info("Starting authorizer: %s for request: %s", authorizer.id, occasion.request_id)
        what = f"authorizer {authorizer.id}"
        reply, latency = await self._integrations.within(
            limits.INTEGRATION_SECONDS[1],
            lambda: authorize(authorizer, contexts.encode(event)),
            what,
            late=None,
            failed=None,
            failure=trace.error,
        )
        if reply is None:
            return Denied(Refusal.AUTHORIZER_FAILURE, "the authorizer failed or took too long")
        trace.data("Authorizer result body before parsing", reply.payload)
        return read(reply, event["methodArn"], latency, contexts.condition_keys(opening, self._clock.now()))


def _fault(route: Route, text: str) -> str | None:
    """What is wrong with a message by the route's models.

    "If there is no matching model and $default isn't defined, the validation fails":
    https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
    """
    if route.model_selection is None:
        return None
    model = choose(
        route.models, route.model_selection, lambda name: text_at(text, name.removeprefix("request.body").lstrip("."))
    )
    return "[no model is for it]" if model is None else model.fault(text)


def _fitting(result: Result, route: Route | None) -> Result:
    """The result, or a failure where its body is longer than the message that would carry it to the client may be."""
    answer = result.answer
    if route is None or not route.response or isinstance(answer, Refusal) or answer.body is None:
        return result
    too_big = len(answer.body.encode("utf-8", "replace")) > limits.MESSAGE_BYTES
    return replace(result, answer=Refusal.INTEGRATION_FAILURE) if too_big else result


def _answer(result: Result, route: Route | None, connection_id: str, request_id: str) -> str | None:
    """What the client hears of its message: errors always, replies only where the route has a route response.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
    """
    if isinstance(result.answer, Refusal):
        return result.answer.frame(connection_id, request_id)
    return result.answer.body if route is not None and route.response else None
