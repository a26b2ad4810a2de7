"""The same things as an architecture, for Terrarium."""

from terrarium import Architecture, aws, beside, bundle
from terrarium.aws.network import ANYWHERE
from tests.fidelity.cloud import BARE_ROUTES, FUNCTIONS, GREETING, ROUTES, SERVICE_FOLDER, STAGE
from tests.fidelity.cloud.balancer import RULES

app = Architecture("fidelity", description="What statements about AWS are tried against")

notes = aws.Table(app, "notes", name="fidelity-notes", key="id")
streamed = aws.Table(
    app, "streamed", name="fidelity-streamed", key=("id", "n"), numbers=("n",), stream="NEW_AND_OLD_IMAGES"
)
apis = {
    name: aws.WebSocketApi(app.module(name), name, stage=STAGE, rate=10_000, burst=5_000)
    for name in ("sockets", "bare")
}

gateway = aws.Role(app, "gateway", name="fidelity-gateway", service="apigateway")
gateway.grant(notes.access("PutItem").statements)

functions = {
    name: aws.Function(
        app,
        name,
        name=f"fidelity-{name}",
        code="functions",
        handler=code.handler,
        runtime=code.runtime,
        timeout=code.timeout,
        memory=code.memory,
        concurrency=code.concurrency,
        environment={"GREETING": GREETING},
        links={
            "NOTES": notes.access("GetItem", "PutItem", "UpdateItem"),
            "CONNECTIONS": apis["sockets"].access("send", "disconnect"),
        },
    )
    for name, code in FUNCTIONS.items()
}
for name in (
    "receives",
    "abandoned",
    "raises",
    "describe",
):  # statements make queues of their own for what becomes of their events
    functions[name].role.grant([aws.Statement(("sqs:SendMessage",), ("arn:aws:sqs:*:*:fidelity-*",))])
streamed.on_change(functions["stream"], starting_position="TRIM_HORIZON")

for name, routes in (("sockets", ROUTES), ("bare", BARE_ROUTES)):
    for key, to in routes.items():
        label = f"{name}_{key.strip('$').replace('-', '_')}"
        route = apis[name].route(key, functions[to.function], label=label)
        if to.two_way:
            route.attributes["route_response_selection_expression"] = "$default"
            apis[name].scope.add(
                "aws_apigatewayv2_route_response",
                label,
                api_id=apis[name].resource["id"],
                route_id=route["id"],
                route_response_key="$default",
            )

vpc = aws.Network(app, cidr="10.0.0.0/16", public={"a": "10.0.1.0/24", "b": "10.0.2.0/24"}, private={})
firewall = aws.SecurityGroup(app, "balancer", vpc=vpc.vpc["id"], name="fidelity", description="Everybody")
firewall.allow("http", 80, ANYWHERE, "Everybody")
bucket = aws.Bucket(app, "code", name="fidelity-code")
code = bucket.put("service", bundle("service", service=beside(SERVICE_FOLDER)))


def group(name: str, *instances: aws.Instance, sticky: int = 0) -> aws.TargetGroup:
    """A target group with the instances in it."""
    made = aws.TargetGroup(
        app, name, name=f"fidelity-{name}", vpc=vpc.vpc["id"], port=8080, health="/health", sticky=sticky
    )
    for instance in instances:
        app.add(
            "aws_lb_target_group_attachment",
            f"{name}_{instance.label}",
            target_group_arn=made.arn,
            target_id=instance.resource["id"],
            port=8080,
        )
    return made


def instance(name: str, folder: str) -> aws.Instance:
    """An instance that runs the service without a reverse proxy, in a module of its own."""
    module = app.module(name)
    return aws.Instance(
        module,
        name,
        name=name,
        program=aws.Program(
            name,
            folder=beside(folder),
            command=("python3.12", "board.py"),
            binds=8080,
            serves=8080,
            environment={"WHO": name},
        ),
        bucket=bucket,
        code=code,
        role=aws.Role(module, name, name=f"fidelity-{name}", service="ec2"),
        profile=name,
        subnet=vpc.public_subnets[0],
        security_groups=[firewall.id],
    )


one, two = instance("one", "service"), instance("two", "service")
groups = {"main": group("main", one), "sticky": group("sticky", one, two, sticky=3600), "empty": group("empty")}
balancer = aws.LoadBalancer(app, "balancer", name="fidelity", subnets=vpc.public_subnets, security_groups=[firewall.id])
listener = balancer.http(groups["main"])
for rule in RULES:
    app.add("aws_lb_listener_rule", rule.label, listener_arn=listener["arn"], **rule.terraform(groups))

for name, api in apis.items():
    app.output(name, api.url, f"Where clients of {name} connect")
    app.output(f"{name}_connections", api.management_url, "Where its connections are managed")
