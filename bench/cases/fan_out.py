"""A thousand sockets, each sent a message through ``@connections``: beside a bare aiohttp server with the same path."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from typing import cast
from urllib.parse import quote, urlsplit

from bench.cases.chat import eager
from bench.cases.round_trip import bare_sockets
from bench.clients import Socket, client
from bench.context import Context
from bench.measure import Batch, Contestant, interleave, repeated
from bench.results import OURS, Result, compare
from bench.servers.server import TABLE
from bench.servers.terrarium import Terrarium

SOCKETS = 1000
_POSTERS = 8
_BARE = "bare aiohttp"
_DATA = b'{"text": "hello"}'
# Signed by nobody: the laptop takes the access key as a name.
_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/execute-api/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


async def run(context: Context) -> list[Result]:
    """Both servers up, both with their thousand."""
    context.say(f"connecting {SOCKETS:,} sockets, twice")
    with ExitStack() as started:
        ours = Terrarium(context.folder / "fan" / "terrarium")
        started.callback(ours.stop)
        ours.start()
        bare = started.enter_context(bare_sockets(context.folder / "fan" / "bare"))
        sockets = {OURS: [await eager(ours.url) for _ in range(SOCKETS)]}
        sockets[_BARE] = [await eager(f"ws://127.0.0.1:{bare}/listen") for _ in range(SOCKETS)]
        for one in sockets[_BARE]:
            await one.receive()  # its number
        targets = {
            OURS: [f"{ours.posts}/@connections/{quote(id)}" for id in _ids(ours.endpoint)],
            _BARE: [f"http://127.0.0.1:{bare}/@connections/{number}" for number in range(SOCKETS)],
        }
        context.say(f"a message to each of {SOCKETS:,} sockets")
        contestants = []
        for name, urls in targets.items():
            posters = [await Poster.connect(urls[0]) for _ in range(_POSTERS)]
            contestants.append(Contestant(name, _batch(sockets[name], posters, [request(url) for url in urls])))
        rounds = await interleave(contestants, context.rounds)
        for crowd in sockets.values():
            await asyncio.gather(*(one.close() for one in crowd))
    return [
        Result(one.what, one.beside, one.ours, one.theirs, one.ratio, None, one.rounds)
        for one in compare(f"fan-out to {SOCKETS:,} sockets", rounds)
    ]


def _ids(endpoint: str) -> list[str]:
    """Who is connected, as the sample's table knows it."""
    pages = client("dynamodb", endpoint).get_paginator("scan").paginate(TableName=TABLE)
    return [str(item["connectionId"]["S"]) for page in pages for item in page["Items"]]


def request(url: str) -> bytes:
    """A POST as SDKs send it."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {_SIGNATURE}\r\n"
        f"X-Amz-Date: 20260101T000000Z\r\nContent-Length: {len(_DATA)}\r\n\r\n"
    )
    return head.encode() + _DATA


class Poster(asyncio.Protocol):
    """A connection that sends one request after another."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[bytes] | None = None

    @classmethod
    async def connect(cls, url: str) -> Poster:
        """Connects to a server."""
        port = urlsplit(url).port
        assert port is not None
        _, poster = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return poster

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(data)

    async def send_all(self, requests: Sequence[bytes]) -> None:
        """Sends these, each once the one before is answered.

        Raises:
            RuntimeError: An answer is not 200.
        """
        assert self._transport is not None
        for one in requests:
            self._answered = asyncio.get_running_loop().create_future()
            self._transport.write(one)
            answer = await self._answered
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer.decode("latin-1"))


def _batch(crowd: Sequence[Socket], posters: Sequence[Poster], requests: Sequence[bytes]) -> Batch:
    async def fan_out() -> None:
        shares = (poster.send_all(requests[number::_POSTERS]) for number, poster in enumerate(posters))
        await asyncio.gather(*shares, *(one.receive() for one in crowd))

    return lambda: repeated(1, fan_out)
