"""Runs the statements against Terrarium and its peers, one after another, and writes docs/fidelity.md.

    python -m tests.fidelity.score                      # all that can be had on this machine
    python -m tests.fidelity.score --only terrarium     # one; what is known of the others stays

Peers are no dependencies of the project: ``python bench/peers.py install FOLDER`` puts them into a folder outside it.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from bench.peers import Peers, find

from tests.environment import ROOT, free_port
from tests.fidelity.page import PAGE, RESULTS, Score, page, read_results
from tests.fidelity.statements_read import statements
from tests.fidelity.targets.waiting import answers

CONTENDERS = ("terrarium", "ministack", "moto", "serverless-offline")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=CONTENDERS, action="append", help="whom to try; may be repeated")
    parser.add_argument("--peers", help="the folder that peers were installed into")
    arguments = parser.parse_args()
    peers = find(arguments.peers)
    for name in arguments.only or CONTENDERS:
        version = metadata.version("terrarium-aws") if name == "terrarium" else peers.version(name)
        if version is None:
            say(f"{name} is not installed in {peers.folder}; what is known of it stays")
            continue
        keep(name, tried(name, version, peers))
        say(f"{name} {version}: {len(read_results()[name].holding)} of {len(statements())}")


def keep(name: str, score: Score) -> None:
    """Writes a contender's score beside what is known of the others, and the page anew."""
    results = read_results() | {name: score}
    RESULTS.write_text(json.dumps({name: results[name].plain() for name in sorted(results)}, indent=1) + "\n")
    PAGE.write_text(page(results, statements()), encoding="utf-8")


def tried(name: str, version: str, peers: Peers) -> Score:
    """Which statements hold for a contender."""
    with tempfile.TemporaryDirectory() as folder, served(name, peers, Path(folder)) as options:
        outcomes = run(options, Path(folder))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return Score(version, today, sorted(test for test, holds in outcomes.items() if holds), len(outcomes))


@contextlib.contextmanager
def served(name: str, peers: Peers, folder: Path) -> Iterator[list[str]]:
    """The options with which the statements find a contender that is up while they run."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    if name == "terrarium":
        yield []
    elif name == "serverless-offline":
        yield ["--serverless-offline", str(peers.node_modules.parent)]
    elif name == "moto":
        command = [str(Path(sys.executable).parent / "moto_server"), "-p", str(port)]
        with running(command, {}, folder, port):
            yield ["--endpoint", url]
    else:
        only_here = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
        with running([str(peers.python), "-m", "ministack"], only_here, folder, port):
            yield ["--endpoint", url]


@contextlib.contextmanager
def running(command: Sequence[str], settings: dict[str, str], folder: Path, port: int) -> Iterator[None]:
    """A server, once it answers, for as long as it is needed."""
    home = {"HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | home | settings, stdout=log, stderr=log)
    try:
        answers(port)
        yield
    finally:
        process.terminate()
        process.wait()


def run(options: Sequence[str], folder: Path) -> dict[str, bool]:
    """Whether each statement holds, by its name; one worker, so that no statement disturbs another."""
    report = folder / "report.xml"
    # What a contender leaves open behind a statement is no fault of the next one.
    lenient = ["-W", "ignore::ResourceWarning", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
    command = [sys.executable, "-m", "pytest", "tests/fidelity/statements", "-n1", "-q", "--tb=no", *lenient]
    subprocess.run([*command, *options, f"--junitxml={report}"], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    outcomes: dict[str, bool] = {}
    for case in ET.parse(report).iter("testcase"):
        # A statement that is tried with several parameters is one, and holds where it holds with each.
        test = case.attrib["name"].partition("[")[0]
        name = f"{case.attrib['classname'].rsplit('.', 1)[-1]}::{test}"
        # A statement that was expected to fail is reported as skipped; one that fails and errs stands there twice.
        outcomes[name] = outcomes.get(name, True) and not {child.tag for child in case} & {
            "failure",
            "error",
            "skipped",
        }
    return outcomes


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
