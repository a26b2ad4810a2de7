"""TicTacToe: players queue over a WebSocket API and meet on a board behind a load balancer."""

from terrarium import Architecture, aws, beside, bundle, given

app = Architecture("tictactoe", description="A queue of players, and the board that they meet on")
var = app.variable

# What whoever deploys chooses ----------------------------------------------------------------------------------------

region = app.region = var("region", "us-east-1", "AWS region of everything")
domain = var("domain_name", "example.com", "Domain of the game; the board is at api.<domain>")
cidrs = {
    name: var(f"{name}_cidr", default, f"Addresses of {name.replace('_', ' ')}")
    for name, default in {
        "vpc": "10.0.0.0/16",
        "public_subnet_a": "10.0.1.0/24",
        "public_subnet_b": "10.0.2.0/24",
        "private_subnet_a": "10.0.101.0/24",
        "private_subnet_b": "10.0.102.0/24",
    }.items()
}
nat = var("enable_nat_gateways", False, "Whether private subnets reach the internet, through a NAT gateway per zone")
ssh = var("allowed_ssh_cidr", None, "Addresses that may open SSH to the instance; null for none", type="string")
size = var("instance_type", "t2.micro", "Type of the board's instance (x86_64)")
ami = var("ami_id", None, "Image of the board's instance; null for the latest Amazon Linux 2023", type="string")
key_name = var("key_name", None, "Key pair for SSH to the instance; null for none", type="string")
bucket = var("artifacts_bucket_name", "example-com-tictactoe", "Bucket of the board's code; unique in the world")
recovery = var("enable_point_in_time_recovery", False, "Whether the table can be restored to any second of 35 days")
account_logs = var(
    "set_api_gateway_log_role", True, "Whether to set the account's role with which API Gateway writes logs"
)

app.tags = {"Project": "tictactoe", "ManagedBy": "terraform"}

# The players, and the queue they stand in ----------------------------------------------------------------------------

players = aws.Table(
    app,
    "players",
    name="TicTacToeUsers",
    key="connectionId",
    indexes={"statusIndex": ("status", "joinedAt")},
    stream="NEW_AND_OLD_IMAGES",
    recovery=recovery,
)
queue = aws.WebSocketApi(app, "queue", stage="production", account=aws.ApiGatewayAccount(app, on=account_logs))

# The network ---------------------------------------------------------------------------------------------------------

network = app.module("network")
vpc = aws.Network(
    network,
    "vpc",
    cidr=cidrs["vpc"],
    public={zone: cidrs[f"public_subnet_{zone}"] for zone in "ab"},
    private={zone: cidrs[f"private_subnet_{zone}"] for zone in "ab"},
    nat=nat,
)
network.export(
    vpc_id=vpc.vpc["id"],
    public_subnets=vpc.public_subnets,
    private_subnets=vpc.private_subnets,
    private_route_table_ids=vpc.private_route_table_ids,
)

# Who may talk to whom ------------------------------------------------------------------------------------------------

security = app.module("security")
alb_sg = aws.SecurityGroup(
    security, "alb_sg", vpc=network.vpc_id, name="alb-sg", description="What reaches the load balancer"
)
alb_sg.allow("https", 443, aws.ANYWHERE, "Players, over HTTPS")
alb_sg.allow("http", 80, aws.ANYWHERE, "Players, to be sent on to HTTPS")
board_sg = aws.SecurityGroup(
    security, "jpro_sg", vpc=network.vpc_id, name="jpro-sg", description="What reaches the board's instance"
)
board_sg.allow("http", 80, alb_sg, "The load balancer")
board_sg.allow("ssh", 22, ssh, "Those who look after the instance", when=given(ssh))
security.export(alb_security_group_id=alb_sg.id, jpro_security_group_id=board_sg.id)

# The board, its balancer and its name --------------------------------------------------------------------------------

compute = app.module("compute")
endpoints = [
    aws.GatewayEndpoint(compute, service, vpc=network.vpc_id, route_tables=network.private_route_table_ids)
    for service in ("s3", "dynamodb")
]

artifacts = aws.Bucket(compute, "artifacts", name=bucket)
code = bundle("board", board="services/board", web="web", requirements="services/requirements.txt", python="3.12")
board = aws.Instance(
    compute,
    "jpro_instance",
    name="jpro-instance",
    program=aws.Program(
        "board",
        folder=beside("services"),
        command=("python3.12", "-m", "board"),
        binds=8080,
        serves=80,
        environment={"QUEUE_URL": queue.url},
        headers={"Access-Control-Allow-Origin": f"https://{domain}"},
    ),
    packages=("python3.12",),
    bucket=artifacts,
    code=artifacts.put("board", code),
    role=aws.Role(compute, "ec2_role", name="ec2-jpro-role", service="ec2"),
    profile="ec2_instance_profile",
    links={
        "PLAYERS_TABLE": players.access("GetItem"),
        "RESULTS_BUCKET": artifacts.access("read", "write", objects="keys/results"),
    },
    subnet=network.private_subnets[0],
    security_groups=[security.jpro_security_group_id],
    size=size,
    ami=ami,
    key_name=key_name,
    after=[endpoint.resource for endpoint in endpoints],
)

alb = aws.LoadBalancer(
    compute, "alb", name="ttt-alb", subnets=network.public_subnets, security_groups=[security.alb_security_group_id]
)
targets = aws.TargetGroup(
    compute, "jpro_tg", name="jpro-target-group", vpc=network.vpc_id, port=80, health="/", sticky=86400
)
targets.attach(board)
zone = aws.Zone(compute, "main", domain=domain)
certificate = aws.Certificate(compute, "cert", domain=f"api.{domain}", zone=zone)
alb.https(certificate, targets)
alb.redirect_http()
zone.alias("api", f"api.{domain}", alb)

# What happens on each message, and on each change of the table -------------------------------------------------------

utility = aws.Layer(app, "utility", code="layers/utility")


sends = {"QUEUE_ENDPOINT": queue.access("send")}


def handler(name: str, *actions: str, **links: aws.Access) -> aws.Function:
    """One of the queue's functions: it reads and writes the table as the actions say, and uses what else it links."""
    usual = {"PLAYERS_TABLE": players.access(*actions)}
    return aws.Function(app, name, code="handlers", layers=[utility], links=usual | links)


results = {"RESULTS_BUCKET": artifacts.access("read", objects="keys/results")}
routes = {
    "$connect": handler("connection", "PutItem"),
    "$disconnect": handler("disconnect", "GetItem", "DeleteItem", "Query", "UpdateItem"),
    "joinQueue": handler("joinQueue", "GetItem", "Query", "UpdateItem", **sends),
    "gameOVER": handler("gameOver", "GetItem", "Query", "UpdateItem", **sends, **results),
    "updateDB": handler("updateDB", "UpdateItem", **sends),
    "sendInfo": handler("sendInfo", "GetItem", "Query", **sends),
}
for key, function in routes.items():
    queue.route(key, function)
players.on_change(handler("streamDB", "Scan", "GetItem", "UpdateItem", "DeleteItem", **sends))

# What a deployment reports -------------------------------------------------------------------------------------------

app.output("queue_url", queue.url, "WebSocket address of the queue")
app.output("board_url", f"https://api.{domain}", "Address of the board")
app.output("name_servers", zone.resource["name_servers"], "Name servers that the domain's registrar must name")
app.output("players_table_name", players.name, "Name of the players' table")
