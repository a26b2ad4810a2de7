"""Targets and a balancer in front of them, on ports of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from terrarium.events import Event, Events
from terrarium.local.clock import Clock
from terrarium.local.edge.load_balancer import LoadBalancer
from terrarium.local.edge.load_balancer.checks import Resolve
from terrarium.local.edge.load_balancer.settings import (
    Forward,
    HealthCheck,
    Listener,
    LoadBalancerSettings,
    Target,
    TargetGroup,
)
from terrarium.testing.clock import ManualClock

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

GROUP = TargetGroup("arn:tg", "tg", health_check=HealthCheck(timeout=30))


async def serve(stack: AsyncExitStack, handler: Handler) -> tuple[str, int]:
    """Serves a handler at a free port until the stack unwinds."""
    runner = web.ServerRunner(
        web.Server(handler, handler_cancellation=True, max_line_size=65_536, max_field_size=65_536), shutdown_timeout=1
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return host, port


@dataclass
class Lines:
    """Keeps what is written to the log."""

    lines: list[str] = field(default_factory=list)

    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        self.lines.append(message)


class Place:
    """A balancer, its targets, and a client."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.stack = stack
        self.addresses: dict[str, tuple[str, int]] = {}
        self.events: list[Event] = []
        self.news = asyncio.Event()
        self.log = Lines()
        self.clock = ManualClock()
        self.client = aiohttp.ClientSession(auto_decompress=False)

    async def target(self, name: str, handler: Handler) -> Target:
        """A target that answers with the handler."""
        self.addresses[name] = await serve(self.stack, handler)
        return Target(name, 80)

    async def balancer(
        self,
        settings: LoadBalancerSettings,
        *,
        port: int = 80,
        clock: Clock | None = None,
        resolve: Resolve | None = None,
        **options: object,
    ) -> LoadBalancer:
        """A running balancer; `url` is where its listener answers."""
        events = Events()
        events.subscribe(self.event)
        balancer = LoadBalancer(
            settings,
            resolve or (lambda target, _: self.addresses.get(target)),
            clock or self.clock,
            events,
            self.log,
            **options,  # type: ignore[arg-type]  # whatever else the test gives
        )
        await balancer.start()
        self.stack.push_async_callback(balancer.stop)
        address = await serve(self.stack, lambda request: balancer.handle(request, port))
        self.port = address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return balancer

    def event(self, event: Event) -> None:
        """Keeps an event."""
        self.events.append(event)
        self.news.set()

    async def until(self, kind: str, times: int) -> None:
        """Waits until there have been so many events of a kind."""
        while self.kinds().count(kind) < times:
            self.news.clear()
            await self.news.wait()

    def kinds(self) -> list[str]:
        """The kinds of events so far, requests left out."""
        return [event.kind for event in self.events if event.kind != "request"]


def one_group(*targets: Target, listener: Listener | None = None, **changes: object) -> LoadBalancerSettings:
    """Settings with one group behind a listener at port 80; `changes` are the balancer's or the group's attributes."""
    own = {name: value for name, value in changes.items() if name in LoadBalancerSettings.__struct_fields__}
    of_group = {name: value for name, value in changes.items() if name not in own}
    group = TargetGroup("arn:tg", "tg", targets, **{"health_check": GROUP.health_check, **of_group})  # type: ignore[arg-type]
    listener = listener or Listener(80, "HTTP", Forward((("arn:tg", 1),)))
    return LoadBalancerSettings("lb", "aws_lb.lb", (listener,), (group,), **own)  # type: ignore[arg-type]


@pytest.fixture(name="one_group")
def _one_group() -> Callable[..., LoadBalancerSettings]:
    return one_group


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        made = Place(stack)
        stack.push_async_callback(made.client.close)
        yield made
