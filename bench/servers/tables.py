"""Servers that only answer DynamoDB's calls: dynalite, moto, and a stub whose answers are ready before it is asked."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from pathlib import Path

from bench.peers import Peers
from bench.processes import Child, free_ports

_MOTO = "import sys; from moto.server import main; main(sys.argv[1:])"


class _Server(ABC):
    """A program that listens at a port that it is told."""

    name: str

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Child | None = None
        self.endpoint = ""

    def start(self) -> None:
        """Returns once it listens."""
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        self._child = Child(self._command(port), self._folder)
        self._child.wait_for_port(port)

    def stop(self) -> None:
        """Ends it."""
        if self._child is not None:
            self._child.stop()

    @abstractmethod
    def _command(self, port: int) -> list[str]: ...


class Stub(_Server):
    """What remains of a call when the server has nothing to do: the limit for everybody."""

    name = "canned stub"

    def _command(self, port: int) -> list[str]:
        return [sys.executable, str(Path(__file__).parents[1] / "stub.py"), str(port)]


class Dynalite(_Server):
    """dynalite, in memory, with tables ready at once."""

    name = "dynalite"

    def __init__(self, peers: Peers, folder: Path) -> None:
        super().__init__(folder)
        self._peers = peers

    def _command(self, port: int) -> list[str]:
        command = self._peers.node_command("dynalite")
        assert command is not None
        return [*command, "--host", "127.0.0.1", "--port", str(port), "--createTableMs", "0"]


class Moto(_Server):
    """moto's server."""

    name = "moto server"

    def _command(self, port: int) -> list[str]:
        return [sys.executable, "-c", _MOTO, "-H", "127.0.0.1", "-p", str(port)]
