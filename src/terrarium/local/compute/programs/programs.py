"""Every program of a system: the one place that knows which address stands for which port of which instance."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct

from terrarium.events import Events
from terrarium.local.clock import Clock
from terrarium.local.compute.programs.nginx import Nginx, Relay
from terrarium.local.compute.programs.program import LogSink, ProgramProcess
from terrarium.local.compute.programs.settings import NginxSettings, ProgramSettings


class _Member(Struct):
    program: ProgramProcess
    nginx: Nginx | None


class Programs:
    """Starts, keeps and stops programs.

    Args:
        clock: Counts the seconds between restarts.
        logs: Gets what programs print.
        events: Told of what happens to each.
        relay: Makes what carries requests from the Nginx of a program to the program.
    """

    def __init__(self, *, clock: Clock, logs: LogSink, events: Events, relay: Callable[[NginxSettings], Relay]) -> None:
        self._clock = clock
        self._logs = logs
        self._events = events
        self._relay = relay
        self._members: dict[str, _Member] = {}

    async def put(self, settings: ProgramSettings) -> None:
        """Starts a program, or replaces the one of that name where its settings differ."""
        present = self._members.get(settings.name)
        if present is not None and present.program.settings == settings:
            return
        await self.remove(settings.name)
        program = ProgramProcess(settings, clock=self._clock, logs=self._logs, events=self._events)
        nginx = None
        if settings.serves != settings.binds:
            nginx = Nginx(settings.nginx, program.address, self._relay(settings.nginx))
            await nginx.start()
        self._members[settings.name] = _Member(program, nginx)
        program.start()

    async def remove(self, name: str) -> None:
        """Stops a program for good; returns once nothing of it is left."""
        member = self._members.pop(name, None)
        if member is None:
            return
        await member.program.stop()
        if member.nginx is not None:
            await member.nginx.stop()

    async def stop(self) -> None:
        """Stops every program, all at once."""
        await asyncio.gather(*(self.remove(name) for name in list(self._members)))

    def reload(self, name: str | None = None) -> None:
        """Code has changed: starts a program anew, or every one."""
        for key, member in self._members.items():
            if name is None or key == name:
                member.program.reload()

    def get(self, name: str) -> ProgramProcess:
        """A program by name.

        Raises:
            KeyError: There is none.
        """
        return self._members[name].program

    def names(self) -> tuple[str, ...]:
        """The programs there are."""
        return tuple(self._members)

    def address(self, name: str, port: int) -> tuple[str, int] | None:
        """Where a port of an instance answers on this machine; what a load balancer resolves its targets with.

        Args:
            name: The program's, which is the target's id.
            port: As on the instance. The port that the program binds is open to the instance only, unless it serves it.
        """
        member = self._members.get(name)
        if member is None or port != member.program.settings.serves:
            return None
        return member.nginx.address if member.nginx is not None else member.program.address()
