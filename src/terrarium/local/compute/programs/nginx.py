"""What Nginx does for a program on its instance: stands at port 80, passes requests on, adds header fields, explains.

A server of its own on a loopback port, rather than a step inside the load balancer: the balancer's health checks then
see what they see on AWS (a 502 page while the program is down, not a closed port), a developer can ask it directly, and
the balancer resolves a target to an address without knowing what stands there. The price is one hop over loopback.
https://nginx.org/en/docs/http/ngx_http_proxy_module.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aiohttp import web
from multidict import CIMultiDict

from terrarium.local.compute.programs.settings import NginxSettings

HOST = "127.0.0.1"
SERVER = "nginx"

TITLES = {413: "Request Entity Too Large", 502: "Bad Gateway", 504: "Gateway Time-out"}

ADDED_TO = frozenset({200, 201, 204, 206, 301, 302, 303, 304, 307, 308})
"""The statuses to which ``add_header`` adds; https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header."""

HOP_BY_HOP = ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect")


class Relay(Protocol):
    """Carries a request to an address and the answer back; the load balancer's fits."""

    async def start(self) -> None:
        """Gets ready."""

    async def stop(self) -> None:
        """Closes every connection."""

    async def __call__(
        self,
        request: web.BaseRequest,
        address: tuple[str, int],
        *,
        headers: CIMultiDict[str],
        adjust: Callable[[int, CIMultiDict[str]], CIMultiDict[str]],
        refuse: Callable[[str], web.StreamResponse],
        body: bytes | None = None,
    ) -> web.StreamResponse:
        """Sends `body`, or what the request has; a failure before the answer begins is one that ``refuse`` words."""
        ...


def page(status: int) -> bytes:
    """Nginx's own page for a status."""
    title = f"{status} {TITLES[status]}"
    head, heading = f"<head><title>{title}</title></head>", f"<center><h1>{title}</h1></center>"
    return (
        f"<html>\r\n{head}\r\n<body>\r\n{heading}\r\n<hr><center>{SERVER}</center>\r\n</body>\r\n</html>\r\n".encode()
    )


def to_program(headers: CIMultiDict[str], peer: str) -> CIMultiDict[str]:
    """The header fields that the program gets, by the ``proxy_set_header`` lines of the rendered user data.

    ``X-Forwarded-Proto`` stays what the load balancer said: Nginx itself only ever sees plain HTTP.

    Args:
        headers: As they came in.
        peer: The address that the request came from, which on an instance is the load balancer's.
    """
    out = CIMultiDict(headers)
    upgrade = headers.get("Upgrade")
    for name in HOP_BY_HOP:
        out.popall(name, None)
    if upgrade is not None and upgrade.lower() == "websocket":
        out["Upgrade"], out["Connection"] = upgrade, "upgrade"
    out["X-Real-IP"] = peer
    out["X-Forwarded-For"] = ", ".join([*out.popall("X-Forwarded-For", []), peer])
    out.setdefault("X-Forwarded-Proto", "http")
    return out


def to_client(status: int, headers: CIMultiDict[str], settings: NginxSettings) -> CIMultiDict[str]:
    """The header fields of the program's answer as they go on."""
    upgrade = headers.get("Upgrade") if status == 101 else None
    out = CIMultiDict((name, value) for name, value in headers.items() if name.title() not in _DROPPED)
    if upgrade is not None:
        out["Upgrade"], out["Connection"] = upgrade, "upgrade"
    out["Server"] = SERVER
    if status in ADDED_TO:
        for name, value in settings.response_headers.items():
            out.add(name, value)
    return out


_DROPPED = frozenset(name.title() for name in HOP_BY_HOP)


class Nginx:
    """The reverse proxy in front of one program.

    Args:
        settings: Its server block.
        upstream: Where the program binds; None while it does not run.
        relay: Carries requests to it.
    """

    def __init__(self, settings: NginxSettings, upstream: Callable[[], tuple[str, int] | None], relay: Relay) -> None:
        self._settings = settings
        self._upstream = upstream
        self._relay = relay
        self._runner: web.ServerRunner | None = None
        self.address: tuple[str, int] | None = None

    async def start(self) -> None:
        """Listens at a free port of loopback."""
        await self._relay.start()
        server = web.Server(self._handle, handler_cancellation=True, max_line_size=65_536, max_field_size=65_536)
        # What is under way at the end is not waited for: whoever asked is stopping, too.
        self._runner = web.ServerRunner(server, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        host, port = self._runner.addresses[0][:2]
        self.address = (host, port)

    async def stop(self) -> None:
        """Closes every connection."""
        self.address = None
        await self._relay.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        limit = self._settings.client_max_body_size
        if limit and (request.content_length or 0) > limit:
            return self._refused(413)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _buffered(request, limit) if limit and request.body_exists else None
        if body is not None and len(body) > limit:
            return self._refused(413)
        address = self._upstream()
        if address is None:
            return self._refused(502)
        return await self._pass(request, address, body)

    async def _pass(self, request: web.BaseRequest, address: tuple[str, int], body: bytes | None) -> web.StreamResponse:
        peer = request.remote or HOST
        try:
            return await self._relay(
                request,
                address,
                headers=to_program(CIMultiDict(request.headers), peer),
                adjust=lambda status, headers: to_client(status, headers, self._settings),
                refuse=lambda failure: self._refused(504 if failure.endswith("timeout") else 502),
                body=body,
            )
        except ConnectionError:
            return web.Response(status=499)  # what Nginx logs for a client that has gone; nobody gets it

    def _refused(self, status: int) -> web.Response:
        answer = web.Response(status=status, body=page(status), content_type="text/html", headers={"Server": SERVER})
        if status == 413:
            answer.force_close()  # rather than read on
        return answer


async def _buffered(request: web.BaseRequest, limit: int) -> bytes:
    """The body, or as much of it as shows that it is too large: Nginx passes a request on once it has all of it."""
    blocks, size = [], 0
    async for block in request.content.iter_any():
        blocks.append(block)
        size += len(block)
        if size > limit:
            break
    return b"".join(blocks)
