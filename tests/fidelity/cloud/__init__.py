"""What every target is given: the functions, routes, tables and rules that statements speak about, as values.

How they come to exist is each target's own business.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS_FOLDER = Path(__file__).parent / "functions"
SERVICE_FOLDER = Path(__file__).parent / "service"
STAGE = "test"
PYTHON = "python3.12" if shutil.which("python3.12") else f"python3.{sys.version_info.minor}"
NODE = "nodejs20.x"

#: Settings that every function gets, besides the tables' names and the address of @connections.
GREETING = "hello from the environment"


@dataclass(frozen=True)
class Code:
    """A function: its handler, and what is not usual about it."""

    handler: str
    timeout: int = 20
    memory: int = 128
    concurrency: int | None = None
    runtime: str = PYTHON


IN_PYTHON: Mapping[str, Code] = {
    "connect": Code("sockets.connect"),
    "disconnect": Code("sockets.disconnect"),
    "tell": Code("sockets.tell"),
    "reply": Code("sockets.reply"),
    "fail": Code("sockets.fail"),
    "malformed": Code("sockets.malformed"),
    "endless": Code("sockets.endless", timeout=1),
    "slow": Code("sockets.slow"),
    "big": Code("sockets.big"),
    "leave": Code("sockets.leave"),
    "describe": Code("plain.describe", memory=256),
    "files": Code("plain.files"),
    "raises": Code("plain.raises"),
    "leaves": Code("plain.leaves"),
    "sleeps": Code("plain.sleeps", timeout=1),
    "prints": Code("plain.prints"),
    "large": Code("plain.large"),
    "odd": Code("plain.odd"),
    "counts": Code("plain.counts"),
    "overreaches": Code("plain.overreaches"),
    "returns": Code("plain.returns"),
    "balanced": Code("plain.balanced"),
    "writes": Code("plain.writes"),
    "waits": Code("plain.waits"),
    "alone": Code("plain.waits", concurrency=1),
    "broken": Code("broken.handler"),
    "absent": Code("plain.no_such_handler"),
    "missing": Code("no_such_module.handler"),
    "stream": Code("plain.stream"),
    "receives": Code("plain.receives"),
    "abandoned": Code("plain.raises", concurrency=0),
}
IN_NODE: Mapping[str, Code] = {
    "node-describe": Code("node.describe", memory=256, runtime=NODE),
    "node-calls-back": Code("node.callsBack", runtime=NODE),
    "node-raises": Code("node.raises", runtime=NODE),
    "node-rejects": Code("node.rejects", runtime=NODE),
    "node-prints": Code("node.prints", runtime=NODE),
    "node-module": Code("folder/module.handler", runtime=NODE),
    "node-absent": Code("node.noSuchHandler", runtime=NODE),
    "node-missing": Code("no-such-module.handler", runtime=NODE),
}
FUNCTIONS: Mapping[str, Code] = {**IN_PYTHON, **(IN_NODE if shutil.which("node") else {})}  # no target runs it without


@dataclass(frozen=True)
class RouteTo:
    """A route: the function it calls, and whether the function's answer goes back to the client."""

    function: str
    two_way: bool = False


ROUTES: Mapping[str, RouteTo] = {
    "$connect": RouteTo("connect"),
    "$disconnect": RouteTo("disconnect"),
    "$default": RouteTo("tell"),
    "tell": RouteTo("tell"),
    "reply": RouteTo("reply", two_way=True),
    "one-way": RouteTo("reply"),
    "fail": RouteTo("fail"),
    "fail-two-way": RouteTo("fail", two_way=True),
    "malformed": RouteTo("malformed", two_way=True),
    "endless": RouteTo("endless"),
    "slow": RouteTo("slow"),
    "big": RouteTo("big"),
    "leave": RouteTo("leave"),
}
#: A second API without $default, with the same functions.
BARE_ROUTES: Mapping[str, RouteTo] = {"reply": RouteTo("reply", two_way=True)}
