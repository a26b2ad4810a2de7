"""Whatever has AWS's APIs: an emulator's endpoint, or a real account. Things are made by calls, as anybody would."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3

from tests.environment import free_port
from tests.fidelity.cloud import (
    BARE_ROUTES,
    FUNCTIONS,
    GREETING,
    ROUTES,
    SERVICE_FOLDER,
    STAGE,
    RouteTo,
)
from tests.fidelity.cloud.balancer import RULES
from tests.fidelity.targets.code import zipped
from tests.fidelity.targets.target import Place, Sockets, Target, UnavailableError
from tests.fidelity.targets.waiting import answers

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
# What the functions need, and not Scan: one statement is about that.
TABLES = [
    f"dynamodb:{action}"
    for action in """GetItem PutItem UpdateItem DescribeStream GetRecords GetShardIterator ListStreams""".split()
]
QUEUES = ["sqs:SendMessage"]
MAY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["logs:*", "execute-api:*", *QUEUES, *TABLES], "Resource": "*"}],
}
PATIENCE = 15.0  # seconds for what was made to become usable


class Account(Target):
    """An account.

    Args:
        url: The endpoint of every service; None for AWS's own.
        profile: The profile of a real account.
    """

    def __init__(self, url: str | None, profile: str | None) -> None:
        self._profile = profile
        self._url = url
        if url and not profile and not _is_here(url):
            raise ValueError(f"{url} is not on this machine, and no --profile says that it may be asked")
        super().__init__(self.session().region_name or "us-east-1")
        self._prefix = f"fidelity-{uuid.uuid4().hex[:8]}"

    def session(self) -> boto3.Session:
        if self._profile:
            return boto3.Session(profile_name=self._profile)
        return boto3.Session("test", "test", region_name="us-east-1")

    def endpoint(self, service: str) -> str | None:
        return self._url

    def notes(self) -> str:
        return self.once("table notes", lambda: self._table("notes", {"id": "S"}))

    def streamed(self) -> str:
        return self.once("table streamed", self._streamed)

    def function(self, label: str) -> str:
        environment = {"NOTES": self.notes(), "CONNECTIONS": "http://127.0.0.1:9"}
        return self.once(f"function {label}", lambda: self._function(label, label, environment))

    def own_function(self, label: str) -> str:
        environment = {"NOTES": self.notes(), "CONNECTIONS": "http://127.0.0.1:9"}
        return self._function(label, f"{label}-{uuid.uuid4().hex[:6]}", environment)

    def function_of_route(self, label: str) -> str:
        return f"{self._prefix}-sockets-{label}"

    def sockets(self, label: str = "sockets") -> Sockets:
        return self.once(f"WebSocket API {label}", lambda: self._sockets(label))

    def balancer(self) -> Place:
        return self.once("load balancer", self._balancer)

    def _table(self, label: str, key: Mapping[str, str], **options: Any) -> str:
        name = f"{self._prefix}-{label}"
        dynamodb = self.client("dynamodb")
        kinds = dict(zip(key, ("HASH", "RANGE"), strict=False))
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": attribute, "KeyType": kind} for attribute, kind in kinds.items()],
            AttributeDefinitions=[
                {"AttributeName": attribute, "AttributeType": type} for attribute, type in key.items()
            ],
            **options,
        )
        self._later(dynamodb.delete_table, TableName=name)
        dynamodb.get_waiter("table_exists").wait(TableName=name)
        return name

    def _streamed(self) -> str:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        name = self._table("streamed", {"id": "S", "n": "N"}, StreamSpecification=stream)
        arn = self.client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]
        made = self.client("lambda").create_event_source_mapping(
            EventSourceArn=arn, FunctionName=self.function("stream"), StartingPosition="TRIM_HORIZON"
        )
        self._later(self.client("lambda").delete_event_source_mapping, UUID=made["UUID"])
        return name

    def gateway_role(self) -> str:
        return self.once("gateway role", lambda: self._role("gateway", "apigateway"))

    def _role(self, label: str = "role", service: str = "lambda") -> str:
        iam = self.client("iam")
        name = f"{self._prefix}-{label}"
        trust = json.dumps(TRUST).replace("lambda.", f"{service}.")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self._later(iam.delete_role, RoleName=name)
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(MAY))
        self._later(iam.delete_role_policy, RoleName=name, PolicyName="all")
        return arn

    def _function(self, label: str, name: str, environment: Mapping[str, str]) -> str:
        code, name = FUNCTIONS[label], f"{self._prefix}-{name}"
        variables = {"GREETING": GREETING, **environment}
        if self._url:
            variables["AWS_ENDPOINT_URL"] = self._url
        settings: dict[str, Any] = {
            "FunctionName": name,
            "Runtime": code.runtime,
            "Role": self.once("role", self._role),
            "Handler": code.handler,
            "Code": {"ZipFile": zipped()},
            "Timeout": code.timeout,
            "MemorySize": code.memory,
            "Environment": {"Variables": variables},
        }
        self._create(settings)
        functions = self.client("lambda")
        self._later(functions.delete_function, FunctionName=name)
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        if code.concurrency is not None:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=code.concurrency)
        return name

    def _create(self, settings: Mapping[str, Any]) -> None:
        """A new role takes a moment until Lambda may assume it."""
        functions, deadline = self.client("lambda"), time.monotonic() + PATIENCE
        while True:
            try:
                functions.create_function(**settings)
            except functions.exceptions.InvalidParameterValueException:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)
            else:
                return

    def _sockets(self, label: str) -> Sockets:
        api = self.client("apigatewayv2")
        made = api.create_api(
            Name=f"{self._prefix}-{label}", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )
        id = made["ApiId"]
        self._later(api.delete_api, ApiId=id)
        sockets = self.addresses(made)
        environment = {"NOTES": self.notes(), "CONNECTIONS": sockets.connections}
        integrations: dict[str, str] = {}
        routes = {"sockets": ROUTES, "bare": BARE_ROUTES}[label]
        for key, to in routes.items():
            if to.function not in integrations:
                name = self._function(to.function, f"{label}-{to.function}", environment)
                integrations[to.function] = self._integration(id, name)
            self._route(id, key, to, integrations[to.function])
        api.create_stage(ApiId=id, StageName=STAGE, AutoDeploy=True)
        return sockets

    def addresses(self, api: Mapping[str, Any]) -> Sockets:
        """Where AWS puts it; an endpoint on this machine is asked at the path that emulators agree on."""
        if self._url:
            path = f"{urlsplit(self._url).netloc}/_aws/execute-api/{api['ApiId']}/{STAGE}"
            return Sockets(f"ws://{path}", f"http://{path}")
        name = urlsplit(api["ApiEndpoint"]).netloc
        return Sockets(f"wss://{name}/{STAGE}", f"https://{name}/{STAGE}")

    def _integration(self, api: str, function: str) -> str:
        arn = self.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
        region = self.region
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId="gateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        integration: str = self.client("apigatewayv2").create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri
        )["IntegrationId"]
        return integration

    def _route(self, api: str, key: str, to: RouteTo, integration: str) -> None:
        gateway = self.client("apigatewayv2")
        two_way = {"RouteResponseSelectionExpression": "$default"} if to.two_way else {}
        route = gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}", **two_way)
        if to.two_way:
            gateway.create_route_response(ApiId=api, RouteId=route["RouteId"], RouteResponseKey="$default")

    def _balancer(self) -> Place:
        if not self._url:
            raise UnavailableError("in a real account the balancer's targets would have to be reachable from its VPC")
        elb = self.client("elbv2")
        made = elb.create_load_balancer(Name=self._prefix, Subnets=self._subnets(), Type="application")
        balancer = made["LoadBalancers"][0]
        self._later(elb.delete_load_balancer, LoadBalancerArn=balancer["LoadBalancerArn"])
        services = {who: self._service(who) for who in ("one", "two")}
        groups = {name: self._group(name) for name in ("main", "sticky", "empty")}
        for name, who in (("main", "one"), ("sticky", "one"), ("sticky", "two")):
            elb.register_targets(TargetGroupArn=groups[name], Targets=[{"Id": "127.0.0.1", "Port": services[who]}])
        sticky = {"stickiness.enabled": "true", "stickiness.type": "lb_cookie"}
        elb.modify_target_group_attributes(
            TargetGroupArn=groups["sticky"], Attributes=[{"Key": key, "Value": sticky[key]} for key in sticky]
        )
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups["main"]}],
        )["Listeners"][0]
        for rule in RULES:
            elb.create_rule(ListenerArn=listener["ListenerArn"], **rule.api(groups))
        return self.balancer_place(balancer)

    def balancer_place(self, balancer: Mapping[str, Any]) -> Place:
        if not self._url:
            waiter = self.client("elbv2").get_waiter("load_balancer_available")
            waiter.wait(LoadBalancerArns=[balancer["LoadBalancerArn"]])
            return Place(balancer["DNSName"], 80, balancer["DNSName"])
        address = urlsplit(self._url)
        return Place(address.hostname or "", address.port or 80, balancer["DNSName"])

    def _subnets(self) -> list[str]:
        subnets = self.client("ec2").describe_subnets()["Subnets"]
        return [subnet["SubnetId"] for subnet in subnets][:2]

    def _group(self, name: str) -> str:
        vpcs = self.client("ec2").describe_vpcs()["Vpcs"]
        arn: str = self.client("elbv2").create_target_group(
            Name=f"{self._prefix}-{name}",
            Protocol="HTTP",
            Port=8080,
            VpcId=vpcs[0]["VpcId"],
            TargetType="ip",
            HealthCheckPath="/health",
        )["TargetGroups"][0]["TargetGroupArn"]
        self._later(self.client("elbv2").delete_target_group, TargetGroupArn=arn)
        return arn

    def _service(self, who: str) -> int:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(SERVICE_FOLDER / "board.py")], env=os.environ | {"PORT": str(port), "WHO": who}
        )
        self._undo.callback(process.wait)
        self._undo.callback(process.terminate)
        answers(port)
        return port

    def _later(self, call: Any, **arguments: Any) -> None:
        self.defer(lambda: call(**arguments))


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
