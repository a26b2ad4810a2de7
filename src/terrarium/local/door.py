"""How a system is reached: at the shared port, itself or through the system that has it, and at a port of its own."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

from terrarium.errors import UserError
from terrarium.local.addresses import Addresses
from terrarium.local.edge.neighbours import Membership, Neighbours, whose
from terrarium.local.edge.server import Edge, bind
from terrarium.local.edge.tls import Authority


class Door:
    """The ports of one system.

    Attributes:
        addresses: Where it is reached.
        neighbours: Other systems behind the same port, while this one has it.
        authority: Signs for the names under which it is reached with TLS.
    """

    def __init__(
        self,
        system: str,
        *,
        port: int,
        shared: list[socket.socket],
        own: list[socket.socket],
        aws: list[socket.socket],
        authority: Authority,
        tls: bool,
    ) -> None:
        self.addresses = Addresses(
            system,
            port,
            tls=tls,
            own_port=_port(own or shared),
            authority=authority.bundle(),
            aws_port=_port(aws),
        )
        self.neighbours = Neighbours(system, tls=tls)
        self._shared = shared
        self._own = own
        self._aws = aws
        self.authority = authority
        self._certificates = authority.server_context()
        self._tls = self._certificates if tls else None
        self._membership: Membership | None = None

    @classmethod
    async def find(cls, system: str, port: int, *, tls: bool, root: Path) -> Door:
        """Finds out who has the port.

        Args:
            system: The system's name.
            port: The shared port; 0 takes a free one.
            tls: Whether it shall speak TLS.
            root: The folder of all systems' state, which keeps the certificate authority.

        Raises:
            UserError: Another program has the port, or speaks TLS there where this shall not (or the other way round).
        """
        try:
            shared = bind(port)
        except UserError:
            other = await whose(port)
            if other is None:
                raise
            if other["tls"] != tls:
                spoken = "TLS" if other["tls"] else "plain HTTP"
                hint = "bring this up likewise, or at another --port"
                raise UserError(f"the systems at port {port} speak {spoken}", hint=hint) from None
            shared = []
        return cls(
            system,
            port=_port(shared) if shared else port,
            shared=shared,
            own=bind(0) if tls or not shared else [],
            aws=bind(0),
            authority=Authority(root / ".tls", dt.datetime.now(dt.UTC)),
            tls=tls,
        )

    async def open(self, edge: Edge) -> None:
        """Lets requests in."""
        await self.neighbours.start()
        if self._own:
            await edge.listen(self._own)
        await edge.listen(self._aws, self._certificates)
        if self._shared:
            await edge.listen(self._shared, self._tls)
            return

        async def take(sockets: list[socket.socket]) -> None:
            await edge.listen(sockets, self._tls)

        addresses = self.addresses
        self._membership = Membership(
            addresses.system, addresses.port, addresses.own_port, tls=addresses.tls, take=take
        )
        await self._membership.start()

    async def close(self) -> None:
        """Lets go of the ports."""
        if self._membership is not None:
            await self._membership.stop()
        await self.neighbours.stop()
        for one in (*self._shared, *self._own, *self._aws):
            one.close()


def _port(sockets: list[socket.socket]) -> int:
    port: int = sockets[0].getsockname()[1]
    return port
