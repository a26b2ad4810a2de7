"""An API under test: on a random port, before integrations that a test writes as plain functions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from terrarium.events import Event, Events
from terrarium.local.clock import Clock, SystemClock
from terrarium.local.edge.websocket_api import IntegrationReply, WebSocketApi
from terrarium.local.edge.websocket_api.context import Caller
from terrarium.local.edge.websocket_api.execution_log import LogSink
from terrarium.local.edge.websocket_api.integration_types import CallService, no_services
from terrarium.local.edge.websocket_api.requests import Admit, Authorize, no_plans
from terrarium.local.edge.websocket_api.selection import SelectionExpression
from terrarium.local.edge.websocket_api.settings import ApiSettings, Integration, Route

# What a function receives and returns is any JSON.
Handler = Callable[[dict[str, Any]], Awaitable[Any]]


class HandlerError(Exception):
    """What a handler raises; its text must never reach a client."""


def settings(*routes: str | Route, **changes: Any) -> ApiSettings:
    """An API with these routes, each integrated with the function of its own name."""
    made = [route if isinstance(route, Route) else Route(route, Integration(route)) for route in routes]
    base = ApiSettings(
        api_id="a1b2c3d4e5",
        name="queue",
        stage="production",
        domain_name="a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        region="us-east-1",
        account="000000000000",
        selection=SelectionExpression("$request.body.action"),
        routes={route.key: route for route in made},
        address="aws_apigatewayv2_api.queue",
    )
    return replace(base, **changes)


@dataclass
class Gateway:
    """A running API, and what it asked of its integrations."""

    api: WebSocketApi
    server: TestServer
    session: aiohttp.ClientSession
    calls: list[dict[str, Any]]
    happened: list[Event]
    metrics: list[tuple[str, float]]
    called: asyncio.Condition = field(default_factory=asyncio.Condition)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the server cancelled a request because its client was gone."""

    @property
    def endpoint(self) -> str:
        """What an SDK is given as the endpoint of ``@connections``."""
        return str(self.server.make_url("/production"))

    async def connect(self, path: str = "/production", **options: Any) -> aiohttp.ClientWebSocketResponse:
        """A client by aiohttp."""
        url = self.server.make_url(path)
        client: aiohttp.ClientWebSocketResponse = await self.session.ws_connect(url, **options)
        return client

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind that integrations received: CONNECT, MESSAGE, DISCONNECT."""
        return [event for event in self.calls if event["requestContext"]["eventType"] == kind]

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The last of that many events of a kind, once they have come."""
        async with self.called, asyncio.timeout(30):
            await self.called.wait_for(lambda: len(self.events(kind)) >= count)
        return self.events(kind)[count - 1]

    async def connection_id(self) -> str:
        """The id of the client that connected last."""
        await self.until("CONNECT")
        found: str = self.events("CONNECT")[-1]["requestContext"]["connectionId"]
        return found


async def accept(event: dict[str, Any]) -> Any:
    """A handler that is content with everything."""
    return {"statusCode": 200}


@asynccontextmanager
async def running(
    api: ApiSettings,
    handlers: Mapping[str, Handler] | None = None,
    *,
    clock: Clock | None = None,
    logs: LogSink | None = None,
    authorize: Authorize | None = None,
    caller: Caller | None = None,
    admit: Admit = no_plans,
    services: CallService = no_services,
) -> AsyncIterator[Gateway]:
    """Serves an API whose functions are these handlers, `accept` where none is given."""
    called = asyncio.Condition()
    calls: list[dict[str, Any]] = []

    async def invoke(route: Route, payload: bytes) -> IntegrationReply:
        event = json.loads(payload)
        async with called:
            calls.append(event)
            called.notify_all()
        assert route.integration is not None
        try:
            result = await (handlers or {}).get(route.integration.target, accept)(event)
        except HandlerError as error:
            return IntegrationReply(json.dumps({"errorMessage": str(error)}).encode(), "Unhandled")
        return IntegrationReply(json.dumps(result).encode())

    events, happened, metrics = Events(), list[Event](), list[tuple[str, float]]()
    events.subscribe(happened.append)
    gateway = WebSocketApi(
        api,
        invoke=invoke,
        clock=clock or SystemClock(),
        authorize=authorize,
        logs=logs,
        events=events,
        metric=lambda name, value, route: metrics.append((name, value)),
        admit=admit,
        services=services,
    )
    abandoned = asyncio.Event()
    server = TestServer(_application(gateway, abandoned, caller))
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as session:
            yield Gateway(gateway, server, session, calls, happened, metrics, called, abandoned)
    finally:
        await gateway.close()
        await server.close()


def _application(api: WebSocketApi, abandoned: asyncio.Event, caller: Caller | None) -> web.Application:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await api.handle(request, caller)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    async def manage(request: web.Request) -> web.Response:
        return await api.manage(request, request.match_info["id"])

    application = web.Application()
    application.router.add_get("/production", handle)
    application.router.add_route("*", "/production/@connections/{id}", manage)
    return application
