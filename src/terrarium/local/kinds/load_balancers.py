"""Application load balancers: put together from a balancer, its listeners, target groups and their targets."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from aiohttp import web
from msgspec import Struct

from terrarium.local.addresses import site_name
from terrarium.local.edge.load_balancer.balancer import LoadBalancer
from terrarium.local.edge.load_balancer.functions import Invoked
from terrarium.local.edge.load_balancer.health import Failure
from terrarium.local.edge.load_balancer.settings import LoadBalancerSettings
from terrarium.local.edge.server import Site
from terrarium.local.function_names import named
from terrarium.local.kinds.held import is_made_by_call
from terrarium.local.kinds.kind import OnlyModelledError, Parts
from terrarium.local.kinds.load_balancer_settings import settings
from terrarium.local.registry import Entry

Resolve = Callable[[str, int], tuple[str, int] | None]

_FAR = Failure("Target.Timeout", "Request timed out: only 127.0.0.0/8 is reached from here")
_EMPTY = Failure("Target.FailedHealthChecks", "Health checks failed: no program runs in the instance's place here")


class _Door(Struct, frozen=True):
    """Where a listener answers: its balancer's ARN and its port on AWS, and the name of its site on this machine."""

    balancer: str
    port: int
    name: str
    also: str = ""


class LoadBalancerKind:
    """Balancers with their listeners and target groups.

    Args:
        parts: The engines.
        resolve: From the id of an instance that runs a program, and a port, to where that is on this machine.
    """

    types: ClassVar[tuple[str, ...]] = (
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_lb_target_group_attachment",
    )

    def __init__(self, parts: Parts, resolve: Resolve) -> None:
        self._parts = parts
        self._resolve_instance = resolve
        self._balancers: dict[str, LoadBalancer] = {}  # by ARN
        self._doors: dict[str, _Door] = {}  # by host name
        self._one_at_a_time = asyncio.Lock()

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.type == "aws_lb" and entry.get("load_balancer_type", "application") != "application":
            raise OnlyModelledError(f"{entry['load_balancer_type']} load balancers are described, and balance nothing")
        if entry.type == "aws_lb_listener" and not self._alive("aws_lb", entry["load_balancer_arn"]):
            raise OnlyModelledError("its load balancer is only described")
        if entry.type == "aws_lb_listener_rule" and not self._alive("aws_lb_listener", entry["listener_arn"]):
            raise OnlyModelledError("its load balancer is only described")
        if entry.type == "aws_lb_target_group" and entry.get("protocol", "HTTP") not in ("HTTP", "HTTPS"):
            raise OnlyModelledError(f"nothing balances {entry['protocol']} here")
        return {}

    def _alive(self, type: str, arn: str) -> bool:
        return bool(self._parts.registry.alive(type, arn=arn))

    async def start(self) -> None:
        await self._bring()

    async def arrived(self, entry: Entry) -> None:
        """Balances as it is described now; connections stay."""
        del entry
        await self._bring()

    async def left(self, entry: Entry) -> None:
        """Balances as it is described now: targets that are gone drain, a balancer that is gone ends."""
        del entry
        await self._bring()

    async def stop(self) -> None:
        for balancer in self._balancers.values():
            await balancer.stop()

    def reached_at(self, entry: Entry) -> str:
        if entry.type != "aws_lb_listener" or entry.state != "alive":
            return ""
        where = (entry["load_balancer_arn"], int(entry["port"]))
        doors = [door for door in self._doors.values() if (door.balancer, door.port) == where]
        return f"{self._parts.addresses.by_name(doors[0].name)}/" if doors else ""

    def health(self) -> dict[str, list[dict[str, Any]]]:
        """The targets' health by target group, as DescribeTargetHealth tells it."""
        return {
            arn: targets
            for balancer in self._balancers.values()
            for arn, targets in balancer.describe_target_health().items()
        }

    async def check_now(self) -> None:
        """Asks every target now, rather than at the next interval."""
        for balancer in self._balancers.values():
            await balancer.check_now()

    async def _bring(self) -> None:
        """Brings what runs in line with the registry.

        Raises:
            UserError: Something cannot be alive as it is described; nothing has changed.
        """
        async with self._one_at_a_time:
            registry = self._parts.registry
            wanted = {entry["arn"]: settings(entry, registry) for entry in registry.alive("aws_lb")}
            for arn in wanted.keys() - self._balancers.keys():
                self._balancers[arn] = balancer = self._made(arn, wanted[arn])
                await balancer.start()
            for arn, told in wanted.items():
                if self._balancers[arn].settings != told:
                    self._balancers[arn].update(told)
            self._open_doors()
            gone = [self._balancers.pop(arn) for arn in self._balancers.keys() - wanted.keys()]
            for one in gone:
                await one.stop()

    def _made(self, arn: str, told: LoadBalancerSettings) -> LoadBalancer:
        return LoadBalancer(
            told,
            self._resolve,
            self._parts.clock,
            self._parts.events,
            self._parts.logs,
            invoke=self._invoke,
            public_url=self._public_url(arn),
        )

    def _resolve(self, target: str, port: int) -> tuple[str, int] | Failure | None:
        """Where a target is on this machine; nothing while the program in its place does not run."""
        if (found := self._resolve_instance(target, port)) is not None:
            return found
        try:
            address = ipaddress.ip_address(target)
        except ValueError:
            runs = any(entry.programs for entry in self._parts.registry.of("aws_instance", id=target))
            return None if runs else _EMPTY
        return (target, port) if address.version == 4 and address.is_loopback else _FAR

    async def _invoke(self, arn: str, event: bytes, trace: str) -> Invoked:
        result = await self._parts.functions.invoke(named(arn).target, event, trace=trace)
        return Invoked(result.payload, result.error is not None)

    def _public_url(self, arn: str) -> Callable[[str, str, int], str | None]:
        """Where a redirect to another listener of the same balancer leads on this machine."""

        def public_url(protocol: str, host: str, port: int) -> str | None:
            del protocol
            if not _is_local(host):
                return None
            doors = [door for door in self._doors.values() if (door.balancer, door.port) == (arn, port)]
            return self._parts.addresses.by_name(doors[0].name) if doors else None

        return public_url

    def _open_doors(self) -> None:
        addresses, edge = self._parts.addresses, self._parts.edge
        wanted = self._wanted_doors()
        for host in [host for host, door in self._doors.items() if wanted.get(host) != door]:
            del self._doors[host]
            edge.remove(host)
        for host, door in wanted.items():
            if host not in self._doors:
                edge.add(Site(host, addresses.path(door.name), self._handler(door), also=door.also))
        self._doors = wanted

    def _wanted_doors(self) -> dict[str, _Door]:
        """Where each listener is to answer, by host name; the system's own name is that of its first balancer."""
        addresses, found = self._parts.addresses, dict[str, _Door]()
        taken = self._parts.edge.sites.keys() - self._doors.keys()
        for entry in self._parts.registry.alive("aws_lb"):
            listeners = self._listeners(entry)
            if not listeners:
                continue
            main = _main(listeners)
            if not is_made_by_call(entry) and addresses.host() not in found.keys() | taken:
                found[addresses.host()] = _Door(entry["arn"], int(main["port"]), "")
            names = (site_name(entry.label), site_name(f"{entry.label}-lb"), site_name(entry["arn_suffix"]))
            own = next((name for name in names if addresses.host(name) not in found.keys() | taken), names[-1])
            for listener in listeners:
                name, also = (own, entry["dns_name"].lower()) if listener is main else (f"{own}-{listener['port']}", "")
                found[addresses.host(name)] = _Door(entry["arn"], int(listener["port"]), name, also)
        return found

    def _listeners(self, balancer: Entry) -> list[Entry]:
        return self._parts.registry.of("aws_lb_listener", load_balancer_arn=balancer["arn"])

    def _handler(self, door: _Door) -> Callable[[web.BaseRequest], Any]:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            balancer = self._balancers[door.balancer]
            return await balancer.handle(request, _port(request, door, balancer))

        return handle


def _main(listeners: list[Entry]) -> Entry:
    """The listener that people use: the one on 443, else the first."""
    return next((listener for listener in listeners if int(listener["port"]) == 443), listeners[0])


def _port(request: web.BaseRequest, door: _Door, balancer: LoadBalancer) -> int:
    """The listener that a request is for: who calls a balancer by its name on AWS may say which."""
    name, _, port = request.headers.get("Host", "").partition(":")
    asked = int(port) if port.isascii() and port.isdigit() else 80
    return asked if name.lower() == door.also and balancer.settings.listener(asked) else door.port


def _is_local(host: str) -> bool:
    return bool(re.fullmatch(r"(.+\.)?localhost|127\.\d+\.\d+\.\d+|\[?::1\]?", host, re.IGNORECASE))
