"""Several systems behind one port.

Each system is a process of its own. The first has the port; later ones tell it their name and their own port, and it
hands on what is for them. When it ends, one of them takes the port over. Nothing is shared but that one connection, so
that a system that breaks breaks alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import hdrs, web
from msgspec import Struct
from multidict import CIMultiDict

from terrarium.errors import UserError
from terrarium.local.edge.load_balancer.relay import Relay
from terrarium.local.edge.server import bind

JOIN_PATH = "/_terrarium/join"
EDGE_PATH = "/_terrarium/edge"
# A WebSocket API closes an idle connection after ten minutes; what stands before it must not be quicker.
IDLE_SECONDS = 3600.0
PROBE_SECONDS = 3.0
PAUSE_SECONDS = 0.05


class Neighbour(Struct, frozen=True):
    """A system of another process.

    Attributes:
        system: Its name.
        port: Its own port on loopback.
    """

    system: str
    port: int


class Neighbours:
    """The systems of other processes that this one hands requests on to.

    Args:
        system: The name of this process's own system.
        tls: Whether the shared port speaks TLS.
    """

    def __init__(self, system: str, *, tls: bool) -> None:
        self._system = system
        self._tls = tls
        self._known: dict[str, Neighbour] = {}
        self._relay = Relay(idle_timeout=IDLE_SECONDS)
        self._members: set[web.WebSocketResponse] = set()

    async def start(self) -> None:
        """Gets ready to hand requests on."""
        await self._relay.start()

    async def stop(self) -> None:
        """Lets go of every neighbour; they notice, and one of them takes over."""
        for member in tuple(self._members):
            await member.close(code=1001)
        await self._relay.stop()

    @property
    def systems(self) -> list[str]:
        """The names of all systems behind this port, this process's own first."""
        return [self._system, *sorted(self._known)]

    @property
    def present(self) -> bool:
        """Whether there is any neighbour."""
        return bool(self._known)

    def find(self, host: str, path: str, access_key: str = "") -> Neighbour | None:
        """The neighbour that a request is for, by host name, path or access key; nothing where it is for none."""
        labels = host.rsplit(":", 1)[0].lower().split(".")
        if len(labels) > 1 and labels[-1] == "localhost" and labels[-2] in self._known:
            return self._known[labels[-2]]
        first = path.split("/", 2)[1]
        return self._known.get(first) or self._known.get(access_key)

    async def hand_on(self, request: web.BaseRequest, neighbour: Neighbour) -> web.StreamResponse:
        """Lets a neighbour answer: the request and the answer pass as they are."""
        return await self._relay(
            request,
            ("127.0.0.1", neighbour.port),
            headers=CIMultiDict(request.headers),
            adjust=lambda _, headers: headers,
            refuse=lambda failure: web.Response(status=502, text=f"{neighbour.system} does not answer ({failure})\n"),
        )

    def describe(self) -> web.Response:
        """Says that this is Terrarium, and which systems are reached here."""
        return web.json_response({"terrarium": True, "systems": self.systems, "tls": self._tls})

    async def accept(self, request: web.BaseRequest) -> web.StreamResponse:
        """Takes a neighbour in for as long as its connection lasts. Pages in a browser cannot become neighbours."""
        system, port = request.query.get("system", ""), request.query.get("port", "")
        if hdrs.ORIGIN in request.headers or not port.isdecimal():
            return web.json_response({"message": "Forbidden"}, status=403)
        if system in self.systems:
            return web.json_response({"message": f"{system} is up already"}, status=409)
        member = web.WebSocketResponse(heartbeat=10)
        self._known[system] = Neighbour(system, int(port))
        self._members.add(member)
        try:
            await member.prepare(request)
            async for _ in member:
                pass  # nothing is said; that the connection is there says it all
        finally:
            self._members.discard(member)
            del self._known[system]
        return member


async def whose(port: int) -> dict[str, Any] | None:  # the description as plain JSON values
    """What has a port, if it is Terrarium; nothing if it is something else."""
    timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for scheme in ("http", "https"):
            url = f"{scheme}://127.0.0.1:{port}{EDGE_PATH}"
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, json.JSONDecodeError, UnicodeDecodeError):
                # Whose certificate it is says nothing here; that it is this machine is what counts.
                async with session.get(url, ssl=False) as answer:
                    facts = await answer.json()
                    if isinstance(facts, dict) and facts.get("terrarium") is True:
                        return facts
    return None


class Membership:
    """Keeps a system known to whoever has the shared port, and takes the port when it becomes free.

    Args:
        system: The system's name.
        port: The shared port.
        own_port: The system's own port.
        tls: Whether the shared port speaks TLS.
        take: Called with sockets of the shared port once this process has it.
    """

    def __init__(
        self,
        system: str,
        port: int,
        own_port: int,
        *,
        tls: bool,
        take: Callable[[list[socket.socket]], Awaitable[None]],
    ) -> None:
        self._system = system
        self._port = port
        scheme = "https" if tls else "http"
        self._url = f"{scheme}://127.0.0.1:{port}{JOIN_PATH}?system={system}&port={own_port}"
        self._take = take
        self._task: asyncio.Task[None] | None = None
        self._joined: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Returns once the system is known at the shared port, or has it itself.

        Raises:
            UserError: A system of that name is known there already.
        """
        self._joined = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(self._joined))
        await self._joined

    async def stop(self) -> None:
        """Is known no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, joined: asyncio.Future[None]) -> None:
        async with aiohttp.ClientSession() as session:
            while not await self._took_over(joined):
                try:
                    await self._stay(session, joined)
                except aiohttp.WSServerHandshakeError as error:
                    refused = UserError(f"a system named {self._system} is up already at port {self._port}")
                    refused.__cause__ = error
                    if not joined.done():
                        joined.set_exception(refused)
                        return
                except (aiohttp.ClientError, OSError):
                    pass  # whoever had the port is just ending: look again whether it is free
                await asyncio.sleep(PAUSE_SECONDS)

    async def _took_over(self, joined: asyncio.Future[None]) -> bool:
        """Takes the port if nobody has it."""
        try:
            sockets = bind(self._port)
        except UserError:
            return False
        await self._take(sockets)
        if not joined.done():
            joined.set_result(None)
        return True

    async def _stay(self, session: aiohttp.ClientSession, joined: asyncio.Future[None]) -> None:
        """Is a neighbour until the connection ends."""
        async with session.ws_connect(self._url, ssl=False, heartbeat=10) as connection:
            if not joined.done():
                joined.set_result(None)
            async for _ in connection:
                pass
