"""The programs that Terrarium is measured beside: where they lie, and how they get there.

They are no dependencies of the project. ``python bench/peers.py install FOLDER`` puts them into a folder outside the
checkout, with pip and npm as they are set up on the machine; what cannot be had there is left out, and said.
It knows nothing of what is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

PYTHON_PACKAGES = ("ministack==1.5.33", "troposphere>=4.11,<4.12")
# MiniStack runs handlers in its own interpreter, so boto3 stands beside it: ours, for handlers to cost the same. It is
# installed by itself, since MiniStack names one version of botocore, with which ours need not agree.
SDK = f"boto3=={metadata.version('boto3')}"
# Serverless 3 is the last that runs without an account; serverless-offline 13 is the last that goes with it.
NODE_PACKAGES = ("dynalite@4", "serverless@3", "serverless-offline@13")
VARIABLE = "TERRARIUM_PEERS"
DEFAULT = Path.home() / ".cache" / "terrarium-peers"


@dataclass(frozen=True)
class Peers:
    """The peers in one folder.

    Attributes:
        folder: Where they were installed; it may be missing.
    """

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter that has the Python peers."""
        return self.folder / "python" / "bin" / "python"

    @property
    def node_modules(self) -> Path:
        return self.folder / "node" / "node_modules"

    def node_command(self, name: str) -> list[str] | None:
        """The command of a Node package, or None where it (or Node) is absent."""
        script = self.node_modules / ".bin" / name
        node = shutil.which("node")
        return [node, str(script)] if node and script.exists() else None

    def version(self, name: str) -> str | None:
        """The installed version of a peer, or None where it is absent."""
        if name == "moto":
            return metadata.version("moto")
        return self._node_version(name) or self._python_version(name)

    def _node_version(self, name: str) -> str | None:
        file = self.node_modules / name / "package.json"
        return str(json.loads(file.read_text())["version"]) if file.exists() and shutil.which("node") else None

    def _python_version(self, name: str) -> str | None:
        found = sorted(self.folder.glob(f"python/lib/python3*/site-packages/{name}-*.dist-info"))
        return found[-1].name.removesuffix(".dist-info").partition("-")[2] if found else None


def find(folder: str | None = None) -> Peers:
    """The peers in a folder: the one given, else the one that ``$TERRARIUM_PEERS`` names, else the usual one."""
    return Peers(Path(folder or os.environ.get(VARIABLE) or DEFAULT).resolve())


def install(peers: Peers) -> bool:
    """Installs every peer that can be had, and says which could not."""
    peers.folder.mkdir(parents=True, exist_ok=True)
    done = [_attempt("Python peers", _python_commands(peers))]
    npm = shutil.which("npm")
    if npm is None:
        print("no npm on the PATH: the Node peers are left out")
        return False
    folder = peers.node_modules.parent
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--no-fund", "--no-audit", "--loglevel=error"]
    done.append(_attempt("Node peers", [[*command, *NODE_PACKAGES]]))
    return all(done)


def _python_commands(peers: Peers) -> list[list[str]]:
    install = [str(peers.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [
        [sys.executable, "-m", "venv", str(peers.python.parent.parent)],
        [*install, *PYTHON_PACKAGES],
        [*install, SDK],
    ]


def _attempt(what: str, commands: list[list[str]]) -> bool:
    print(f"installing the {what} …", flush=True)
    for command in commands:
        if subprocess.run(command, check=False).returncode:
            print(f"the {what} could not be installed; the benchmarks leave them out")
            return False
    return True


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("command", choices=("install", "list"))
    parser.add_argument("folder", nargs="?", help=f"default: ${VARIABLE}, else {DEFAULT}")
    arguments = parser.parse_args()
    peers = find(arguments.folder)
    complete = install(peers) if arguments.command == "install" else True
    for name in ("ministack", "serverless", "serverless-offline", "dynalite", "moto", "troposphere"):
        print(f"{name:<20}{peers.version(name) or 'absent'}")
    return 0 if complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
