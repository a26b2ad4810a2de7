"""WebSocket APIs as the registry describes them, read as the settings of those that come alive."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import parameters
from terrarium.local.edge.websocket_api.access_log import LogFormat
from terrarium.local.edge.websocket_api.authorizers import Authorizer
from terrarium.local.edge.websocket_api.aws_services import ServiceTarget
from terrarium.local.edge.websocket_api.aws_services import target as service_target
from terrarium.local.edge.websocket_api.execution_log import Logging
from terrarium.local.edge.websocket_api.expressions import Expression
from terrarium.local.edge.websocket_api.mapping import MappingTemplate
from terrarium.local.edge.websocket_api.models import Model
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
from terrarium.local.registry import Entry, Registry

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


class WebSocketSettings:
    """Reads them.

    Args:
        registry: Where everything is recorded.
        region: Where APIs are.
        account: Whose they are.
    """

    def __init__(self, registry: Registry, *, region: str, account: str) -> None:
        self._registry = registry
        self._region = region
        self._account = account

    def settings(self, api: Entry, stage: Entry) -> ApiSettings:
        defaults = stage.block("default_route_settings")
        own = {settings["route_key"]: settings for settings in stage.get("route_settings") or ()}
        variables = {name: str(value) for name, value in (stage.get("stage_variables") or {}).items()}
        routes = {
            entry["route_key"]: self._route(entry, own.get(entry["route_key"], {}), variables)
            for entry in self._registry.of("aws_apigatewayv2_route", api_id=api["id"])
        }
        return ApiSettings(
            api_id=api["id"],
            name=api["name"],
            stage=stage["name"],
            domain_name=f"{api['id']}.execute-api.{self._region}.amazonaws.com",
            region=self._region,
            account=self._account,
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
        found = self._registry.of(
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
            self._registry.of("aws_apigatewayv2_route_response", route_id=route["id"], route_response_key="$default")
        )

    def _models(self, route: Entry) -> dict[str, Model]:
        known = self._registry.of("aws_apigatewayv2_model", api_id=route["api_id"])
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
        responses = self._registry.of("aws_apigatewayv2_integration_response", integration_id=entry["id"])
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
        found = self._registry.of("aws_apigatewayv2_authorizer", id=route.get("authorizer_id"))
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
