"""A WebSocket API that is alive: clients connect to it, backends reach them through it.

This is the rim: sockets and requests meet here, and every rule stands elsewhere: how routes are selected in
`selection`, what functions receive in `context`, how a connection may end in `lifecycle`, what AWS allows in
`limits`. It knows no Lambda, no graph and no AWS API; what it calls is passed in.

Order of messages. Each message is its own request to its integration, as on AWS, which promises no order: who needs
one puts a FIFO queue between (https://serverlessland.com/patterns/apigw-websocket-sqs-lambda), and a handler that
silently relied on one finds out here as it would there. What is kept is less surprising than that: the requests of
one connection *begin* in the order in which its messages arrived, up to `limits.MESSAGES_IN_FLIGHT` side by side;
then reading pauses until one of them is done.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from aiohttp import WSMessage, WSMsgType, hdrs, web
from aiohttp.http import WebSocketError

from terrarium.events import Events
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.direct import Reply
from terrarium.local.edge.websocket_api import limits, management
from terrarium.local.edge.websocket_api.connection import BufferFullError, Connection, GoneError
from terrarium.local.edge.websocket_api.context import Caller, Opening
from terrarium.local.edge.websocket_api.execution_log import LogSink
from terrarium.local.edge.websocket_api.handshake import is_upgrade, opening, url_length
from terrarium.local.edge.websocket_api.http_backend import HttpBackend
from terrarium.local.edge.websocket_api.ids import random_id
from terrarium.local.edge.websocket_api.integration_types import CallService, Invoke, no_services
from terrarium.local.edge.websocket_api.integrations import Integrations
from terrarium.local.edge.websocket_api.lifecycle import BY_CLOSE_CODE, Happening, left
from terrarium.local.edge.websocket_api.records import Metric, Records, no_metric
from terrarium.local.edge.websocket_api.replies import ProxyReply, Refusal
from terrarium.local.edge.websocket_api.requests import Admit, Authorize, Requests, no_plans
from terrarium.local.edge.websocket_api.settings import ApiSettings
from terrarium.local.edge.websocket_api.socket import GatewaySocket
from terrarium.local.edge.websocket_api.tasks import Tasks
from terrarium.local.mapped import Mapped

_UPGRADE: Final = {hdrs.UPGRADE: "websocket", hdrs.SEC_WEBSOCKET_VERSION: "13"}

# The same few connections are named again and again.
_unquoted: Final = functools.lru_cache(maxsize=4096)(unquote)


class WebSocketApi:
    """One WebSocket API with the stage that serves it.

    Args:
        settings: The API, its stage and its routes.
        invoke: Calls a route's integration.
        clock: Time.
        authorize: Runs an authorizer's function; needed where ``$connect`` has an authorizer.
        ids: Makes the ids of connections, requests and messages.
        logs: Where access log lines go.
        events: Where what happens is told.
        metric: Counts what CloudWatch would.
        admit: Counts what API keys do.
        services: Calls AWS services that routes integrate.

    Raises:
        UserError: For an integration type that does not come alive.
    """

    def __init__(
        self,
        settings: ApiSettings,
        *,
        invoke: Invoke,
        clock: Clock,
        authorize: Authorize | None = None,
        ids: Callable[[], str] = random_id,
        logs: LogSink | None = None,
        events: Events | None = None,
        metric: Metric = no_metric,
        admit: Admit = no_plans,
        services: CallService = no_services,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._connections: dict[str, Connection] = {}
        self._closing = False
        self._tasks = Tasks()
        self._calls = Tasks()
        self._integrations = Integrations(invoke, clock, self._calls, HttpBackend(), services)
        self._records = Records(clock, logs, events, metric)
        self._requests = Requests(
            settings,
            integrations=self._integrations,
            authorize=authorize,
            records=self._records,
            clock=clock,
            ids=ids,
            admit=admit,
        )

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    def update(self, settings: ApiSettings) -> None:
        """Serves other routes, limits and logs from the next request on; connections stay."""
        self._requests.update(settings)

    async def close(self, patience: float = 5.0) -> None:
        """Sends every client away with 1001, and returns once each ``$disconnect`` has run.

        Args:
            patience: Seconds after which it stops waiting for functions that are still at work.
        """
        self._closing = True
        for connection in tuple(self._connections.values()):
            connection.end(Happening.SHUT_DOWN)
        await self._tasks.finish(patience)
        await self._integrations.close()
        await self._calls.cancel()

    async def handle(
        self, request: web.Request, caller: Caller | None = None, mapped: Mapped | None = None
    ) -> web.StreamResponse:
        """A client's request to the stage, from its handshake to its end.

        Args:
            request: The request.
            caller: Who signed it, if it is signed.
            mapped: What it came through, where it came to a custom domain name.

        Until ``$connect`` is done the upgrade is pending and ``@connections`` does not know the connection
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html).
        """
        if self._closing:
            return web.json_response({"message": "Service Unavailable"}, status=503)
        if not is_upgrade(request):
            return web.json_response({"message": "Upgrade Required"}, status=426, headers=_UPGRADE)
        if url_length(request) > limits.URL_CHARACTERS:
            return web.json_response({"message": "Request-URI Too Long"}, status=414)
        signer = caller if self._requests.asks_for_signature else None
        facts = opening(request, self._ids(), self._clock.now(), secrets.token_hex(12), signer, mapped)
        # The server may cancel its handler once a client is gone; the connection's life goes on to its `$disconnect`.
        return await asyncio.shield(self._tasks.start(self._live(request, facts), "websocket-api-connection"))

    def refuse_unsigned(self, request: web.Request) -> web.Response:
        """The answer to a request that has to be signed and is not."""
        return management.unsigned(request, self._ids())

    async def manage(self, request: web.Request, connection_id: str, data: bytes | None = None) -> web.Response:
        """A call of ``@connections``.

        Args:
            request: POST with the data to send, GET, or DELETE.
            connection_id: As it stands in the path, quoted or not: ids end with ``=``, which SDKs quote.
            data: The body, where it has been read already.
        """
        if data is None:
            data = await management.posted_data(request) if request.method == hdrs.METH_POST else b""
        return management.respond(self.command(request.method, connection_id, data))

    def command(self, method: str, connection_id: str, data: bytes = b"") -> Reply:
        """The same for whoever has read the request already.

        Args:
            method: The request's.
            connection_id: As for `manage`.
            data: A POST's body; if it is longer than a message may be, that is refused.
        """
        try:
            return self._command(method, _unquoted(connection_id), data)
        except AwsError as refusal:
            return management.refused(refusal, self._ids())

    def _command(self, method: str, connection_id: str, data: bytes) -> Reply:
        if len(data) > limits.MESSAGE_BYTES:
            raise management.error("PayloadTooLargeException")
        if not self._requests.admits_callback():
            raise management.error("LimitExceededException")
        connection = self._connections.get(connection_id)
        if connection is None or not connection.lifecycle.open:
            raise management.error("GoneException")
        if method == hdrs.METH_POST:
            self._post(connection, data)
            return management.reply(self._ids())
        if method == hdrs.METH_GET:
            return management.reply(self._ids(), body=management.described(connection))
        if method == hdrs.METH_DELETE:
            connection.end(Happening.DELETED)
            return management.reply(self._ids(), 204)
        raise management.error("MethodNotAllowedException")

    def _post(self, connection: Connection, data: bytes) -> None:
        try:
            connection.post(data)
        except GoneError:
            raise management.error("GoneException") from None
        except BufferFullError:
            raise management.error("LimitExceededException") from None
        asyncio.get_running_loop().call_soon(self._records.sent, "")  # counted once the backend has been answered

    async def _live(self, request: web.Request, facts: Opening) -> web.StreamResponse:
        """A connection's whole life, beginning with whether `$connect` lets it in."""
        result, principal, request_id = await self._requests.connect(facts)
        connection = Connection(facts, principal, self._clock)
        answer = result.answer
        if isinstance(answer, Refusal) or not answer.succeeded:
            connection.lifecycle.refuse()
            return _refused(answer, facts.connection_id, request_id, result.reason)
        connection.lifecycle.accept()
        return await self._serve(request, connection, answer.headers.get("sec-websocket-protocol"))

    async def _serve(self, request: web.Request, connection: Connection, subprotocol: str | None) -> web.StreamResponse:
        """The connection from its acceptance on: whatever happens, it ends once, and then ``$disconnect`` runs."""
        offered = () if subprotocol is None else (subprotocol,)
        socket = GatewaySocket(offered, connection)
        connection_id = connection.opening.connection_id
        watch = None
        try:
            connection.attach(request.transport, await socket.prepare(request))
            self._connections[connection_id] = connection
            watch = self._tasks.start(connection.watch(), "websocket-api-limits")
            if self._closing:
                connection.end(Happening.SHUT_DOWN)
            await self._receive(socket, connection)
        except ConnectionError:
            connection.end(Happening.LOST)
        finally:
            connection.end(Happening.LOST)
            if watch is not None:
                watch.cancel()
            self._tasks.start(self._farewell(connection), "websocket-api-disconnect")
            await connection.closed()
        return socket

    async def _farewell(self, connection: Connection) -> None:
        await connection.closed()
        self._connections.pop(connection.opening.connection_id, None)
        if connection.ended is not None:
            await self._requests.disconnect(connection, connection.ended)

    async def _receive(self, socket: GatewaySocket, connection: Connection) -> None:
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.TEXT:
                await self._admit(connection, message.data)
            elif message.type is not WSMsgType.BINARY:
                return _note_end(connection, message, socket.refused)

    async def _admit(self, connection: Connection, text: str) -> None:
        """Begins a message's request once there is a place for it; until then nothing more is read."""
        if connection.lifecycle.open:
            await connection.slots.acquire()
        if connection.lifecycle.open:
            self._tasks.start(self._message(connection, text), "websocket-api-message")

    async def _message(self, connection: Connection, text: str) -> None:
        try:
            await self._requests.message(connection, text)
            await connection.drained()
        finally:
            connection.slots.release()


def _note_end(connection: Connection, message: WSMessage, refused: Happening | None) -> None:
    """Tells the connection how its client ended it, by the last thing that came from it."""
    if message.type is WSMsgType.CLOSE:
        connection.end(Happening.LEFT, left(message.data, message.extra or ""))
        connection.fall_silent()
    elif isinstance(message.data, WebSocketError):
        connection.end(BY_CLOSE_CODE.get(message.data.code, Happening.BROKEN_PROTOCOL))
    else:
        connection.end(refused or Happening.LOST)


def _refused(answer: ProxyReply | Refusal, connection_id: str, request_id: str, details: str) -> web.Response:
    """The answer to a handshake that fails: the status that ``$connect`` gave, or API Gateway's own."""
    if isinstance(answer, ProxyReply):
        return web.Response(status=answer.status)
    text = answer.frame(connection_id, request_id, details)
    return web.Response(status=answer.status, text=text, content_type="application/json")
