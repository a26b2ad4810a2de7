"""The chat sample: one client back to back, ten at once, a broadcast to a hundred."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

from bench.clients import RefusedError, Socket
from bench.context import Context
from bench.measure import Batch, Contestant, interleave, repeated
from bench.results import Result, compare
from bench.servers.ministack import MiniStackChat
from bench.servers.server import ChatServer
from bench.servers.serverless_offline import ServerlessOffline
from bench.servers.terrarium import Terrarium

MESSAGE = {"action": "message", "text": "hello"}
_PATIENCE = 60.0
_ONE, _TEN, _HUNDRED = 20, 10, 100


def servers(context: Context, folder: str) -> list[ChatServer]:
    """Everybody who runs the sample and is there."""
    present: list[ChatServer] = [Terrarium(context.folder / folder / "terrarium")]
    if context.has("ministack"):
        present.append(MiniStackChat(context.peers, context.folder / folder / "ministack"))
    if context.has("serverless", "serverless-offline", "dynalite"):
        present.append(ServerlessOffline(context.peers, context.folder / folder / "serverless"))
    return present


async def run(context: Context) -> list[Result]:
    """All three, everybody's server up at the same time."""
    with ExitStack() as started:
        everybody = servers(context, "chat")
        for server in everybody:
            context.say(f"starting {server.name}")
            started.callback(server.stop)
            server.start()
        for server in everybody:
            await _once_let_in(server.url)
        return [
            *await _one_client(everybody, context),
            *await _clients(everybody, context, _TEN, senders=_TEN, what="ten clients, a message each"),
            *await _clients(everybody, context, _HUNDRED, senders=1, what="broadcast to 100"),
        ]


async def _once_let_in(url: str) -> None:
    client = await eager(url)
    await client.close()


async def eager(url: str) -> Socket:
    """A client, connected as soon as the server lets it in."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return await Socket.connect(url)
        except (OSError, RefusedError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.005)


async def _one_client(everybody: list[ChatServer], context: Context) -> list[Result]:
    context.say("one client, back to back")
    clients = {server.name: await Socket.connect(server.url) for server in everybody}
    contestants = [Contestant(name, _back_to_back(client)) for name, client in clients.items()]
    rounds = await interleave(contestants, context.rounds)
    for client in clients.values():
        await client.close()
    await asyncio.sleep(1)  # goodbyes reach their handlers, so that the next crowd is alone
    return compare("round trip, one client", rounds)


def _back_to_back(client: Socket) -> Batch:
    async def exchange() -> None:
        client.send(MESSAGE)
        await client.receive()

    return lambda: repeated(_ONE, exchange)


async def _clients(
    everybody: list[ChatServer], context: Context, count: int, *, senders: int, what: str
) -> list[Result]:
    context.say(what)
    crowds = {server.name: [await Socket.connect(server.url) for _ in range(count)] for server in everybody}
    contestants = [Contestant(name, _crowded(crowd, senders)) for name, crowd in crowds.items()]
    rounds = await interleave(contestants, max(5, context.rounds // 2))
    for crowd in crowds.values():
        await asyncio.gather(*(client.close() for client in crowd))
    await asyncio.sleep(1)
    return compare(what, rounds)


def _crowded(crowd: list[Socket], senders: int) -> Batch:
    async def exchange() -> None:
        for client in crowd[:senders]:
            client.send(MESSAGE)
        await asyncio.gather(*(client.receive(senders) for client in crowd))

    return lambda: repeated(2, exchange)
