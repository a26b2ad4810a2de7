"""From the command to the first message that is answered: everything that a person waits for."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from bench.cases.chat import MESSAGE, eager, servers
from bench.context import Context
from bench.measure import Batch, Contestant, interleave
from bench.results import Result, compare
from bench.servers.server import ChatServer


async def run(context: Context) -> list[Result]:
    """Every server from nothing, in a folder that it finds empty."""
    context.say("from `up` to the first answer")
    contestants = [Contestant(server.name, _batch(server, context.folder / "up")) for server in servers(context, "up")]
    return compare("up, to the first answer", await interleave(contestants, max(3, context.rounds // 4)))


def _batch(server: ChatServer, folder: Path) -> Batch:
    async def batch() -> list[float]:
        shutil.rmtree(folder, ignore_errors=True)
        begun = time.perf_counter()
        try:
            server.start()
            client = await eager(server.url)
            client.send(MESSAGE)
            await client.receive()
            taken = time.perf_counter() - begun
            await client.close()
        finally:
            server.stop()
        return [taken]

    return batch
