"""EC2 instances: the programs that their user data would install run as processes, each behind Nginx's part."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from terrarium.local.compute.programs.programs import Programs
from terrarium.local.compute.programs.settings import NginxSettings, ProgramSettings
from terrarium.local.edge.load_balancer.relay import Relay
from terrarium.local.kinds.kind import Parts
from terrarium.local.registry import Entry
from terrarium.model.program import Program

# What user data tells Nginx, so that WebSockets stay open: `proxy_read_timeout 3600s`.
READ_TIMEOUT_SECONDS = 3600.0


class InstanceKind:
    """Instances that run a program."""

    types: ClassVar[tuple[str, ...]] = ("aws_instance",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.programs = Programs(clock=parts.clock, logs=parts.logs, events=parts.events, relay=_relay)

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        del entry
        return {}

    async def start(self) -> None:
        for entry in self._parts.registry.of("aws_instance"):
            for program in entry.programs.values():
                await self.programs.put(self._settings(entry, program))

    async def stop(self) -> None:
        await self.programs.stop()

    async def ready(self) -> list[str]:
        """Returns once every program answers or has given up: the names of those that have."""
        names = self.programs.names()
        answers = await asyncio.gather(*(self.programs.get(name).wait_ready() for name in names))
        return [name for name, ready in zip(names, answers, strict=True) if not ready]

    def resolve(self, target: str, port: int) -> tuple[str, int] | None:
        """Where a port of an instance is on this machine."""
        return self.programs.address(target, port)

    def reached_at(self, entry: Entry) -> str:
        return f"terrarium logs {next(iter(entry.programs))}" if entry.programs else "no program runs in its place"

    def _settings(self, entry: Entry, program: Program) -> ProgramSettings:
        environment = {name: str(value) for name, value in program.environment.items()}
        return ProgramSettings(
            name=entry["id"],
            folder=program.folder,
            command=program.command,
            environment=environment | self._cloud(entry) | self._names(environment),
            binds=program.binds,
            serves=program.serves,
            health=program.health,
            address=entry.address,
            log_group=f"/programs/{program.name}",
            nginx=NginxSettings(
                response_headers={name: str(value) for name, value in program.headers.items()},
                read_timeout=READ_TIMEOUT_SECONDS,
            ),
        )

    def _names(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What makes names of AWS that are written by hand lead here."""
        return self._parts.names.variables(environment) if self._parts.names else {}

    def _cloud(self, entry: Entry) -> dict[str, str]:
        """What an SDK would find out from the instance's metadata service, and where the AWS of this machine is."""
        region = self._parts.region
        own = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ENDPOINT_URL": self._parts.addresses.own}
        names = self._parts.names
        own |= self._parts.addresses.trust(names.authorities if names else None)
        profiles = self._parts.registry.of("aws_iam_instance_profile", name=entry.get("iam_instance_profile"))
        roles = self._parts.registry.of("aws_iam_role", name=profiles[0]["role"]) if profiles else []
        return own | dict(self._parts.credentials.issue(roles[0]["arn"], entry["id"])) if roles else own


def _relay(nginx: NginxSettings) -> Relay:
    return Relay(connect_timeout=nginx.connect_timeout, idle_timeout=nginx.read_timeout)
