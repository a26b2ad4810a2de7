"""Terrarium with the chat sample: the command as people type it."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.processes import Child, free_ports
from bench.results import OURS
from bench.servers.server import CHAT


class Terrarium:
    """``terrarium up`` in a folder of its own."""

    name = OURS
    echo = "bench-echo"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Child | None = None
        self.endpoint = self.lambda_endpoint = self.url = self.posts = ""

    def start(self) -> None:
        (port,) = free_ports(1)
        self.endpoint = self.lambda_endpoint = f"http://127.0.0.1:{port}"
        self.url = f"ws://localhost:{port}/bench/chat/production"
        self.posts = f"http://localhost:{port}/bench/chat/production"
        command = [sys.executable, "-m", "terrarium.cli", "up", str(CHAT / "architecture.py"), "--port", str(port)]
        self._child = Child(command, self._folder)

    def wait(self) -> None:
        """Returns once it has said that it is up."""
        assert self._child is not None
        for _ in self._child.patiently():
            if "everything at" in self._child.output():
                return

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child is not None
        return self._child.process.pid

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
