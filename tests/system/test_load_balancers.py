"""Load balancers that calls make: they balance at once, change while they run, last, and end when they are deleted."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp import web

from tests.system.architectures import write
from tests.system.conftest import PATIENCE, Up, until

ROLE = "arn:aws:iam::000000000000:role/anything"
HELLO = """
import json


def handler(event, context):
    told = {"path": event["path"], "group": event["requestContext"]["elb"]["targetGroupArn"]}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(told)}
"""


def fixed(status: int, body: str = "") -> list[dict[str, Any]]:
    config = {"StatusCode": str(status), "ContentType": "text/plain", "MessageBody": body}
    return [{"Type": "fixed-response", "FixedResponseConfig": config}]


def forward(group: str) -> list[dict[str, Any]]:
    return [{"Type": "forward", "TargetGroupArn": group}]


# boto3 makes its clients' classes while it runs: there is no type to name.
def client(service: str, port: int) -> Any:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    return make(service, endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)


@dataclass
class Made:
    """What calls made: ARNs, and the balancer's name in AWS's DNS."""

    balancer: str
    host: str
    listener: str
    services: str
    functions: str


async def serve(request: web.BaseRequest) -> web.StreamResponse:
    """A program of the developer's own: HTTP, and WebSockets that say everything back."""
    if request.headers.get("Upgrade", "").lower() == "websocket":
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"back: {message.data}")
        return socket
    return web.Response(text=f"service {request.path}")


@pytest.fixture
async def service() -> AsyncIterator[int]:
    """The port of a small HTTP server of the test."""
    runner = web.ServerRunner(web.Server(serve), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def make(port: int, service: int) -> Made:
    """A balancer with a service, a function, a redirect and a fixed answer behind it."""
    elb, ec2, functions = client("elbv2", port), client("ec2", port), client("lambda", port)
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    asked = {"Protocol": "HTTP", "Port": 80, "DefaultActions": fixed(404, "nobody")}
    listener = elb.create_listener(LoadBalancerArn=arn, **asked)["Listeners"][0]["ListenerArn"]
    in_vpc = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "ip"}
    group = elb.create_target_group(Name="services", **in_vpc)["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": service}])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hello.py", HELLO)
    function = functions.create_function(
        FunctionName="hello",
        Runtime="python3.12",
        Handler="hello.handler",
        Role=ROLE,
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
    hello = elb.create_target_group(Name="functions", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=hello, Targets=[{"Id": function}])
    redirect = {"Path": "/service/#{path}", "StatusCode": "HTTP_302"}
    rules: list[tuple[str, list[dict[str, Any]]]] = [
        ("/service/*", forward(group)),
        ("/hello", forward(hello)),
        ("/old/*", [{"Type": "redirect", "RedirectConfig": redirect}]),
    ]
    for priority, (path, actions) in enumerate(rules, 1):
        conditions = [{"Field": "path-pattern", "Values": [path]}]
        elb.create_rule(ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=actions)
    secret = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Who", "Values": ["ada*"]}}
    elb.create_rule(ListenerArn=listener, Priority=9, Conditions=[secret], Actions=fixed(200, "hello ada"))
    return Made(arn, balancer["DNSName"], listener, group, hello)


@dataclass
class Asked:
    """An answer as it came."""

    status: int
    text: str
    location: str = ""


async def ask(session: aiohttp.ClientSession, system: Up, path: str, *, host: str = "", **headers: str) -> Asked:
    """One request to the balancer, by its name on this machine or in AWS."""
    given = {"Host": host or f"web.empty.localhost:{system.port}", **headers}
    url = f"http://127.0.0.1:{system.port}{path}"
    async with session.get(url, headers=given, allow_redirects=False) as got:
        return Asked(got.status, await got.text(), got.headers.get("Location", ""))


async def test_a_balancer_that_calls_make_balances_at_once(
    up: Callable[..., Up], service: int, session: aiohttp.ClientSession
) -> None:
    system = up("empty")
    made = await asyncio.to_thread(make, system.port, service)

    assert await ask(session, system, "/service/a") == Asked(200, "service /service/a")
    assert await ask(session, system, "/service/a", host=made.host) == Asked(200, "service /service/a")
    assert await ask(session, system, "/elsewhere") == Asked(404, "nobody")
    assert await ask(session, system, "/elsewhere", **{"X-Who": "ada lovelace"}) == Asked(200, "hello ada")
    assert json.loads((await ask(session, system, "/hello")).text) == {"path": "/hello", "group": made.functions}
    moved = await ask(session, system, "/old/a")
    assert (moved.status, moved.location) == (302, f"http://web.empty.localhost:{system.port}/service/old/a")
    url = f"ws://127.0.0.1:{system.port}/service/socket"
    async with session.ws_connect(url, headers={"Host": f"web.empty.localhost:{system.port}"}) as socket:
        await socket.send_str("hi")
        assert await asyncio.wait_for(socket.receive_str(), PATIENCE) == "back: hi"

        elb = client("elbv2", system.port)  # changes keep connections
        await asyncio.to_thread(elb.modify_listener, ListenerArn=made.listener, DefaultActions=fixed(410, "gone"))
        await socket.send_str("still there")
        assert await asyncio.wait_for(socket.receive_str(), PATIENCE) == "back: still there"
    assert await ask(session, system, "/elsewhere") == Asked(410, "gone")


async def test_targets_come_and_go_at_once_and_tell_how_they_are(
    up: Callable[..., Up], service: int, session: aiohttp.ClientSession
) -> None:
    system = up("empty")
    made = await asyncio.to_thread(make, system.port, service)
    elb = client("elbv2", system.port)

    def states(group: str) -> set[str]:
        found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {f"{one['Target']['Id']} {one['TargetHealth']['State']}" for one in found}

    def register(*ids: str) -> None:
        elb.register_targets(TargetGroupArn=made.services, Targets=[{"Id": id, "Port": service} for id in ids])

    await asyncio.to_thread(until, lambda: states(made.services) == {"127.0.0.1 healthy"})
    assert await asyncio.to_thread(states, made.functions) == {
        "arn:aws:lambda:us-east-1:000000000000:function:hello unavailable"
    }
    await asyncio.to_thread(register, "10.0.0.7")
    await asyncio.to_thread(until, lambda: states(made.services) == {"127.0.0.1 healthy", "10.0.0.7 unhealthy"})
    far = {"TargetGroupArn": made.services, "Targets": [{"Id": "10.0.0.7", "Port": service}]}
    (told,) = (await asyncio.to_thread(elb.describe_target_health, **far))["TargetHealthDescriptions"]
    assert told["TargetHealth"]["Reason"] == "Target.Timeout"
    near = [{"Id": "127.0.0.1", "Port": service}]
    await asyncio.to_thread(elb.deregister_targets, TargetGroupArn=made.services, Targets=near)
    await asyncio.to_thread(until, lambda: states(made.services) == {"127.0.0.1 draining", "10.0.0.7 unhealthy"})
    assert (await ask(session, system, "/service/a")).status == 504
    await asyncio.to_thread(register, "127.0.0.1")
    await asyncio.to_thread(until, lambda: states(made.services) == {"127.0.0.1 healthy", "10.0.0.7 unhealthy"})
    assert (await ask(session, system, "/service/a")).status == 200


async def test_a_deleted_balancer_is_gone_with_its_site(
    up: Callable[..., Up], service: int, session: aiohttp.ClientSession
) -> None:
    system = up("empty")
    made = await asyncio.to_thread(make, system.port, service)
    elb = client("elbv2", system.port)
    url = f"ws://127.0.0.1:{system.port}/service/socket"
    async with session.ws_connect(url, headers={"Host": f"web.empty.localhost:{system.port}"}) as socket:
        await asyncio.to_thread(elb.delete_load_balancer, LoadBalancerArn=made.balancer)
        ended = await asyncio.wait_for(socket.receive(), PATIENCE)
        assert ended.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert (await ask(session, system, "/service/a")).text != "service /service/a"
    assert await asyncio.to_thread(lambda: elb.describe_load_balancers()["LoadBalancers"]) == []
    await asyncio.to_thread(elb.delete_target_group, TargetGroupArn=made.services)


@pytest.mark.parametrize("end", ["down", "kill -9"])
async def test_everything_is_there_the_next_time(
    up: Callable[..., Up], service: int, session: aiohttp.ClientSession, end: str
) -> None:
    system = up("empty")
    made = await asyncio.to_thread(make, system.port, service)
    before = await asyncio.to_thread(
        lambda: client("elbv2", system.port).describe_rules(ListenerArn=made.listener)["Rules"]
    )
    if end == "down":
        assert system.terrarium("down").returncode == 0
    else:
        os.kill(system.process.pid, signal.SIGKILL)
    system.process.communicate(timeout=PATIENCE)

    again = up("empty")

    assert await ask(session, again, "/service/a") == Asked(200, "service /service/a")
    assert json.loads((await ask(session, again, "/hello")).text)["group"] == made.functions
    assert await asyncio.to_thread(
        lambda: client("elbv2", again.port).describe_rules(ListenerArn=made.listener)["Rules"]
    ) == before  # fmt: skip
    status = json.loads(again.terrarium("status", "--json").stdout)
    reached = [one["reached_at"] for one in status["resources"] if one["type"] == "aws_lb_listener"]
    assert reached == [f"http://web.empty.localhost:{again.port}/"]


async def test_a_network_balancer_is_described_and_says_that_it_balances_nothing(up: Callable[..., Up]) -> None:
    system = up("empty")

    def network() -> str:
        elb, ec2 = client("elbv2", system.port), client("ec2", system.port)
        subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:1]
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        arn = elb.create_load_balancer(Name="net", Type="network", Subnets=subnets)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        tcp = {"Protocol": "TCP", "Port": 80}
        group = elb.create_target_group(Name="tcp", VpcId=vpc, **tcp)["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(LoadBalancerArn=arn, DefaultActions=forward(group), **tcp)
        return str(elb.describe_load_balancers(Names=["net"])["LoadBalancers"][0]["Type"])

    assert await asyncio.to_thread(network) == "network"
    status = json.loads(system.terrarium("status", "--json").stdout)
    states = {one["type"]: (one["state"], bool(one["note"])) for one in status["resources"]}
    assert states == dict.fromkeys(("aws_lb", "aws_lb_target_group", "aws_lb_listener"), ("modelled", True))


@pytest.mark.aws2
async def test_the_command_line_describes_what_is_alive(
    up: Callable[..., Up], service: int, aws2: str, session: aiohttp.ClientSession
) -> None:
    system = up("empty")
    made = await asyncio.to_thread(make, system.port, service)
    assert (await ask(session, system, "/service/a")).status == 200

    def said(*arguments: str) -> Any:
        keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "me", "AWS_REGION": "us-east-1"}
        command = [aws2, "--endpoint-url", f"http://127.0.0.1:{system.port}", "elbv2", *arguments, "--output", "json"]
        done = subprocess.run(command, env=os.environ | keys, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (balancer,) = (await asyncio.to_thread(said, "describe-load-balancers", "--names", "web"))["LoadBalancers"]
    assert (balancer["LoadBalancerArn"], balancer["State"]) == (made.balancer, {"Code": "active"})
    told = await asyncio.to_thread(said, "describe-target-health", "--target-group-arn", made.services)
    (target,) = told["TargetHealthDescriptions"]
    assert target["Target"] == {"Id": "127.0.0.1", "Port": service}


ARCHITECTURE = """
vpc = app.add("aws_vpc", "main", cidr_block="10.0.0.0/16")
subnets = [
    app.add("aws_subnet", zone, vpc_id=vpc["id"], cidr_block=f"10.0.{n}.0/24", availability_zone=f"us-east-1{zone}")
    for n, zone in enumerate("ab")
]
front = app.add("aws_lb", "front", name="front", load_balancer_type="application", subnets=[s["id"] for s in subnets])
group = app.add("aws_lb_target_group", "functions", name="functions", target_type="lambda")
hello = aws.Function(app, "hello", code="code")
app.add(
    "aws_lambda_permission", "hello", action="lambda:InvokeFunction", function_name=hello.resource["function_name"],
    principal="elasticloadbalancing.amazonaws.com", source_arn=group["arn"],
)
app.add(
    "aws_lb_target_group_attachment", "hello", target_group_arn=group["arn"], target_id=hello.resource["arn"]
)
app.add(
    "aws_lb_listener", "http", load_balancer_arn=front["arn"], port=80, protocol="HTTP",
    default_action=[{"type": "forward", "target_group_arn": group["arn"]}],
)
"""


async def test_what_the_architecture_describes_is_seen_and_changed_until_the_next_start(
    up: Callable[..., Up], service: int, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    architecture = write(tmp_path, more=ARCHITECTURE, hello=HELLO)
    system = up(architecture)
    own = f"mini.localhost:{system.port}"
    assert json.loads((await ask(session, system, "/a", host=own)).text)["path"] == "/a"

    def change() -> str:
        elb = client("elbv2", system.port)
        (balancer,) = elb.describe_load_balancers(Names=["front"])["LoadBalancers"]
        (listener,) = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        (group,) = elb.describe_target_groups(LoadBalancerArn=balancer["LoadBalancerArn"])["TargetGroups"]
        in_vpc = {"Protocol": "HTTP", "Port": 80, "VpcId": balancer["VpcId"], "TargetType": "ip"}
        other = elb.create_target_group(Name="services", **in_vpc)["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=other, Targets=[{"Id": "127.0.0.1", "Port": service}])
        elb.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=forward(other))
        return str(group["TargetType"])

    assert await asyncio.to_thread(change) == "lambda"
    assert await ask(session, system, "/a", host=own) == Asked(200, "service /a")
    system.end()

    again = up(architecture)
    own = f"mini.localhost:{again.port}"
    assert json.loads((await ask(session, again, "/a", host=own)).text)["path"] == "/a"
