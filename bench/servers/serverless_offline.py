"""serverless-offline with the chat sample; it has no tables, so dynalite keeps them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from bench.clients import ACCESS_VARIABLES
from bench.peers import Peers
from bench.processes import Child, free_ports
from bench.servers.ministack import make_table
from bench.servers.server import CHAT, TABLE
from bench.servers.tables import Dynalite

_ROUTES = {"connect": "$connect", "disconnect": "$disconnect", "message": "message"}
_QUIET = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "SLS_INTERACTIVE_SETUP_ENABLE": "0"}


class ServerlessOffline:
    """serverless-offline and its dynalite."""

    name = "serverless-offline"
    echo = "bench-dev-echo"

    def __init__(self, peers: Peers, folder: Path) -> None:
        self._peers, self._folder = peers, folder.resolve()
        self._child: Child | None = None
        self._tables = Dynalite(peers, folder / "dynalite")
        self.url = self.lambda_endpoint = ""

    def start(self) -> None:
        websocket, http, functions = free_ports(3)
        self._tables.start()
        make_table(self._tables.endpoint)
        self._write(websocket)
        command = self._peers.node_command("serverless")
        assert command is not None
        ports = {"--websocketPort": websocket, "--httpPort": http, "--lambdaPort": functions}
        options = [text for name, port in ports.items() for text in (name, str(port))]
        # The runtime's name is the interpreter that it runs: ours, which has boto3, has to be the first that it finds.
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        variables = {**ACCESS_VARIABLES, **_QUIET, "PATH": path, "AWS_ENDPOINT_URL_DYNAMODB": self._tables.endpoint}
        self._child = Child([*command, "offline", "start", "--host", "127.0.0.1", *options], self._folder, variables)
        self.url = f"ws://127.0.0.1:{websocket}"
        self.lambda_endpoint = f"http://127.0.0.1:{functions}"
        self._child.wait_for_port(websocket)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
        self._tables.stop()

    def _write(self, websocket: int) -> None:
        """The description; YAML takes JSON as it is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHAT / "handlers" / "chat.py", self._folder)
        modules = self._folder / "node_modules"
        if not modules.exists():
            modules.symlink_to(self._peers.node_modules)
        routes = {
            name: {"handler": f"chat.{name}", "events": [{"websocket": {"route": route}}]}
            for name, route in _ROUTES.items()
        }
        description = {
            "service": "bench",
            "frameworkVersion": "3",
            "provider": {
                "name": "aws",
                "runtime": f"python3.{sys.version_info.minor}",
                "region": "us-east-1",
                "memorySize": 256,
                "timeout": 10,
                "websocketsApiRouteSelectionExpression": "$request.body.action",
                "environment": {"TABLE": TABLE, "CONNECTIONS": f"http://127.0.0.1:{websocket}"},
            },
            "plugins": ["serverless-offline"],
            "functions": {**routes, "echo": {"handler": "chat.echo"}},
        }
        (self._folder / "serverless.yml").write_text(json.dumps(description, indent=2))
