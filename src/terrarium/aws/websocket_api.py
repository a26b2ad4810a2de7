"""A WebSocket API of API Gateway (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terrarium.aws.access import Access, Statement
from terrarium.aws.alias import Alias
from terrarium.aws.function import Function
from terrarium.aws.role import trust
from terrarium.errors import UserError, did_you_mean
from terrarium.model.conditions import choose
from terrarium.model.expressions import Each, Json, Value, call
from terrarium.model.graph import Module, Resource
from terrarium.model.origin import origin

# What a function may do to connections, and the HTTP method that it is.
METHODS = {"send": "POST", "disconnect": "DELETE", "inspect": "GET"}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
LOGGED = (
    "requestId",
    "requestTime",
    "eventType",
    "routeKey",
    "status",
    "connectionId",
    "integrationLatency",
    "error.messageString",
)


class WebSocketApi:
    """An API whose clients stay connected, with one stage, throttled and logged.

    Args:
        scope: Where it lives.
        label: Its name in the module.
        stage: The stage's name, the last part of the address.
        name: Its name in AWS; from the architecture's prefix, if not given.
        select: The expression that picks a message's route.
        rate: Messages a second, over all connections.
        burst: Messages at once.
        log_level: ``OFF``, ``ERROR`` or ``INFO``: what API Gateway logs of its own working.
        data_trace: Whether whole messages are logged; they may hold what should not be in a log.
        metrics: Whether there are metrics per route.
        retention: Days for which the access log is kept.
        route_settings: Settings of single routes by their keys, over the stage's: Terraform's attributes of
            ``route_settings``, for example ``{"join": {"throttling_rate_limit": 10, "throttling_burst_limit": 5}}``.
        stage_variables: What functions and templates find under ``stageVariables``.
        account: The account's role for logs, if this architecture sets it: without it AWS refuses a stage that logs.
    """

    def __init__(
        self,
        scope: Module,
        label: str,
        *,
        stage: Value,
        name: Value = None,
        select: Value = "$request.body.action",
        rate: Value = 1000,
        burst: Value = 500,
        log_level: Value = "ERROR",
        data_trace: Value = False,
        metrics: Value = True,
        retention: Value = 14,
        route_settings: Mapping[str, Mapping[str, Value]] | None = None,
        stage_variables: Mapping[str, Value] | None = None,
        account: ApiGatewayAccount | None = None,
    ) -> None:
        self.scope = scope
        self.label = label
        self.stage_name = stage
        self._integrations: dict[Function | Alias, Resource] = {}
        with scope.layer("api"):
            self.resource = scope.add(
                "aws_apigatewayv2_api",
                label,
                name=f"{scope.prefix}-{label}" if name is None else name,
                protocol_type="WEBSOCKET",
                route_selection_expression=select,
            )
            self.logs = scope.add(
                "aws_cloudwatch_log_group",
                f"{label}_access",
                name=f"/aws/apigateway/{self.resource['id']}",
                retention_in_days=retention,
            )
            self.stage = scope.add(
                "aws_apigatewayv2_stage",
                label,
                api_id=self.resource["id"],
                name=stage,
                auto_deploy=True,
                default_route_settings={
                    "throttling_rate_limit": rate,
                    "throttling_burst_limit": burst,
                    "logging_level": log_level,
                    "data_trace_enabled": data_trace,
                    "detailed_metrics_enabled": metrics,
                },
                route_settings=[{"route_key": key, **own} for key, own in (route_settings or {}).items()] or None,
                stage_variables=dict(stage_variables) if stage_variables else None,
                access_log_settings={
                    "destination_arn": self.logs["arn"],
                    "format": Json({field: f"$context.{field}" for field in LOGGED}),
                },
                depends_on=() if account is None else (account.resource,),
            )

    @property
    def url(self) -> Value:
        """Where clients connect. (Not the stage's own attribute: functions need it, and it may wait for them.)"""
        return f"{self.resource['api_endpoint']}/{self.stage_name}"

    @property
    def management_url(self) -> Value:
        """Where ``@connections`` is answered: the same address over HTTPS."""
        return call("replace", self.url, "/^ws/", "http")

    def access(self, *words: str) -> Access:
        """May act on connections.

        Args:
            *words: ``send``, ``disconnect`` or ``inspect``.

        Returns:
            The address of ``@connections``, with that permission (for any id, as ids are made at run time).

        Raises:
            UserError: A word is none of these.
        """
        for word in words:
            if word not in METHODS:
                raise UserError(
                    f"a WebSocket API has no access {word!r}", where=origin(), hint=did_you_mean(word, METHODS)
                )
        stage = f"{self.resource['execution_arn']}/{self.stage_name}"
        resources = tuple(f"{stage}/{METHODS[word]}/@connections/*" for word in words)
        return Access(self.management_url, (Statement(("execute-api:ManageConnections",), resources),))

    def connecting(self) -> Access:
        """May connect where ``$connect`` asks for a signature: the address of clients, with that permission."""
        connect = f"{self.resource['execution_arn']}/{self.stage_name}/$connect"
        return Access(self.url, (Statement(("execute-api:Invoke",), (connect,)),))

    def authorizer(
        self,
        label: str,
        function: Function | Alias,
        *,
        identity_sources: Sequence[Value] = (),
        name: Value = None,
    ) -> Resource:
        """A function that says who may connect: a REQUEST authorizer, for the route ``$connect``.

        Args:
            label: Its name in the module.
            function: It is asked before each connection.
            identity_sources: What a request has to have, or it is refused with 401 before anybody is asked; for example
                ``route.request.header.Authorization`` or ``route.request.querystring.token``.
            name: Its name in AWS; the label, if not given.
        """
        with self.scope.layer("api"):
            authorizer = self.scope.add(
                "aws_apigatewayv2_authorizer",
                label,
                api_id=self.resource["id"],
                name=label if name is None else name,
                authorizer_type="REQUEST",
                authorizer_uri=function.resource["invoke_arn"],
                identity_sources=list(identity_sources) or None,
            )
            source = f"{self.resource['execution_arn']}/authorizers/{authorizer['id']}"
            function.allow(f"{self.label}_{label}_authorizer", service="apigateway", source=source)
        return authorizer

    def route(
        self,
        key: Value,
        function: Function | Alias,
        *,
        label: str | None = None,
        authorizer: Resource | None = None,
        signed: bool = False,
        api_key: Value = None,
        two_way: bool = False,
    ) -> Resource:
        """Hands messages to a function.

        Args:
            key: The route: ``$connect``, ``$disconnect``, ``$default``, or a value of the selection expression; the
                `each` of a list makes one route per item.
            function: It receives them; or an alias of it does.
            label: The route's name in the module; from its key, if not given.
            authorizer: Who is asked first (see `authorizer`); for ``$connect`` only.
            signed: Whether a client has to sign its handshake, as SDKs sign calls (``AWS_IAM``), and to be allowed to
                connect (see `connecting`); for ``$connect`` only, and in place of an authorizer.
            api_key: Whether a client needs an API key of a usage plan (see `UsagePlan`).
            two_way: Whether what the function returns as ``body`` goes back to the client.

        Raises:
            UserError: The key is decided on deployment and there is no label, or a route for messages has an
                authorizer, or a route has both ways of authorization.
        """
        if (authorizer is not None or signed) and not (isinstance(key, str) and key == "$connect"):
            hint = "a WebSocket API authorizes connections: give it to the route $connect"
            what = "asks for a signature" if signed else "cannot have an authorizer"
            raise UserError(f"the route {key!r} {what}", where=origin(), hint=hint)
        if authorizer is not None and signed:
            hint = "API Gateway takes one of the two"
            raise UserError(f"the route {key!r} has an authorizer and asks for a signature", where=origin(), hint=hint)
        with self.scope.layer("api"):
            integration = self._integration(function)
        # An authorizer that a deployer may leave out leaves a route that asks nobody, which is AWS's default.
        asks = None if authorizer is None else choose(authorizer.when, "CUSTOM", "NONE")
        authorization = "AWS_IAM" if signed else asks
        route = self._route(key, integration, label, authorizer, authorization, two_way=two_way)
        if api_key is not None:
            route.set(api_key_required=api_key)
        return route

    def mock(self, key: Value, *, answer: Value = None, status: Value = 200, label: str | None = None) -> Resource:
        """Answers messages without any function, for example a client's ping.

        Args:
            key: The route.
            answer: A mapping template that makes the answer; without one the client gets none.
            status: The status that the mock gives.
            label: The route's name in the module; from its key, if not given.

        Raises:
            UserError: The key is decided on deployment and there is no label.
        """
        label = _label(key, label)
        integration = self._integrated(
            label, "MOCK", request_templates={"application/json": Json({"statusCode": status})}
        )
        self.integration_response(
            label, integration, templates=None if answer is None else {"application/json": answer}
        )
        return self._route(key, integration, label, two_way=answer is not None)

    def http(
        self,
        key: Value,
        url: Value,
        *,
        method: Value = "POST",
        parameters: Mapping[str, Value] | None = None,
        two_way: bool = False,
        label: str | None = None,
    ) -> Resource:
        """Hands messages to an HTTP endpoint as they are.

        Args:
            key: The route.
            url: The endpoint; on a laptop only one on the laptop itself is called.
            method: HTTP's method.
            parameters: Headers and query parameters made of a message's context, for example
                ``{"integration.request.header.connectionId": "context.connectionId"}``.
            two_way: Whether the endpoint's answer goes back to the client.
            label: The route's name in the module; from its key, if not given.

        Raises:
            UserError: The key is decided on deployment and there is no label.
        """
        label = _label(key, label)
        integration = self._integrated(
            label,
            "HTTP_PROXY",
            integration_method=method,
            integration_uri=url,
            request_parameters=dict(parameters) if parameters else None,
        )
        return self._route(key, integration, label, two_way=two_way)

    def integration_response(
        self,
        label: str,
        integration: Resource,
        *,
        key: Value = "$default",
        templates: Mapping[str, Value] | None = None,
        select: Value = None,
    ) -> Resource:
        """Says what becomes of an integration's replies, where the integration is no proxy.

        Args:
            label: Its name in the module.
            integration: The integration.
            key: Which replies: ``$default``, or a pattern such as ``/4[0-9]+/`` of statuses or error messages.
            templates: Mapping templates that make the client's answer, by the keys that select them.
            select: The template selection expression.
        """
        with self.scope.layer("api"):
            return self.scope.add(
                "aws_apigatewayv2_integration_response",
                label,
                api_id=self.resource["id"],
                integration_id=integration["id"],
                integration_response_key=key,
                response_templates=dict(templates) if templates else None,
                template_selection_expression=select,
            )

    def _integrated(self, label: str, type: str, **attributes: Value) -> Resource:
        """An integration of its own for one route."""
        with self.scope.layer("api"):
            return self.scope.add(
                "aws_apigatewayv2_integration",
                label,
                api_id=self.resource["id"],
                integration_type=type,
                **attributes,
            )

    def _route(
        self,
        key: Value,
        integration: Resource,
        label: str | None,
        authorizer: Resource | None = None,
        authorization: Value = None,
        *,
        two_way: bool,
    ) -> Resource:
        label = _label(key, label)
        with self.scope.layer("api"):
            route = self.scope.add(
                "aws_apigatewayv2_route",
                label,
                api_id=self.resource["id"],
                route_key=key,
                target=f"integrations/{integration['id']}",
                authorization_type=authorization,
                authorizer_id=None if authorizer is None else authorizer["id"],
                operation_name=label if not isinstance(key, Each) else None,
                route_response_selection_expression="$default" if two_way else None,
            )
            if two_way:
                self.scope.add(
                    "aws_apigatewayv2_route_response",
                    label,
                    api_id=self.resource["id"],
                    route_id=route["id"],
                    route_response_key="$default",
                )
        return route

    def _integration(self, function: Function | Alias) -> Resource:
        if function not in self._integrations:
            # A function that another API calls too has its label taken.
            taken = self.scope.known(f"aws_apigatewayv2_integration.{function.label}")
            self._integrations[function] = self.scope.add(
                "aws_apigatewayv2_integration",
                f"{self.label}_{function.label}" if taken else function.label,
                api_id=self.resource["id"],
                integration_type="AWS_PROXY",
                integration_uri=function.resource["invoke_arn"],
            )
            source = f"{self.resource['execution_arn']}/{self.stage_name}/*"
            function.allow(f"{self.label}_{function.label}", service="apigateway", source=source)
        return self._integrations[function]


def _label(key: Value, label: str | None) -> str:
    if label is not None:
        return label
    if not isinstance(key, str):
        raise UserError(f"a route of {key!r} needs a label", where=origin(), hint='for example label="custom"')
    return key.strip("$")


class ApiGatewayAccount:
    """The role with which API Gateway writes logs, one per account and region: without it a stage cannot log.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

    Args:
        scope: Where it lives.
        label: Its name in the module.
        on: Whether this architecture sets it; another may have done so.
    """

    def __init__(self, scope: Module, label: str = "api_gateway_logs", *, on: Value = True) -> None:
        with scope.layer("api"), scope.when(on):
            self.role = scope.add(
                "aws_iam_role", label, name=f"{scope.prefix}-api-gateway-logs", assume_role_policy=trust("apigateway")
            )
            attachment = scope.add(
                "aws_iam_role_policy_attachment",
                label,
                role=self.role["name"],
                policy_arn="arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            )
            self.resource = scope.add(
                "aws_api_gateway_account", label, cloudwatch_role_arn=self.role["arn"], depends_on=[attachment]
            )
