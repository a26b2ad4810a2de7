"""Carries one request to one address and its answer back: streaming both ways, WebSockets byte for byte.

Must not know rules, groups or pages: whoever calls it says which header fields travel, what happens to those of the
answer, and what a failure looks like. The load balancer uses it, and whatever else stands in front of a program.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Literal

import aiohttp
from aiohttp import web
from msgspec import Struct
from multidict import CIMultiDict
from yarl import URL

from terrarium.local.edge.load_balancer.tunnel import Tunnel

Failure = Literal["refused", "connect timeout", "closed", "malformed", "read timeout", "client timeout"]
Adjust = Callable[[int, CIMultiDict[str]], CIMultiDict[str]]
Refuse = Callable[[Failure], web.StreamResponse]

BLOCK = 65_536
"""Bytes held per direction while the other side is slow."""


class Traffic(Struct):
    """What went through, for logs."""

    received: int = 0
    sent: int = 0


class _Answer(web.StreamResponse):
    """A target's answer, with its header fields and no others."""

    def __init__(self, status: int, reason: str | None, headers: CIMultiDict[str]) -> None:
        super().__init__(status=status, reason=reason, headers=headers)
        self._given = frozenset(name.lower() for name in headers)

    async def _prepare_headers(self) -> None:
        # aiohttp adds what a server of its own would say; here the target has spoken already.
        await super()._prepare_headers()
        for name in ("Server", "Content-Type"):
            if name.lower() not in self._given:
                self.headers.popall(name, None)


class Relay:
    """Connections to targets, kept and used again.

    Args:
        connect_timeout: Seconds for a connection to be made; a balancer waits 10.
        idle_timeout: Seconds without a byte while an answer is awaited or under way, and on a WebSocket.
    """

    def __init__(self, *, connect_timeout: float = 10, idle_timeout: float = 60) -> None:
        self.connect_timeout = connect_timeout
        self.idle_timeout = idle_timeout
        self._session: aiohttp.ClientSession | None = None
        self._tunnels: set[Tunnel] = set()

    async def start(self) -> None:
        """Gets ready; to be called on the loop that will carry the traffic."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            read_bufsize=BLOCK,
            max_line_size=BLOCK,
            max_field_size=BLOCK,
        )

    async def stop(self) -> None:
        """Ends WebSockets and closes every connection."""
        for tunnel in tuple(self._tunnels):
            tunnel.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __call__(
        self,
        request: web.BaseRequest,
        address: tuple[str, int],
        *,
        headers: CIMultiDict[str],
        adjust: Adjust,
        refuse: Refuse,
        body: bytes | None = None,
        traffic: Traffic | None = None,
        close: bool = False,
    ) -> web.StreamResponse:
        """Sends the request to an address and streams the answer back.

        Args:
            request: From the client; its body is read only as fast as the target takes it.
            address: Host and port on loopback.
            headers: What the target gets.
            adjust: From the answer's status and header fields to those that the client gets.
            refuse: The answer to give where the target, or the client, failed before the target's own began.
            body: The request's body where it was read already.
            traffic: Counts bytes of bodies and of WebSockets.
            close: Whether both connections end with this request.

        Raises:
            ConnectionError: The client has gone.
        """
        assert self._session is not None, "start() comes first"
        traffic = traffic or Traffic()
        upload = _Upload(request, self.idle_timeout, traffic)
        try:
            answer = await self._ask(request, address, headers, upload, body)
        except (aiohttp.ClientError, TimeoutError) as error:
            if request.transport is None:
                raise ConnectionResetError("the client has gone") from error
            return refuse("client timeout" if upload.stalled else _name(error))
        try:
            out = _Answer(answer.status, answer.reason, adjust(answer.status, CIMultiDict(answer.headers)))
            if close:
                out.force_close()
            if answer.status == 101:
                return await self._tunnel(request, out, answer, traffic)
            return await _stream(request, out, answer, traffic)
        finally:
            if close or not answer.content.at_eof():
                answer.close()
            else:
                answer.release()

    async def _ask(
        self,
        request: web.BaseRequest,
        address: tuple[str, int],
        headers: CIMultiDict[str],
        upload: _Upload,
        body: bytes | None,
    ) -> aiohttp.ClientResponse:
        assert self._session is not None
        streamed = upload.blocks() if request.body_exists else None
        data = io.BytesIO(body) if body is not None else streamed
        return await self._session.request(
            request.method,
            # Encoded already: the target shall see the path as the client wrote it.
            URL(f"http://{address[0]}:{address[1]}{path_of(request)}", encoded=True),
            headers=headers,
            data=data,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self.connect_timeout, sock_read=self.idle_timeout, ceil_threshold=3600
            ),
        )

    async def _tunnel(
        self, request: web.BaseRequest, out: _Answer, answer: aiohttp.ClientResponse, traffic: Traffic
    ) -> web.StreamResponse:
        out.force_close()
        await out.prepare(request)
        tunnel = Tunnel(request, out, answer, idle_timeout=self.idle_timeout)
        self._tunnels.add(tunnel)
        try:
            await tunnel.run()
        finally:
            self._tunnels.discard(tunnel)
            traffic.received, traffic.sent = tunnel.received, tunnel.sent
        return out


async def _stream(
    request: web.BaseRequest, out: _Answer, answer: aiohttp.ClientResponse, traffic: Traffic
) -> web.StreamResponse:
    await out.prepare(request)
    while True:
        try:
            block = await answer.content.readany()
        except (aiohttp.ClientError, OSError):
            # The head is out: all that is left to say is that the rest will not come.
            if request.transport is not None:
                request.transport.abort()
            return out
        if not block:
            await out.write_eof()
            return out
        traffic.sent += len(block)
        await out.write(block)


class _Upload:
    """The request's body on its way to the target, no faster than the target takes it.

    Args:
        request: From the client.
        idle_timeout: Seconds that the client may be silent.
        traffic: Counts the bytes.
    """

    def __init__(self, request: web.BaseRequest, idle_timeout: float, traffic: Traffic) -> None:
        self._request = request
        self._idle_timeout = idle_timeout
        self._traffic = traffic
        self.stalled = False

    async def blocks(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout):
                    block = await self._request.content.readany()
            except TimeoutError:
                self.stalled = True
                raise
            if not block:
                return
            self._traffic.received += len(block)
            yield block


def path_of(request: web.BaseRequest) -> str:
    """Path and query as the client wrote them, whether or not it wrote a whole URL."""
    return request.raw_path if request.raw_path.startswith("/") else request.rel_url.raw_path_qs


def _name(error: BaseException) -> Failure:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return "connect timeout"
        case TimeoutError():
            return "read timeout"
        case aiohttp.ClientConnectorError():
            return "refused"
        case aiohttp.ClientConnectionError():
            return "closed"
        case _:
            return "malformed"
