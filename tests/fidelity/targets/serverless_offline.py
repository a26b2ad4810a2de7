"""serverless-offline: the same handlers in a project of the Serverless Framework, with moto for their table."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.environment import free_port
from tests.fidelity.cloud import FUNCTIONS, FUNCTIONS_FOLDER, GREETING, ROUTES, STAGE
from tests.fidelity.targets.target import Place, Sockets, Target, UnavailableError
from tests.fidelity.targets.waiting import answers

SERVICE = "fidelity"
NOTES = "notes"


class ServerlessOffline(Target):
    """One project, served.

    Args:
        installed: The folder with its ``node_modules``.
        folder: Where the project is written.
    """

    def __init__(self, installed: Path, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._sockets, self._http, self._lambda, self._moto = (free_port() for _ in range(4))
        shutil.copytree(FUNCTIONS_FOLDER, folder, dirs_exist_ok=True)
        (folder / "node_modules").symlink_to(installed.resolve() / "node_modules")
        # YAML holds JSON.
        (folder / "serverless.yml").write_text(json.dumps(self._project(), indent=2))
        self._server = [str(folder / "node_modules/.bin/serverless"), "offline", "start", "--host", "127.0.0.1"]
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            self._start([str(Path(sys.executable).parent / "moto_server"), "-p", str(self._moto)], self._moto)
            self._start(self._server, self._sockets)
            self._make_notes()
        except BaseException:
            self.close()
            raise

    def _make_notes(self) -> None:
        self.keeper().create_table(
            TableName=NOTES,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )

    def _alive(self) -> None:
        """Starts it again where it has died: one statement's crash is not the next one's."""
        if self._processes[-1].poll() is not None:
            self._start(self._server, self._sockets)

    def _start(self, command: list[str], port: int) -> None:
        python = str(Path(sys.executable).parent)  # the `python3` that runs handlers: one with boto3
        environment = os.environ | {
            "PATH": f"{python}{os.pathsep}{os.environ['PATH']}",
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{self._moto}",
        }
        with (self._folder / f"{Path(command[0]).name}.log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append(process)
        answers(port)

    def _project(self) -> dict[str, Any]:
        environment = {
            "GREETING": GREETING,
            "NOTES": NOTES,
            "CONNECTIONS": f"http://127.0.0.1:{self._sockets}",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{self._moto}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        ports = {"httpPort": self._http, "websocketPort": self._sockets, "lambdaPort": self._lambda}
        return {
            "service": SERVICE,
            "frameworkVersion": "3",
            "plugins": ["serverless-offline"],
            "provider": {
                "name": "aws",
                "runtime": "python3.11",
                "region": self.region,
                "stage": STAGE,
                "websocketsApiRouteSelectionExpression": "$request.body.action",
                "environment": environment,
            },
            "custom": {"serverless-offline": ports},
            "functions": {label: _function(label) for label in FUNCTIONS},
        }

    def endpoint(self, service: str) -> str:
        self._alive()
        if service == "lambda":
            return f"http://127.0.0.1:{self._lambda}"
        raise UnavailableError(f"serverless-offline has no {service}")

    def function(self, label: str) -> str:
        self._alive()
        return f"{SERVICE}-{STAGE}-{label}"

    def sockets(self, label: str = "sockets") -> Sockets:
        if label != "sockets":
            raise UnavailableError("a project has one WebSocket API")
        self._alive()
        address = f"127.0.0.1:{self._sockets}"
        return Sockets(f"ws://{address}", f"http://{address}")

    def notes(self) -> str:
        return NOTES

    def keeper(self) -> Any:
        return self.client("dynamodb", endpoint_url=f"http://127.0.0.1:{self._moto}")

    def streamed(self) -> str:
        raise UnavailableError("serverless-offline has no tables")

    def balancer(self) -> Place:
        raise UnavailableError("serverless-offline has no load balancer in front of a program")

    def recover(self) -> None:
        """Starts it again: a handler that raises hangs in it, and what hangs holds up what comes after."""
        self._end(self._processes.pop())
        self._start(self._server, self._sockets)

    def close(self) -> None:
        for process in self._processes:
            self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends the group that it was started as, with its handlers."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3)


def _function(label: str) -> dict[str, Any]:
    code = FUNCTIONS[label]
    events = [
        {"websocket": {"route": key, **({"routeResponseSelectionExpression": "$default"} if to.two_way else {})}}
        for key, to in ROUTES.items()
        if to.function == label
    ]
    reserved = {} if code.concurrency is None else {"reservedConcurrency": code.concurrency}
    # Its Python is whatever `python3` is; it wants a name that it knows.
    runtime = {} if code.runtime.startswith("python") else {"runtime": code.runtime}
    return {
        "handler": code.handler,
        **runtime,
        "timeout": code.timeout,
        "memorySize": code.memory,
        "events": events,
        **reserved,
    }
