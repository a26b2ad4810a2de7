"""Load balancers of every sort as the real Terraform provider makes them, without drift; they balance, and go."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import Up
from tests.system.test_apply import _apply, _plan_is_empty_and_destroy_leaves_nothing

ARCHITECTURE = '''"""A page, a function and addresses behind one balancer, and balancers that pass bytes."""
from terrarium import Architecture, aws

app = Architecture("balancing", region="us-east-1")
vpc = app.add("aws_vpc", "main", cidr_block="10.0.0.0/16")
subnets = [
    app.add("aws_subnet", zone, vpc_id=vpc["id"], cidr_block=f"10.0.{n}.0/24", availability_zone=f"us-east-1{zone}")
    for n, zone in enumerate("ab")
]
ids = [subnet["id"] for subnet in subnets]
firewall = app.add("aws_security_group", "web", name="web", description="Who may ask", vpc_id=vpc["id"])
web = app.add(
    "aws_lb", "web", name="web", load_balancer_type="application", subnets=ids, security_groups=[firewall["id"]],
    idle_timeout=120, client_keep_alive=600, preserve_host_header=True, xff_header_processing_mode="preserve",
    desync_mitigation_mode="strictest", tags={"team": "web"},
)
hello = aws.Function(app, "hello", code="handlers", name="hello", handler="app.handler")
functions = app.add("aws_lb_target_group", "functions", name="functions", target_type="lambda",
                    lambda_multi_value_headers_enabled=True)
app.add("aws_lambda_permission", "hello", action="lambda:InvokeFunction", function_name=hello.resource["function_name"],
        principal="elasticloadbalancing.amazonaws.com", source_arn=functions["arn"])
app.add("aws_lb_target_group_attachment", "hello", target_group_arn=functions["arn"], target_id=hello.resource["arn"])
addresses = app.add(
    "aws_lb_target_group", "addresses", name="addresses", port=8080, protocol="HTTP", vpc_id=vpc["id"],
    target_type="ip", deregistration_delay=5, slow_start=30, load_balancing_algorithm_type="round_robin",
    health_check={"path": "/health", "matcher": "200-299", "interval": 10, "timeout": 3, "port": "8081"},
    stickiness={"type": "app_cookie", "cookie_name": "seat", "cookie_duration": 600},
)
app.add("aws_lb_target_group_attachment", "one", target_group_arn=addresses["arn"], target_id="10.0.0.9", port=9090)
listener = app.add(
    "aws_lb_listener", "http", load_balancer_arn=web["arn"], port=80, protocol="HTTP",
    routing_http_response_server_enabled=False, routing_http_response_x_frame_options_header_value="DENY",
    default_action=[{
        "type": "fixed-response",
        "fixed_response": [{"content_type": "text/plain", "message_body": "nobody", "status_code": "404"}],
    }],
)
rules = {
    10: ([{"path_pattern": [{"values": ["/hello", "/hi"]}]}],
         {"type": "forward", "target_group_arn": functions["arn"]}),
    20: ([{"host_header": [{"values": ["*.example.com"]}]}, {"http_request_method": [{"values": ["GET", "HEAD"]}]}],
         {"type": "forward", "forward": [{
             "target_group": [{"arn": functions["arn"], "weight": 1}, {"arn": addresses["arn"], "weight": 3}],
             "stickiness": [{"enabled": True, "duration": 60}],
         }]}),
    30: ([{"http_header": [{"http_header_name": "X-Who", "values": ["ada"]}]},
          {"query_string": [{"key": "v", "value": "1"}, {"value": "two"}]},
          {"source_ip": [{"values": ["10.0.0.0/8"]}]}],
         {"type": "redirect", "redirect": [{"path": "/hello", "status_code": "HTTP_302"}]}),
}
for priority, (condition, action) in rules.items():
    app.add("aws_lb_listener_rule", f"rule{priority}", listener_arn=listener["arn"], priority=priority,
            condition=condition, action=[action], tags={"priority": str(priority)})

net = app.add("aws_lb", "net", name="net", load_balancer_type="network", internal=True, subnets=ids)
tcp = app.add("aws_lb_target_group", "tcp", name="tcp", port=5432, protocol="TCP", vpc_id=vpc["id"], target_type="ip")
app.add("aws_lb_listener", "tcp", load_balancer_arn=net["arn"], port=5432, protocol="TCP",
        default_action=[{"type": "forward", "target_group_arn": tcp["arn"]}])
gateway = app.add("aws_lb", "gateway", name="gateway", load_balancer_type="gateway", subnets=ids)
geneve = app.add("aws_lb_target_group", "geneve", name="geneve", port=6081, protocol="GENEVE", vpc_id=vpc["id"])
app.add("aws_lb_listener", "geneve", load_balancer_arn=gateway["arn"],
        default_action=[{"type": "forward", "target_group_arn": geneve["arn"]}])
'''
HANDLER = """
def handler(event, context):
    kinds = {"Content-Type": ["text/plain"]}
    return {"statusCode": 200, "multiValueHeaders": kinds, "body": "hello " + event["path"]}
"""


@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(900)  # the provider's own waits: each balancer's creation takes it half a minute, as does its end
def test_balancers_of_every_sort_are_applied_without_drift_and_destroyed(
    up: Callable[..., Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "app.py").write_text(HANDLER)
    (tmp_path / "architecture.py").write_text(ARCHITECTURE)
    system = up("empty")
    out = _apply(system, tmp_path, "architecture.py", monkeypatch)

    request = urllib.request.Request(f"http://127.0.0.1:{system.port}/hi", headers={"Host": "web.empty.localhost"})
    with urllib.request.urlopen(request, timeout=60) as got:
        assert (got.read(), got.headers["X-Frame-Options"], got.headers["Server"]) == (b"hello /hi", "DENY", None)
    status: dict[str, Any] = json.loads(system.terrarium("status", "--json").stdout)
    states = {(one["type"], one["state"]) for one in status["resources"] if one["address"].startswith("api.aws_lb.")}
    assert states == {("aws_lb", "alive"), ("aws_lb", "modelled")}

    _plan_is_empty_and_destroy_leaves_nothing(system, out)
