"""A round trip beside the sum of its parts: the socket, the invocation, and each boto3 call of the handler.

The parts are the least that each can cost: an aiohttp echo, a bare runtime, boto3 against a stub whose answers lie
ready. What is ours to answer for is what comes on top. They and the round trip take turns, all parts one right
after the other: in loops of their own they would run with warm caches, which no round trip does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from bench.cases.chat import MESSAGE, eager
from bench.cases.invocation import PAYLOAD, bare
from bench.clients import ACCESS, Socket, client
from bench.context import Context
from bench.measure import Rounds, Work, take_turns
from bench.processes import Child, free_ports
from bench.results import OURS, Result, compare
from bench.servers.tables import Stub
from bench.servers.terrarium import Terrarium

_TIMES = 20
_SUM = "sum of its parts"
_LEAST = 1 / 1.3
_ECHO = Path(__file__).parents[1] / "bare_sockets.py"


async def run(context: Context) -> list[Result]:
    """Our round trip and its parts, in one run."""
    with ExitStack() as started:
        ours, stub = Terrarium(context.folder / "trip" / "terrarium"), Stub(context.folder / "trip" / "stub")
        for server in (ours, stub):
            context.say("starting a server")
            started.callback(server.stop)
            server.start()
        echo = started.enter_context(bare_sockets(context.folder / "trip" / "echo"))
        context.say("a round trip and its parts")
        ours_client = await eager(ours.url)
        echo_client = await eager(f"ws://127.0.0.1:{echo}/echo")
        scan, post = _scan(stub.endpoint), _post(stub.endpoint)
        async with bare(context) as function:
            parts = {
                "socket": _exchange(echo_client),
                "invocation": lambda: function.invoke(PAYLOAD),
                "scan": _blocking(scan),
                "post": _blocking(post),
            }
            rounds = await take_turns([{OURS: _exchange(ours_client)}, parts], context.rounds, _TIMES)
        for one in (ours_client, echo_client):
            await one.close()
    return _compared(rounds, list(parts))


def _compared(rounds: Rounds, parts: Sequence[str]) -> list[Result]:
    total = [sum(taken) for taken in zip(*(rounds[part] for part in parts), strict=True)]
    told = " + ".join(f"{part} {median(rounds[part]) * 1000:.2f}" for part in parts)
    return compare(f"round trip ({told} ms)", {OURS: rounds[OURS], _SUM: total}, least=_LEAST)


@contextmanager
def bare_sockets(folder: Path) -> Iterator[int]:
    """A bare aiohttp server, at the port that it yields."""
    (port,) = free_ports(1)
    child = Child([sys.executable, str(_ECHO), str(port)], folder)
    try:
        child.wait_for_port(port)
        yield port
    finally:
        child.stop()


def _exchange(one: Socket) -> Work:
    async def exchange() -> None:
        one.send(MESSAGE)
        await one.receive()

    return exchange


def _scan(endpoint: str) -> Callable[[], object]:
    """The handler's own way of scanning: boto3's resource, which turns items into plain values."""
    table: Any = boto3.resource("dynamodb", endpoint_url=endpoint, **ACCESS).Table("people")  # made at run time
    return lambda: table.scan()["Items"]


def _post(endpoint: str) -> Callable[[], object]:
    management = client("apigatewaymanagementapi", endpoint)
    return lambda: management.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=b"hello")


def _blocking(call: Callable[[], object]) -> Work:
    async def work() -> None:
        call()

    return work
