"""WebSocket APIs of API Gateway: put together from an API, its stage, its routes and their integrations."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from aiohttp import web

from terrarium.local.addresses import site_name
from terrarium.local.api.call import AwsCall
from terrarium.local.api.execute_api import Address, below
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply
from terrarium.local.edge.server import Site
from terrarium.local.edge.websocket_api import IntegrationReply, WebSocketApi
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.aws_services import ServiceRequest
from terrarium.local.edge.websocket_api.context import Caller
from terrarium.local.edge.websocket_api.integration_types import Reply as ServiceReply
from terrarium.local.edge.websocket_api.records import Metric
from terrarium.local.edge.websocket_api.requests import Admit
from terrarium.local.edge.websocket_api.settings import (
    Route,
)
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.kinds.websocket_settings import WebSocketSettings
from terrarium.local.registry import Entry
from terrarium.local.watch.metrics import Meter

#: As CloudTrail shows API Gateway's calls of integrations.
SESSION = "BackplaneAssumeRoleSession"


def _api_of(entry: Entry) -> str:
    """The id of the API that a resource is, or belongs to."""
    return str(entry["id"] if entry.type == "aws_apigatewayv2_api" else entry["api_id"])


class WebSocketApiKind:
    """APIs with their stages, routes and integrations."""

    types: ClassVar[tuple[str, ...]] = (
        "aws_apigatewayv2_api",
        "aws_apigatewayv2_stage",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_integration_response",
        "aws_apigatewayv2_route_response",
        "aws_apigatewayv2_model",
        "aws_apigatewayv2_authorizer",
    )

    def __init__(self, parts: Parts, admit: Admit) -> None:
        self._parts = parts
        self._admit = admit
        self._read = WebSocketSettings(parts.registry, region=parts.region, account=parts.account)
        self._apis: dict[str, dict[str, WebSocketApi]] = {}
        self._sites: dict[str, str] = {}
        self._disabled: set[str] = set()  # ids of APIs that answer at custom domain names alone

    @property
    def sites(self) -> Mapping[str, str]:
        """The ids of APIs, by the names and by the paths under which this machine knows them."""
        return self._sites

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.type != "aws_apigatewayv2_api":
            if not self._parts.registry.alive("aws_apigatewayv2_api", id=entry["api_id"]):
                raise NotAliveError("its API does nothing here")
            return {}
        if entry["protocol_type"] != "WEBSOCKET":
            raise NotAliveError("only WebSocket APIs come alive yet")
        # The address must be one that every client on this machine can use, and functions too.
        return {"api_endpoint": self._parts.addresses.by_path(site_name(entry.label), websocket=True)}

    async def start(self) -> None:
        for api in self._parts.registry.alive("aws_apigatewayv2_api"):
            await self._serve(api)

    async def arrived(self, entry: Entry) -> None:
        """Serves the entry's API as it is now; connections stay."""
        for api in self._parts.registry.alive("aws_apigatewayv2_api", id=_api_of(entry)):
            await self._serve(api)

    async def left(self, entry: Entry) -> None:
        """Serves the API without it; clients of a stage that is gone are sent away."""
        if entry.type == "aws_apigatewayv2_api":
            await self._leave(entry)
        else:
            await self.arrived(entry)

    async def _leave(self, api: Entry) -> None:
        for stage in self._apis.pop(api["id"], {}).values():
            await stage.close()
        name, addresses = site_name(api.label), self._parts.addresses
        if self._sites.pop(addresses.path(name), None):
            del self._sites[addresses.host(name)]
            self._parts.edge.remove(addresses.host(name))

    async def _serve(self, api: Entry) -> None:
        """Brings what is served in line with the registry: stages come, change and go, each with its clients."""
        running = self._apis.setdefault(api["id"], {})
        (self._disabled.add if api.get("disable_execute_api_endpoint") else self._disabled.discard)(api["id"])
        stages = {stage["name"]: stage for stage in self._parts.registry.of("aws_apigatewayv2_stage", api_id=api["id"])}
        gone = [running.pop(name) for name in tuple(running) if name not in stages]
        for name, stage in stages.items():
            if name in running:
                running[name].update(self._read.settings(api, stage))
            else:
                running[name] = self._made(api, stage)
        name, addresses = site_name(api.label), self._parts.addresses
        if addresses.path(name) not in self._sites:
            self._sites |= dict.fromkeys((addresses.path(name), addresses.host(name)), api["id"])
            self._parts.edge.add(Site(addresses.host(name), addresses.path(name), self._handler(api["id"])))
        for one in gone:
            await one.close()

    async def stop(self) -> None:
        for stages in self._apis.values():
            for api in stages.values():
                await api.close()

    def reached_at(self, entry: Entry) -> str:
        if entry.type != "aws_apigatewayv2_stage":
            return ""
        api = self._parts.registry.of("aws_apigatewayv2_api", id=entry["api_id"])[0]
        if api.get("disable_execute_api_endpoint"):
            return ""  # through custom domain names alone
        return f"{self._parts.addresses.by_name(site_name(api.label), websocket=True)}/{entry['name']}"

    def _made(self, api: Entry, stage: Entry) -> WebSocketApi:
        return WebSocketApi(
            self._read.settings(api, stage),
            invoke=self._invoke,
            authorize=self._authorize,
            clock=self._parts.clock,
            logs=self._parts.logs,
            events=self._parts.events,
            metric=self._metric(api["id"], stage),
            admit=self._admit,
            services=self._call,
        )

    def _metric(self, id: str, stage: Entry) -> Metric:
        """Counts for the API and for its stage, and for a route where detailed metrics are on.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
        """
        at_stage = {"ApiId": id, "Stage": stage["name"]}
        default = bool(stage.block("default_route_settings").get("detailed_metrics_enabled"))
        detailed = {
            settings["route_key"]: bool(settings.get("detailed_metrics_enabled"))
            for settings in stage.get("route_settings") or ()
        }

        @functools.cache
        def meters(metric: str, route: str) -> tuple[Meter, ...]:
            of_route = [{**at_stage, "Route": route}] if route and detailed.get(route, default) else []
            every = ({"ApiId": id}, at_stage, *of_route)
            return tuple(self._parts.metrics.meter("AWS/ApiGateway", metric, dimensions) for dimensions in every)

        def count(metric: str, value: float, route: str) -> None:
            for meter in meters(metric, route):
                meter.add(value)

        return count

    async def _call(self, request: ServiceRequest) -> ServiceReply:
        """Calls an AWS service at the laptop's own endpoint, as the role of the integration does."""
        status, headers, body = await self._parts.own_aws.send(request, request.target.role, SESSION)
        return ServiceReply(status, body.decode("utf-8", "replace"), tuple(headers.items()), raw=body)

    async def _invoke(self, route: Route, payload: bytes) -> IntegrationReply:
        assert route.integration is not None
        return await self._function(route.integration.target, payload)

    async def _authorize(self, authorizer: Authorizer, payload: bytes) -> IntegrationReply:
        return await self._function(authorizer.target, payload)

    async def _function(self, name: str, payload: bytes) -> IntegrationReply:
        result = await self._parts.functions.invoke(name, payload)
        return IntegrationReply(result.payload, result.error)

    def _handler(
        self, api_id: str
    ) -> Any:  # the edge's Handler; web.Request and BaseRequest differ only in typing here
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            """Answers what is not signed; what is comes in by `serve`."""
            return await self.answer(below(api_id, request.rel_url.raw_path), cast(web.Request, request))

        return handle

    async def answer(self, address: Address | None, request: web.Request) -> web.StreamResponse:
        """Answers a request that is not signed."""
        api = self._reached(address) if address else None
        if address is None or api is None:
            return web.json_response({"message": "Forbidden"}, status=403)
        if address.connection_id:
            return api.refuse_unsigned(request)
        return await api.handle(request, mapped=address.mapped)

    async def serve(self, address: Address, call: AwsCall) -> web.StreamResponse:
        api = self._stage(address)
        request = cast(web.Request, call.request)
        if address.connection_id:
            return await api.manage(request, address.connection_id, call.sent_body)
        who = call.principal
        caller = Caller(call.access_key, who.account, who.user_id, who.arn)
        return await api.handle(request, caller, address.mapped)

    def post(self, address: Address, data: bytes) -> Reply:
        return self._stage(address).command("POST", address.connection_id, data)

    def _stage(self, address: Address) -> WebSocketApi:
        api = self._reached(address)
        if api is None:
            raise AwsError("ForbiddenException", "Forbidden", 403)
        return api

    def _reached(self, address: Address) -> WebSocketApi | None:
        """What is at an address; nothing is at an API's own endpoint where that is disabled.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-disable-default-endpoint.html; it
        then answers 403: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
        """
        if address.mapped is None and address.api_id in self._disabled:
            return None
        return self._apis.get(address.api_id, {}).get(address.stage)
