"""The one port: who a request is for, by host name, path or signature. It knows none of those it hands requests to."""

from __future__ import annotations

import asyncio
import errno
import functools
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web
from msgspec import Struct
from yarl import URL

from terrarium.errors import UserError
from terrarium.local.direct import Answerer, Direct, Head
from terrarium.local.edge.connection import Connection
from terrarium.local.edge.heads import HEADER_BYTES

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# How long what is under way may take when the server ends.
FINISH_SECONDS = 2.0
# A loopback server has no distant clients; what waits here are bursts of a load test.
BACKLOG = 4096
_LOOPBACK = re.compile(r"(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|(?:[a-z0-9_-]+\.)+localhost)(?::\d+)?", re.IGNORECASE)
_AWS = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?::\d+)?", re.IGNORECASE)


class Site(Struct, frozen=True):
    """Something that is reached under a name and a path of its own.

    Attributes:
        host: Its host name, without port.
        path: The path below which it is reached at ``localhost``, without a slash at the end.
        handler: What answers; it never sees the path.
        also: Another host name that leads there: the one that AWS would give it.
    """

    host: str
    path: str
    handler: Handler
    also: str = ""


class Edge:
    """A server on loopback.

    Args:
        aws: Answers calls that are signed as SDKs sign them.
        is_aws_call: Recognises these.
        front: Answers what is for nobody else at ``localhost``: the front page.
        elsewhere: Says who answers a request that is for another process; nothing where it is for this one.
        direct: Says who answers a signed call without the web server; nothing where the web server shall.
    """

    def __init__(
        self,
        *,
        aws: Handler,
        is_aws_call: Callable[[web.BaseRequest], bool],
        front: Handler,
        elsewhere: Callable[[web.BaseRequest], Handler | None] = lambda _: None,
        direct: Direct = lambda _: None,
    ) -> None:
        self._direct = direct
        self._elsewhere = elsewhere
        self._aws = aws
        self._is_aws_call = is_aws_call
        self._front = front
        self._hosts: dict[str, Site] = {}
        self._also: dict[str, Site] = {}
        self._paths: dict[str, Site] = {}
        self._server: web.Server | None = None
        self._listeners: list[asyncio.Server] = []
        self._connections: set[Connection] = set()  # those that are not the web server's

    @property
    def sites(self) -> Mapping[str, Site]:
        """The sites by host name."""
        return self._hosts

    def add(self, site: Site) -> None:
        """Makes a site reachable."""
        self._hosts[site.host] = site
        if site.also:
            self._also[site.also] = site
        self._paths[site.path] = site

    def remove(self, host: str) -> None:
        """Makes a site unreachable."""
        site = self._hosts.pop(host)
        self._paths.pop(site.path)
        self._also.pop(site.also, None)

    async def listen(self, sockets: list[socket.socket], tls: ssl.SSLContext | None = None) -> None:
        """Answers on these sockets from now on."""
        if self._server is None:
            self._server = web.Server(
                self.handle,
                access_log=None,
                max_line_size=HEADER_BYTES,
                max_field_size=HEADER_BYTES,
                handler_cancellation=True,
                auto_decompress=False,  # whoever a request is for sees it as it was sent
            )
        loop = asyncio.get_running_loop()
        for one in sockets:
            self._listeners.append(await loop.create_server(self._connection, sock=one, ssl=tls, backlog=BACKLOG))

    async def close(self) -> None:
        """Stops listening, then lets what is under way finish for a moment."""
        for listener in self._listeners:
            listener.close()
        closing = [connection.finish() for connection in self._connections]
        if closing:
            await asyncio.wait(closing, timeout=FINISH_SECONDS)
        for connection in tuple(self._connections):
            connection.abort()
        if self._server is not None:
            await self._server.shutdown(timeout=FINISH_SECONDS)

    def _connection(self) -> asyncio.Protocol:
        assert self._server is not None, "connections come where it listens"
        return Connection(self._answerer, self._server, self._connections)

    def _answerer(self, head: Head) -> Answerer | None:
        """Who answers without the web server; a host that is not this machine's is refused by that, in `handle`."""
        return self._direct(head) if _is_ours(head.host) else None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Hands a request to whom it is for."""
        host = request.headers.get(hdrs.HOST, "")
        signed = self._is_aws_call(request)
        # A page elsewhere could point a name of its own at this machine (DNS rebinding); such names are refused.
        if not _LOOPBACK.fullmatch(host) and not (signed and _is_ours(host)):
            if (known := self._also.get(host.rsplit(":", 1)[0].lower())) is not None:
                return await (self._aws(request) if signed else known.handler(request))
            text = f"{host or 'no host'!r} is not a name of this machine; use localhost\n"
            return web.Response(status=421, text=text)
        neighbour = self._elsewhere(request)
        if neighbour is not None:
            return await neighbour(request)
        if signed:
            return await self._aws(request)
        site = self._hosts.get(host.rsplit(":", 1)[0].lower())
        if site is not None:
            return await site.handler(request)
        return await self._by_path(request)

    async def _by_path(self, request: web.BaseRequest) -> web.StreamResponse:
        """Finds the site with the longest path that a request's path begins with."""
        path = request.rel_url.raw_path
        prefix = path
        while prefix:
            site = self._paths.get(prefix)
            if site is not None:
                return await site.handler(_below(request, prefix)) if path != prefix else _with_slash(request)
            prefix = prefix.rpartition("/")[0]
        return await self._front(request)


@functools.lru_cache(maxsize=256)
def _is_ours(host: str) -> bool:
    """Whether signed calls may be for a host: this machine's names, and those by which AWS's services are known."""
    return (_LOOPBACK.fullmatch(host) or _AWS.fullmatch(host)) is not None


def _below(request: web.BaseRequest, prefix: str) -> web.BaseRequest:
    """The same request without the beginning of its path."""
    url = request.rel_url
    rest = url.raw_path.removeprefix(prefix)
    return request.clone(rel_url=URL(rest + (f"?{url.raw_query_string}" if url.raw_query_string else ""), encoded=True))


def _with_slash(request: web.BaseRequest) -> web.Response:
    """Relative links of a page work only below a slash."""
    url = request.rel_url
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    return web.Response(status=308, headers={hdrs.LOCATION: f"{url.raw_path}/{query}"})


def bind(port: int) -> list[socket.socket]:
    """Sockets at a port of this machine's loopback addresses, of both kinds where it has both.

    Args:
        port: The port; 0 takes a free one.

    Raises:
        UserError: The port is taken, or may not be used.
    """
    try:
        first = _socket(socket.AF_INET, "127.0.0.1", port)
    except OSError as error:
        raise _refused(port, error) from error
    sockets = [first]
    try:
        sockets.append(_socket(socket.AF_INET6, "::1", first.getsockname()[1]))
    except OSError as error:
        # Without IPv6 there is no ::1, and browsers take 127.0.0.1; but somebody else's ::1 would get our visitors.
        if error.errno == errno.EADDRINUSE:
            first.close()
            raise _refused(port, error) from error
    return sockets


def _socket(family: int, host: str, port: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((host, port))
        one.listen(BACKLOG)
        one.setblocking(False)
    except OSError:
        one.close()
        raise
    return one


def _refused(port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(f"port {port} is in use by another program", hint="choose another: --port 4600")
    if error.errno == errno.EACCES:
        return UserError(f"port {port} may not be used by you", hint="choose one above 1023: --port 4500")
    return UserError(f"port {port} cannot be used: {error.strerror}", hint="choose another: --port 4600")
