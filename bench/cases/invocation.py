"""Invoking a function: the engine beside a bare runtime in this very process, and servers through boto3."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.bare_runtime import BareFunction
from bench.cases.chat import servers
from bench.clients import ACCESS_VARIABLES, client
from bench.context import Context
from bench.measure import Batch, Contestant, interleave, repeated, repeated_call
from bench.processes import Child
from bench.results import OURS, Result, compare
from terrarium.events import Events
from terrarium.local.clock import SystemClock
from terrarium.local.compute.functions import Functions
from terrarium.local.compute.functions.runtimes import INTERPRETER
from terrarium.local.compute.functions.settings import FunctionSettings
from terrarium.local.watch.logs import LogStore

PAYLOAD = b'{"body": "hello", "requestContext": {"connectionId": "L0SM9cOFvHcCIhw="}}'
BARE = "bare runtime"
_TIMES = 100
_CALLS = 20
_BARE = Path(__file__).parents[1] / "bare_runtime.py"


async def run(context: Context) -> list[Result]:
    """Both."""
    return [*await _in_process(context), *await _through_boto3(context)]


async def _in_process(context: Context) -> list[Result]:
    context.say("invoking functions, in this process")
    async with engine(context) as functions, bare(context) as function:
        contestants = [
            Contestant(OURS, lambda: repeated(_TIMES, lambda: functions.invoke("echo", PAYLOAD))),
            Contestant(BARE, lambda: repeated(_TIMES, lambda: function.invoke(PAYLOAD))),
        ]
        rounds = await interleave(contestants, context.rounds * 2)
    return compare("invoke, in process", rounds, least=1 / 1.3)


@asynccontextmanager
async def engine(context: Context) -> AsyncIterator[Functions]:
    """Our functions, with the logs that they really write."""
    clock, folder = SystemClock(), context.folder / "functions"
    logs = LogStore(folder, clock, report=context.say)
    logs.start()
    functions = Functions(
        clock=clock,
        logs=logs,
        events=Events(),
        credentials=lambda _: ACCESS_VARIABLES,
        endpoint=lambda: "http://127.0.0.1:9",
    )
    await functions.start()
    gc.collect()
    gc.freeze()  # as `terrarium up` does once all of it is there: what earlier cases left is not looked through again
    try:
        functions.put(_settings())
        yield functions
    finally:
        gc.unfreeze()
        await functions.stop()
        logs.stop()


def _settings() -> FunctionSettings:
    return FunctionSettings(
        name="echo",
        arn="arn:aws:lambda:us-east-1:000000000000:function:echo",
        handler="bare_runtime.handler",
        runtime=INTERPRETER,
        code=_BARE.parent,
        layers=(),
        environment={},
        timeout=10.0,
        memory=256,
        region="us-east-1",
        log_group="/aws/lambda/echo",
        role="arn:aws:iam::000000000000:role/bench",
    )


@asynccontextmanager
async def bare(context: Context) -> AsyncIterator[BareFunction]:
    """The least that it can cost."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, str(_BARE), str(theirs.fileno())]
        child = Child(command, context.folder / "bare", inherit=[theirs.fileno()])
    try:
        _, function = await asyncio.get_running_loop().create_connection(BareFunction, sock=ours)
        yield function
        function.close()
    finally:
        child.stop()


async def _through_boto3(context: Context) -> list[Result]:
    with ExitStack() as started:
        contestants = []
        for server in servers(context, "invoke"):
            context.say(f"starting {server.name}")
            started.callback(server.stop)
            server.start()
            function = client("lambda", server.lambda_endpoint)
            await _once_there(function, server.echo)
            contestants.append(Contestant(server.name, _batch(function, server.echo)))
        context.say("invoking functions, through boto3")
        return compare("invoke, through boto3", await interleave(contestants, context.rounds))


async def _once_there(function: Any, name: str) -> None:  # boto3 makes its clients at run time
    for _ in range(1000):
        try:
            function.invoke(FunctionName=name, Payload=PAYLOAD)["Payload"].read()
        except Exception:  # noqa: BLE001  # whatever a server says that is not up yet
            await asyncio.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{name} does not answer")


def _batch(function: Any, name: str) -> Batch:  # boto3 makes its clients at run time
    def call() -> None:
        function.invoke(FunctionName=name, Payload=PAYLOAD)["Payload"].read()

    async def batch() -> list[float]:
        return repeated_call(_CALLS, call)

    return batch
