"""WebSocket APIs of API Gateway: put together from an API, its stage, its routes and their integrations."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.addresses import site_name
from terrarium.local.api.call import AwsCall
from terrarium.local.api.execute_api import Address, below
from terrarium.local.aws_error import AwsError
from terrarium.local.direct import Reply
from terrarium.local.edge.server import Site
from terrarium.local.edge.websocket_api import IntegrationReply, WebSocketApi, parameters
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.aws_services import ServiceRequest, ServiceTarget
from terrarium.local.edge.websocket_api.aws_services import target as service_target
from terrarium.local.edge.websocket_api.context import Caller
from terrarium.local.edge.websocket_api.execution_log import Logging
from terrarium.local.edge.websocket_api.expressions import Expression
from terrarium.local.edge.websocket_api.integration_types import Reply as ServiceReply
from terrarium.local.edge.websocket_api.mapping import MappingTemplate
from terrarium.local.edge.websocket_api.models import Model
from terrarium.local.edge.websocket_api.records import Metric
from terrarium.local.edge.websocket_api.requests import Admit
from terrarium.local.edge.websocket_api.selection import SelectionExpression
from terrarium.local.edge.websocket_api.settings import (
    HEADER_KEY,
    AccessLog,
    ApiSettings,
    Integration,
    IntegrationResponse,
    Route,
    Templates,
    Throttle,
)
from terrarium.local.function_names import named
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.registry import Entry
from terrarium.local.watch.metrics import Meter

#: As CloudTrail shows API Gateway's calls of integrations.
SESSION = "BackplaneAssumeRoleSession"
_FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations")


def _function_name(uri: str) -> str:
    """The function that an integration's or an authorizer's URI calls, perhaps a version or an alias of it."""
    function = _FUNCTION.search(uri)
    return named(function[1]).target if function else uri


def _called(type: str, uri: str, entry: Entry) -> tuple[str, ServiceTarget | None]:
    """What an integration calls: a function's name or a URL, and the AWS service, where it calls one."""
    if type == "AWS_PROXY" and not _FUNCTION.search(uri):
        hint = "a proxy integration of WebSocket APIs is one of a function; services are integrated by the type AWS"
        raise UserError(f"{entry.address} calls {uri}", where=entry.origin, hint=hint)
    if type == "AWS" and not _FUNCTION.search(uri):
        return uri, service_target(uri, entry.get("credentials_arn"))
    return (_function_name(uri) if type in ("AWS", "AWS_PROXY") else uri), None


def _templates(entry: Entry, name: str) -> Templates:
    texts: Mapping[str, str] = entry.get(name, {})
    by_key = {key: MappingTemplate(text) for key, text in texts.items()}
    return Templates(by_key, _expression(entry.get("template_selection_expression")))


def _expression(text: str | None) -> Expression | None:
    return Expression(text) if text else None


# The two below read a block of a stage's settings, whose attributes are of any type.
def _throttle(settings: Mapping[str, Any]) -> Throttle | None:
    rate = settings.get("throttling_rate_limit")
    return None if rate is None else Throttle(float(rate), int(settings.get("throttling_burst_limit") or 0))


def _logging(settings: Mapping[str, Any]) -> Logging | None:
    level = settings.get("logging_level")
    return None if level is None else Logging(level, bool(settings.get("data_trace_enabled")))


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
        self._apis: dict[str, dict[str, WebSocketApi]] = {}
        self._sites: dict[str, str] = {}

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
        stages = {stage["name"]: stage for stage in self._parts.registry.of("aws_apigatewayv2_stage", api_id=api["id"])}
        gone = [running.pop(name) for name in tuple(running) if name not in stages]
        for name, stage in stages.items():
            if name in running:
                running[name].update(self._settings(api, stage))
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
        return f"{self._parts.addresses.by_name(site_name(api.label), websocket=True)}/{entry['name']}"

    def _made(self, api: Entry, stage: Entry) -> WebSocketApi:
        return WebSocketApi(
            self._settings(api, stage),
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

    def _settings(self, api: Entry, stage: Entry) -> ApiSettings:
        defaults = stage.block("default_route_settings")
        own = {settings["route_key"]: settings for settings in stage.get("route_settings") or ()}
        variables = {name: str(value) for name, value in (stage.get("stage_variables") or {}).items()}
        routes = {
            entry["route_key"]: self._route(entry, own.get(entry["route_key"], {}), variables)
            for entry in self._parts.registry.of("aws_apigatewayv2_route", api_id=api["id"])
        }
        return ApiSettings(
            api_id=api["id"],
            name=api["name"],
            stage=stage["name"],
            domain_name=f"{api['id']}.execute-api.{self._parts.region}.amazonaws.com",
            region=self._parts.region,
            account=self._parts.account,
            selection=SelectionExpression(api.get("route_selection_expression", "$request.body.action")),
            routes=routes,
            throttle=_throttle(defaults),
            logging=_logging(defaults) or Logging(),
            access_log=self._access_log(stage),
            stage_variables=variables,
            address=stage.address,
            api_key_selection=api.get("api_key_selection_expression", HEADER_KEY),
        )

    # A block's attributes are of any type.
    def _route(self, entry: Entry, own: Mapping[str, Any], variables: Mapping[str, str]) -> Route:
        found = self._parts.registry.of(
            "aws_apigatewayv2_integration", id=entry.get("target", "").removeprefix("integrations/")
        )
        integration = self._integration(found[0], variables) if found else None
        return Route(
            entry["route_key"],
            integration,
            authorizer=self._authorizer(entry),
            api_key=bool(entry.get("api_key_required")),
            signed=entry.get("authorization_type") == "AWS_IAM",
            response=self._answers(entry),
            models=self._models(entry),
            model_selection=_expression(entry.get("model_selection_expression")),
            required=tuple(
                one["request_parameter_key"] for one in entry.get("request_parameter", ()) if one["required"]
            ),
            throttle=_throttle(own),
            logging=_logging(own),
        )

    def _answers(self, route: Entry) -> bool:
        """Whether a route is two-way: it says so, and has the one response that there can be.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
        """
        if not route.get("route_response_selection_expression"):
            return False
        return bool(
            self._parts.registry.of(
                "aws_apigatewayv2_route_response", route_id=route["id"], route_response_key="$default"
            )
        )

    def _models(self, route: Entry) -> dict[str, Model]:
        known = self._parts.registry.of("aws_apigatewayv2_model", api_id=route["api_id"])
        schemas = {model["name"]: model["schema"] for model in known}
        wanted = (route.get("request_models") or {}).items()
        return {key: Model(name, schemas[name]) for key, name in wanted if name in schemas}

    def _integration(self, entry: Entry, variables: Mapping[str, str]) -> Integration:
        type = entry["integration_type"]
        if entry.get("connection_type", "INTERNET") != "INTERNET":
            hint = "there are no private networks here: reach the endpoint directly"
            raise UserError(f"{entry.address} goes through a VPC link", where=entry.origin, hint=hint)
        if entry.block("tls_config"):
            hint = "API Gateway takes it for private integrations of HTTP APIs alone"
            raise UserError(f"{entry.address} has a tls_config", where=entry.origin, hint=hint)
        target, service = _called(type, parameters.address(entry.get("integration_uri", ""), {}, variables), entry)
        responses = self._parts.registry.of("aws_apigatewayv2_integration_response", integration_id=entry["id"])
        return Integration(
            target,
            type,
            entry.get("timeout_milliseconds", 29_000) / 1000,
            method=entry.get("integration_method", "POST"),
            request=_templates(entry, "request_templates"),
            passthrough=entry.get("passthrough_behavior", "WHEN_NO_MATCH"),
            parameters=entry.get("request_parameters", {}),
            responses=tuple(
                IntegrationResponse(
                    one["integration_response_key"],
                    _templates(one, "response_templates"),
                    one.get("content_handling_strategy", ""),
                )
                for one in responses
            ),
            content=entry.get("content_handling_strategy", ""),
            service=service,
        )

    def _authorizer(self, route: Entry) -> Authorizer | None:
        """Who is asked before a client connects, by the route's type of authorization.

        https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid.html (authorizationType)
        """
        type = route.get("authorization_type", "NONE")
        if type in ("NONE", "AWS_IAM"):
            return None
        found = self._parts.registry.of("aws_apigatewayv2_authorizer", id=route.get("authorizer_id"))
        if type != "CUSTOM" or not found:
            hint = 'what comes alive is "AWS_IAM", or "CUSTOM" with the authorizer_id of a REQUEST authorizer'
            raise UserError(
                f"the route {route['route_key']} asks for {type} authorization", where=route.origin, hint=hint
            )
        sources = tuple(found[0].get("identity_sources", ()))
        return Authorizer(found[0]["id"], _function_name(found[0]["authorizer_uri"]), sources)

    def _access_log(self, stage: Entry) -> AccessLog | None:
        written = stage.block("access_log_settings")
        if not written:
            return None
        return AccessLog(
            written["destination_arn"].split(":log-group:")[-1].removesuffix(":*"), LogFormat(written["format"])
        )

    def _handler(
        self, api_id: str
    ) -> Any:  # the edge's Handler; web.Request and BaseRequest differ only in typing here
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            """Answers what is not signed; what is comes in by `serve`."""
            found = below(api_id, request.rel_url.raw_path)
            api = self._apis.get(api_id, {}).get(found.stage) if found else None
            if found is None or api is None:
                return web.json_response({"message": "Forbidden"}, status=403)
            if found.connection_id:
                return api.refuse_unsigned(cast(web.Request, request))
            return await api.handle(cast(web.Request, request))

        return handle

    async def serve(self, address: Address, call: AwsCall) -> web.StreamResponse:
        api = self._stage(address)
        request = cast(web.Request, call.request)
        if address.connection_id:
            return await api.manage(request, address.connection_id, call.sent_body)
        who = call.principal
        return await api.handle(request, Caller(call.access_key, who.account, who.user_id, who.arn))

    def post(self, address: Address, data: bytes) -> Reply:
        return self._stage(address).command("POST", address.connection_id, data)

    def _stage(self, address: Address) -> WebSocketApi:
        api = self._apis.get(address.api_id, {}).get(address.stage)
        if api is None:
            raise AwsError("ForbiddenException", "Forbidden", 403)
        return api
