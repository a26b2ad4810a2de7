"""Every construct, with each of its value parameters as a variable: what tests of several back-ends are made of."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from terrarium import Architecture, aws, bundle
from terrarium.model.graph import Module

# Parameters whose default does not tell their type, or that have none.
TYPES = {
    "above": "number",
    "concurrency": "number",
    "maximum": "number",
    "monthly": "number",
    "protected": "bool",
    "quota": "number",
    "rate": "number",
    "read_capacity": "number",
    "route_tables": "list(string)",
    "subnets": "list(string)",
    "write_capacity": "number",
}


def value_parameters(construct: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of a construct that take any value of the graph."""
    parameters = inspect.signature(construct).parameters.values()
    return {parameter.name: parameter for parameter in parameters if parameter.annotation == "Value"}


def variables(app: Architecture, construct: Callable[..., Any]) -> dict[str, Any]:
    """A variable for each value parameter of a construct."""
    kinds = {bool: "bool", int: "number"}
    name = construct.__name__.lower()
    return {
        parameter.name: app.variable(
            f"{name}_{parameter.name}",
            description=f"{parameter.name} of the {name}",
            type=TYPES.get(parameter.name) or kinds.get(type(parameter.default), "string"),
        )
        for parameter in value_parameters(construct).values()
    }


def everything(code: str) -> Architecture:
    """An architecture of every construct, half of them in a module, so that all their variables cross its border."""
    app = Architecture("everything", region="eu-west-1")
    module = app.module("inner")
    edge(app)
    servers(app, module, code)
    handlers(app, code)
    return app


def edge(app: Architecture) -> None:
    people = aws.UserPool(app, "people", **variables(app, aws.UserPool))
    people.client(
        "page",
        hours=app.variable("token_hours", 1, "For how long a token lets in"),
        days=app.variable("signed_in_days", 30, "For how long somebody stays signed in"),
    )
    people.group("moderators", "May do more")
    app.output("issuer", people.issuer, "Who says who somebody is")
    aws.Budget(
        app, "costs", tell=[app.variable("treasurer", "a@example.com", "Who is told of costs")],
        **variables(app, aws.Budget),
    )  # fmt: skip
    topic = aws.Topic(app, "topic", **variables(app, aws.Topic))
    dimensions = {"FunctionName": "f"}
    aws.Alarm(
        app, "alarm", namespace="AWS/Lambda", metric="Errors", dimensions=dimensions, tell=[topic.arn],
        **variables(app, aws.Alarm),
    )  # fmt: skip


def servers(app: Architecture, module: Module, code: str) -> None:
    aws.Network(
        module,
        public={"a": "10.0.1.0/24"},
        private={"a": "10.0.2.0/24"},
        endpoints=("s3",),
        **variables(app, aws.Network),
    )
    aws.GatewayEndpoint(module, "dynamodb", **variables(app, aws.GatewayEndpoint))
    group = aws.SecurityGroup(module, "firewall", description="A firewall", **variables(app, aws.SecurityGroup))
    bucket = aws.Bucket(module, "bucket", **variables(app, aws.Bucket))
    role = aws.Role(module, "server", service="ec2", **variables(app, aws.Role))
    program = aws.Program("server", folder=bundle_folder(code), command=("python3", "server.py"), binds=8080, serves=80)
    instance = aws.Instance(
        module, "server", program=program, bucket=bucket, code=bucket.put("server", bundle("server", code=code)),
        role=role, profile="server", security_groups=[group.id], **variables(app, aws.Instance),
    )  # fmt: skip
    zone = aws.Zone(module, "zone", **variables(app, aws.Zone))
    certificate = aws.Certificate(module, "certificate", zone=zone, **variables(app, aws.Certificate))
    balancer = aws.LoadBalancer(module, "balancer", security_groups=[group.id], **variables(app, aws.LoadBalancer))
    targets = aws.TargetGroup(module, "targets", **variables(app, aws.TargetGroup))
    targets.attach(instance)
    balancer.https(certificate, targets)
    balancer.redirect_http()
    zone.alias("alias", f"www.{zone.resource['name']}", balancer)


def bundle_folder(code: str) -> Any:
    return bundle("folder", code=code).folders[0][1]


def handlers(app: Architecture, code: str) -> None:
    key = aws.Key(app, "key", **variables(app, aws.Key))
    table = aws.Table(
        app, "table", key=("a", "b"), indexes={"byC": "c"}, numbers=["b"], stream="NEW_IMAGE", ttl="expires",
        encryption=key, **variables(app, aws.Table),
    )  # fmt: skip
    aws.TableScaling(table, **variables(app, aws.TableScaling))
    api = aws.WebSocketApi(app, "api", **variables(app, aws.WebSocketApi))
    aws.ApiGatewayAccount(app, **variables(app, aws.ApiGatewayAccount))
    layer = aws.Layer(app, "layer", code=code)
    links = {"TABLE": table.access("read", "write"), "API": api.access("send", "disconnect", "inspect")}
    function = aws.Function(app, "function", code=code, layers=[layer], links=links, **variables(app, aws.Function))
    live = function.alias(
        "live", weights={"7": app.variable("share", 0.1, "Of version 7")}, **variables(app, aws.Alias)
    )
    live.provision(app.variable("warm", 1, "Instances that are kept initialised"))
    api.route("live", live)
    live.url(cors={"allow_origins": [app.variable("origin", "https://page.example", "Whose pages read it")]})
    function.url(public=True)
    tokens = api.authorizer(
        "tokens", function,
        identity_sources=[app.variable("identity_source", "context.stage", "What a client has to show")],
        name=app.variable("authorizer_name", "tokens", "The authorizer's name"),
    )  # fmt: skip
    api.route("$connect", function, authorizer=tokens)
    api.mock(
        "ping", answer=app.variable("pong", "{}", "What a ping is answered"),
        status=app.variable("ping_status", 200, "With which status"),
    )  # fmt: skip
    api.http(
        "forward", app.variable("forward_url", "http://localhost:8000", "Where messages go"),
        method=app.variable("forward_method", "POST", "How"), two_way=True,
    )  # fmt: skip
    plan = aws.UsagePlan(app, "plan", apis=[api], **variables(app, aws.UsagePlan))
    plan.key(
        "key", name=app.variable("key_name", "key", "The key's name"),
        enabled=app.variable("key_enabled", True, "Whether it is of use"),
    )  # fmt: skip
    routes = app.variable("routes", ["chat"], "Routes")
    api.route(routes.each, function, label="custom")
    queue = aws.Queue(app, "queue", **variables(app, aws.Queue))
    table.on_change(
        function, batch_size=app.variable("batch_size", 10, "Records at once"), on_failure=queue,
        parallelization_factor=app.variable("parallel", 2, "Batches at once"),
        tumbling_window=app.variable("window", 60, "Seconds of a state"),
        filter={"eventName": [app.variable("change", "INSERT", "Which changes")]},
    )  # fmt: skip
    function.on_failure(queue)
    function.on_success(follower := aws.Function(app, "follower", code=code, dead_letter=queue))
    function.events(
        retries=app.variable("retries", 1, "Retries of events"), maximum_age=app.variable("age", 60, "Their age")
    )
    follower.on_failure(aws.Bucket(app, "failures", name="failures"))
