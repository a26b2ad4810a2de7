"""Terrarium itself: the architecture beside, brought up by the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.environment import ROOT
from tests.fidelity.cloud import FUNCTIONS, GREETING, STAGE
from tests.fidelity.targets.code import zipped
from tests.fidelity.targets.target import Place, Sockets, Target, UnavailableError

PATIENCE = 60  # seconds


class Terrarium(Target):
    """``terrarium up`` in a folder of its own.

    Args:
        folder: Where it keeps its state; it stays as short as the caller wants.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        architecture = ROOT / "tests" / "fidelity" / "cloud" / "architecture.py"
        command = [sys.executable, "-m", "terrarium.cli", "up", str(architecture), "--port", "0", "--json"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        errors = folder / "errors.txt"
        with errors.open("w") as stream:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )
        printed = self._printed()
        if not printed:
            self._process.wait()
            raise UnavailableError(errors.read_text())
        self._status = json.loads(printed)

    def _printed(self) -> str:
        text = ""
        for line in self._process.stdout or ():
            text += line
            if line == "}\n":
                break
        return text

    def endpoint(self, service: str) -> str:
        return f"http://127.0.0.1:{self._status['port']}"

    def function(self, label: str) -> str:
        return f"fidelity-{label}"

    def own_function(self, label: str) -> str:
        code, name = FUNCTIONS[label], f"own-{label}-{uuid.uuid4().hex[:6]}"
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime=code.runtime,
            Role="arn:aws:iam::000000000000:role/fidelity-own",
            Handler=code.handler,
            Code={"ZipFile": zipped()},
            Timeout=code.timeout,
            MemorySize=code.memory,
            Environment={"Variables": {"GREETING": GREETING, "NOTES": self.notes()}},
        )
        return name

    def sockets(self, label: str = "sockets") -> Sockets:
        outputs = self._status["outputs"]
        return Sockets(outputs[label], outputs[f"{label}_connections"])

    def addresses(self, api: Mapping[str, Any]) -> Sockets:
        url = f"{api['ApiEndpoint']}/{STAGE}"
        return Sockets(url, url.replace("ws", "http", 1))

    def gateway_role(self) -> str:
        return "arn:aws:iam::000000000000:role/fidelity-gateway"

    def notes(self) -> str:
        return "fidelity-notes"

    def streamed(self) -> str:
        return "fidelity-streamed"

    def balancer(self) -> Place:
        for resource in self._status["resources"]:
            if resource["address"].startswith("aws_lb_listener.") and resource["reached_at"]:
                name = urlsplit(resource["reached_at"]).netloc
                return Place("127.0.0.1", self._status["port"], name)
        raise UnavailableError("no listener is alive")

    def balancer_place(self, balancer: Mapping[str, Any]) -> Place:
        return Place("127.0.0.1", self._status["port"], balancer["DNSName"])

    def close(self) -> None:
        # Its tables end with it.
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=PATIENCE)
