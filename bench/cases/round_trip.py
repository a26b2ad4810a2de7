"""A round trip beside the sum of its parts: the socket, the invocation, and each boto3 call of the handler.

The parts are the least that each can cost: an aiohttp echo, a bare runtime, boto3 against a stub whose answers lie
ready. What is ours to answer for is what comes on top.
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
from bench.measure import Batch, Contestant, interleave, repeated, repeated_call
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
            parts = [
                Contestant("socket", _exchange(echo_client)),
                Contestant("invocation", lambda: repeated(_TIMES, lambda: function.invoke(PAYLOAD))),
                Contestant("scan", _blocking(scan)),
                Contestant("post", _blocking(post)),
            ]
            rounds = await interleave([Contestant(OURS, _exchange(ours_client)), *parts], context.rounds)
        for one in (ours_client, echo_client):
            await one.close()
    return _compared(rounds, [part.name for part in parts])


def _compared(rounds: dict[str, list[float]], parts: Sequence[str]) -> list[Result]:
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


def _exchange(one: Socket) -> Batch:
    async def exchange() -> None:
        one.send(MESSAGE)
        await one.receive()

    return lambda: repeated(_TIMES, exchange)


def _scan(endpoint: str) -> Callable[[], object]:
    """The handler's own way of scanning: boto3's resource, which turns items into plain values."""
    table: Any = boto3.resource("dynamodb", endpoint_url=endpoint, **ACCESS).Table("people")  # made at run time
    return lambda: table.scan()["Items"]


def _post(endpoint: str) -> Callable[[], object]:
    management = client("apigatewaymanagementapi", endpoint)
    return lambda: management.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=b"hello")


def _blocking(call: Callable[[], object]) -> Batch:
    async def batch() -> list[float]:
        return repeated_call(_TIMES, call)

    return batch
