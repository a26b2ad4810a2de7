"""MiniStack with the chat sample, set up through its AWS API as its users do it."""

from __future__ import annotations

import contextlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

from bench.clients import ACCESS_VARIABLES, client
from bench.peers import Peers
from bench.processes import Child, free_ports
from bench.servers.server import CHAT, TABLE

_ROLE = "arn:aws:iam::000000000000:role/bench"
_ROUTES = {"$connect": "connect", "$disconnect": "disconnect", "message": "message"}


class MiniStack:
    """The server alone; `MiniStackChat` sets the sample up."""

    name = "MiniStack"

    def __init__(self, peers: Peers, folder: Path) -> None:
        self._peers, self._folder = peers, folder
        self._child: Child | None = None
        self.port = 0
        self.endpoint = ""

    def start(self) -> None:
        (self.port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        variables = {
            **ACCESS_VARIABLES,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "TMPDIR": str(self._folder.resolve()),
            "LOG_LEVEL": "WARNING",
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        self._child = Child([str(self._peers.python), "-m", "ministack"], self._folder, variables)
        self._child.wait_for_port(self.port)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()


class MiniStackChat(MiniStack):
    """The server with the sample in it."""

    echo = "bench-echo"

    def __init__(self, peers: Peers, folder: Path) -> None:
        super().__init__(peers, folder)
        self.url = self.lambda_endpoint = ""

    def start(self) -> None:
        super().start()
        self.lambda_endpoint = self.endpoint
        make_table(self.endpoint)
        self._make_api()

    def _make_api(self) -> None:
        gateway = client("apigatewayv2", self.endpoint)
        api = gateway.create_api(
            Name="bench", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )["ApiId"]
        address = f"127.0.0.1:{self.port}/_aws/execute-api/{api}/production"
        variables = {"TABLE": TABLE, "CONNECTIONS": f"http://{address}"}
        for route, name in _ROUTES.items():
            arn = self._make_function(name, variables)
            uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
            integration = gateway.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri)
            target = f"integrations/{integration['IntegrationId']}"
            gateway.create_route(ApiId=api, RouteKey=route, Target=target)
        self._make_function("echo", variables)
        gateway.create_stage(ApiId=api, StageName="production", AutoDeploy=True)
        self.url = f"ws://{address}"

    def _make_function(self, name: str, variables: dict[str, str]) -> str:
        made: dict[str, Any] = client("lambda", self.endpoint).create_function(  # boto3 answers with plain JSON values
            FunctionName=f"bench-{name}",
            Runtime=f"python3.{sys.version_info.minor}",
            Role=_ROLE,
            Handler=f"chat.{name}",
            Code={"ZipFile": _zipped()},
            Environment={"Variables": variables},
            Timeout=10,
            MemorySize=256,
        )
        return str(made["FunctionArn"])


def make_table(endpoint: str) -> None:
    """Makes the sample's table where it is not part of a description."""
    database = client("dynamodb", endpoint)
    with contextlib.suppress(database.exceptions.ResourceInUseException):
        database.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "connectionId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "connectionId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    database.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(CHAT / "handlers" / "chat.py", "chat.py")
    return packed.getvalue()
