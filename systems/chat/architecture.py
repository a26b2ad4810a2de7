"""Chat: rooms, whispers and typing over one WebSocket API. Everything that a deployer may choose is a variable."""

from terrarium import Architecture, Variable, aws, both, call, choose, equals, negate
from terrarium.model.expressions import Value

app = Architecture("chat", description="Rooms, whispers, and who is typing")
var = app.variable

# What whoever deploys chooses ----------------------------------------------------------------------------------------

RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
ROUTES = ["chat", "join_room", "leave_room", "private_message", "room_list", "typing_indicator"]


def switch(name: str, description: str) -> Variable:
    """Something that is on unless whoever deploys wants it off."""
    return var(name, True, description)


def addition(name: str, description: str) -> Variable:
    """Something that the documentation advises for later: it is off unless whoever deploys wants it."""
    return var(name, False, description)


region = app.region = var("aws_region", "us-east-1", "AWS region of everything")
environment = var(
    "environment", "dev", "What this deployment is for; one that begins with prod refuses the token for tests"
)
project = var("project_name", "websocket-api", "What the names of all resources begin with")
api_name = var("api_name", "websocket-api", "Name of the WebSocket API")
stage = var("stage_name", "staging", "Stage of the API, the last part of its address", matches="^[A-Za-z0-9_-]{1,128}$")
select = var("route_selection_expression", "$request.body.type", "What of a message says which route it takes")
routes = var("custom_routes", ROUTES, "Types of messages that have a route; others are answered with an error")

billing = var(
    "dynamodb_billing_mode",
    "PROVISIONED",
    "How tables are paid for: by the hour, or by the request",
    one_of=["PROVISIONED", "PAY_PER_REQUEST"],
)
reads = var("dynamodb_read_capacity", 5, "Reads a second of each table and index, where provisioned", at_least=1)
writes = var("dynamodb_write_capacity", 5, "Writes a second of each table and index, where provisioned", at_least=1)
recovery = switch(
    "enable_dynamodb_point_in_time_recovery", "Whether tables can be restored to any second of the last 35 days"
)

runtime = var("lambda_runtime", "python3.11", "Runtime of the functions: a Python, 3.11 or newer")
memory = var(
    "lambda_memory_size", 256, "Memory of the functions connect and disconnect, in MB", at_least=128, at_most=10240
)
timeout = var(
    "lambda_timeout", 30, "Seconds that the functions connect and disconnect may take", at_least=1, at_most=900
)
message_memory = var(
    "lambda_message_memory_size", 512, "Memory of the function message, in MB", at_least=128, at_most=10240
)
message_timeout = var(
    "lambda_message_timeout", 60, "Seconds that the function message may take", at_least=1, at_most=900
)

encrypt = switch("enable_encryption", "Whether tables are encrypted with a key of their own instead of DynamoDB's")
tracing = switch("enable_xray_tracing", "Whether X-Ray follows calls of the functions")
retention = var("log_retention_days", 14, "Days for which logs are kept", one_of=RETENTIONS)

metrics = switch("enable_detailed_metrics", "Whether the API counts per route")
trace = switch("enable_data_trace", "Whether the API's log holds what people write; turn it off where that is private")
level = var("logging_level", "INFO", "What the API logs of its own working", one_of=["OFF", "ERROR", "INFO"])
burst = var("throttling_burst_limit", 500, "Messages that the API takes at once", at_least=0)
rate = var("throttling_rate_limit", 1000, "Messages a second that the API takes", at_least=0)
more_tags = var("additional_tags", {}, "Further tags of everything")

warm = var(
    "message_provisioned_concurrency",
    0,
    "Instances of the function message that are kept initialised, so that nobody waits for one; 0 keeps none",
    at_least=0,
)
most = var(
    "dynamodb_max_capacity",
    0,
    "Reads and writes a second to which auto scaling may raise each provisioned table and index; 0 scales none",
    at_least=0,
)
treasurer = var("cost_alert_email", "", "Who is told when a month's costs pass the limit; empty, and there is none")
cost_limit = var("monthly_cost_limit", 20, "Dollars a month, for the whole account, at which they are told", at_least=1)
sign_in = addition(
    "enable_cognito_authorizer",
    "Whether people sign in with Amazon Cognito: the token is then one of its access tokens",
)

keep = addition(
    "keep_private_messages",
    "Whether whispers are kept, each encrypted for the two of them; needs enable_cognito_authorizer, as anybody may "
    "call themselves anything without",
)

app.prefix = f"{project}-{environment}"
app.tags = call("merge", {"Project": project, "Environment": environment, "ManagedBy": "terraform"}, more_tags)

# What is kept --------------------------------------------------------------------------------------------------------

key = aws.Key(app, "data", on=encrypt, description="Encrypts the tables of the chat")


def table(
    label: str, key_schema: str | tuple[str, str], indexes: dict[str, str | tuple[str, str]] | None = None
) -> aws.Table:
    """One of the tables; what is in it goes once it is old."""
    return aws.Table(
        app,
        label,
        key=key_schema,
        indexes=indexes,
        ttl="expiresAt",
        billing=billing,
        read_capacity=reads,
        write_capacity=writes,
        recovery=recovery,
        encryption=key,
    )


connections = table("connections", "connectionId", {"byRoom": ("roomId", "connectionId"), "byUser": "userId"})
rooms = table("rooms", "roomId")
messages = table("messages", ("roomId", "sentAt"))
kept = both(sign_in, keep)
whisper_key = aws.Key(app, "whispers", on=kept, description="Encrypts whispers one by one, before they are kept")
with app.when(kept):
    whispers = table("whispers", ("userId", "sentAt"))
with app.when(both(equals(billing, "PROVISIONED"), negate(equals(most, 0)))):
    for scaled in (connections, rooms, messages):
        aws.TableScaling(scaled, read_capacity=reads, write_capacity=writes, maximum=most)
    with app.when(kept):
        aws.TableScaling(whispers, read_capacity=reads, write_capacity=writes, maximum=most)

# The API, and what happens on each message ---------------------------------------------------------------------------

api = aws.WebSocketApi(
    app,
    "api",
    name=api_name,
    stage=stage,
    select=select,
    rate=rate,
    burst=burst,
    log_level=level,
    data_trace=trace,
    metrics=metrics,
    retention=retention,
    account=aws.ApiGatewayAccount(app),
)
talk = aws.Layer(app, "talk", code="layers/talk", runtimes=[runtime])
sends = api.access("send")


def handler(
    label: str, size: Variable, seconds: Variable, environment: dict[str, Value] | None = None, **links: aws.Access
) -> aws.Function:
    """One of the functions: it may do what its links say, and nothing else."""
    return aws.Function(
        app,
        label,
        code="handlers",
        layers=[talk],
        runtime=runtime,
        memory=size,
        timeout=seconds,
        tracing=tracing,
        retention=retention,
        environment=environment,
        links=links,
    )


functions = {
    "connect": handler(
        "connect",
        memory,
        timeout,
        {"ENVIRONMENT": environment},
        CONNECTIONS_TABLE=connections.access("PutItem", "Query", "DeleteItem"),
        ROOMS_TABLE=rooms.access("UpdateItem"),
        API_ENDPOINT=sends,
    ),
    "disconnect": handler(
        "disconnect",
        memory,
        timeout,
        CONNECTIONS_TABLE=connections.access("GetItem", "Query", "DeleteItem"),
        ROOMS_TABLE=rooms.access("UpdateItem"),
        API_ENDPOINT=sends,
    ),
    "message": handler(
        "message",
        message_memory,
        message_timeout,
        CONNECTIONS_TABLE=connections.access("GetItem", "Query", "UpdateItem", "DeleteItem"),
        ROOMS_TABLE=rooms.access("Scan", "UpdateItem"),
        MESSAGES_TABLE=messages.access("PutItem", "Query"),
        WHISPERS_TABLE=whispers.access("PutItem", "Query"),
        WHISPERS_KEY=whisper_key.texts(),
        API_ENDPOINT=api.access("send", "disconnect"),
    ),
}

with app.when(sign_in):
    people = aws.UserPool(app, "people")
    page = people.client("page")
    people.group("moderators", "May close rooms, and open them again")
    authorize = handler("authorize", memory, timeout, {"ISSUER": people.issuer, "CLIENT_ID": page["id"]})
    cognito = api.authorizer("cognito", authorize, identity_sources=["route.request.querystring.token"])

api.route("$connect", functions["connect"], authorizer=cognito)
api.route("$disconnect", functions["disconnect"])
api.route("$default", functions["message"])
api.route(routes.each, functions["message"], label="custom")

# Where instances of the function message are kept initialised, messages go to the version that has them.
message = functions["message"]
is_warm = negate(equals(warm, 0))
with app.when(is_warm), app.layer("api"):
    live = message.alias("live", description="What messages go to")
    live.provision(warm)
    live.allow("api_message_live", service="apigateway", source=f"{api.resource['execution_arn']}/{stage}/*")
message.resource.set(publish=is_warm)
to_message = app.known("aws_apigatewayv2_integration.message")
assert to_message is not None, "made with the first route above"
to_message.set(integration_uri=choose(is_warm, live.resource["invoke_arn"], message.resource["invoke_arn"]))

# What wakes somebody up ----------------------------------------------------------------------------------------------

for name, function in functions.items():
    aws.Alarm(
        app,
        f"{name}_errors",
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions={"FunctionName": function.name},
        above=0,
        description=f"The function {name} failed: its log says why",
    )
aws.Alarm(
    app,
    "api_errors",
    namespace="AWS/ApiGateway",
    metric="ExecutionError",
    dimensions={"ApiId": api.resource["id"], "Stage": stage},
    above=0,
    description="The API could not hand a message to its function: the API's log says why",
)
with app.when(sign_in):
    aws.Alarm(
        app,
        "authorize_errors",
        namespace="AWS/Lambda",
        metric="Errors",
        dimensions={"FunctionName": authorize.name},
        above=0,
        description="The function authorize failed, and nobody comes in: its log says why",
    )
for one in (connections, rooms, messages, whispers):
    for kind in ("Read", "Write"):
        with app.when(one.resource.when):
            aws.Alarm(
                app,
                f"{one.label}_{kind.lower()}_throttles",
                namespace="AWS/DynamoDB",
                metric=f"{kind}ThrottleEvents",
                dimensions={"TableName": one.name},
                above=0,
                minutes=5,
                description=f"The table {one.label} refuses {kind.lower()}s: raise its capacity, or pay by the request",
            )

with app.when(negate(equals(treasurer, ""))):
    aws.Budget(app, "monthly", monthly=cost_limit, tell=[treasurer])

# What a deployment reports -------------------------------------------------------------------------------------------

test_user = "userId=testuser&username=TestUser&roomId=general&token=valid_test_token"
app.output("websocket_api_id", api.resource["id"], "Id of the WebSocket API")
app.output("websocket_api_endpoint", api.url, "Where clients connect")
app.output("test_connection_url", f"{api.url}?{test_user}", "An address to try it with, where the test token is taken")
for name, function in functions.items():
    app.output(f"{name}_function_name", function.name, f"Name of the function {name}")
app.output("connections_table_name", connections.name, "Name of the table of connections")
# These are null, and so not reported, unless people sign in.
app.output("user_pool_id", people.resource["id"], "Id of the user pool, where people sign in")
app.output("user_pool_client_id", page["id"], "Id with which the page signs people in")
