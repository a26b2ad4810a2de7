"""``python -m bench``: measures all that can be measured here, and says what could not be."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from importlib import metadata
from pathlib import Path

import uvloop
from rich.console import Console

from bench import results
from bench.cases import chat, fan_out, invocation, round_trip, tables, up, write
from bench.context import Context
from bench.page import PAGE, rewrite
from bench.peers import Peers, find

Case = Callable[[Context], Awaitable[list[results.Result]]]
CASES: dict[str, Case] = {
    "write": write.run,
    "up": up.run,
    "chat": chat.run,
    "round-trip": round_trip.run,
    "tables": tables.run,
    "invocation": invocation.run,
    "fan-out": fan_out.run,
}
RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """The command line."""
    arguments = _arguments()
    console = Console(stderr=True)
    peers = find(arguments.peers)
    with tempfile.TemporaryDirectory(prefix="terrarium-bench-") as folder:
        _keep_bytecode(Path(folder) / "bytecode")
        measured = uvloop.run(_measure(arguments.only or list(CASES), peers, Path(folder), arguments.rounds, console))
    machine = _machine(peers)
    results.show(measured, Console())
    results.save(measured, machine, RESULTS)
    if arguments.docs:
        PAGE.write_text(rewrite(PAGE.read_text(), measured, machine))
    return 0


async def _measure(names: list[str], peers: Peers, folder: Path, rounds: int, console: Console) -> list[results.Result]:
    measured = []
    with console.status("measuring") as status:
        for name in names:

            def say(text: str, name: str = name) -> None:
                status.update(f"{name}: {text}")
                if not console.is_terminal or text.startswith("left out"):
                    console.print(f"{name}: {text}")

            context = Context(peers, folder / name, rounds, say)
            context.folder.mkdir()
            try:
                measured += await CASES[name](context)
            except TimeoutError:  # somebody lost a message; the other cases are worth having all the same
                console.print(f"{name}: somebody did not answer in time; left out")
    return measured


def _keep_bytecode(folder: Path) -> None:
    """Lets programs find their bytecode when they start again, as they do on the machines of users."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=CASES, help="one case; may be repeated")
    parser.add_argument("--rounds", type=int, default=15, help="how often everybody has a turn (default: 15)")
    parser.add_argument("--peers", help="the folder of `bench/peers.py install`")
    parser.add_argument("--docs", action="store_true", help=f"rewrite the table of {PAGE.name}")
    return parser.parse_args()


def _machine(peers: Peers) -> dict[str, str]:
    """Where and with what: general terms, no names."""
    versions = {
        name: peers.version(name) for name in ("ministack", "serverless-offline", "dynalite", "moto", "troposphere")
    }
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "aiohttp": metadata.version("aiohttp"),
        "boto3": metadata.version("boto3"),
        **{name: version for name, version in versions.items() if version},
    }


if __name__ == "__main__":
    sys.exit(main())
