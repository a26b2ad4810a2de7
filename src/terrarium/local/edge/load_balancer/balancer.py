"""The load balancer itself: what it holds while it lives. One request's way through it is in `exchange`.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from terrarium.events import Event, Events
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.edge.load_balancer.checks import Checks, Resolve
from terrarium.local.edge.load_balancer.cookies import Seal
from terrarium.local.edge.load_balancer.exchange import Exchange, LogSink, Parts, PublicUrl
from terrarium.local.edge.load_balancer.flights import Flights
from terrarium.local.edge.load_balancer.functions import Invoke, Invoked
from terrarium.local.edge.load_balancer.health import TargetHealth
from terrarium.local.edge.load_balancer.relay import Relay
from terrarium.local.edge.load_balancer.settings import LoadBalancerSettings, Target
from terrarium.local.edge.load_balancer.stickiness import Sessions
from terrarium.local.edge.load_balancer.targets import Group


def _nowhere(*_: object) -> None:
    return None


async def _no_functions(arn: str, *_: object) -> Invoked:
    raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)


class LoadBalancer:
    """An Application Load Balancer.

    Args:
        settings: Listeners, rules, target groups, attributes.
        resolve: From a target's id and port to host and port on loopback; None while it is stopped, a failure where
            nothing of this machine can reach it.
        clock: Time.
        events: Told of targets' health (``target_healthy`` and so on) and of each ``request``.
        logs: Gets access log entries, if the settings name a group.
        invoke: Runs functions that are targets.
        public_url: From protocol, host and port of a redirect to the address where that listener answers on this
            machine; None where there is none, and the client is sent where AWS would send it.
        draw: Gives numbers from 0 up to but not including 1.
        random_hex: Gives as many random bytes in hexadecimal as asked for.
    """

    def __init__(
        self,
        settings: LoadBalancerSettings,
        resolve: Resolve,
        clock: Clock,
        events: Events,
        logs: LogSink | None = None,
        *,
        invoke: Invoke = _no_functions,
        public_url: PublicUrl = _nowhere,
        draw: Callable[[], float] = random.random,
        random_hex: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._events = events
        self._draw = draw
        self._relay = Relay(idle_timeout=settings.idle_timeout)
        self._checks = Checks(resolve, invoke, clock, self._health_changed)
        self._groups: dict[str, Group] = {}
        self._flights = Flights()
        self._drains: set[asyncio.Task[None]] = set()
        self._parts = Parts(
            groups=self._groups,
            flights=self._flights,
            sessions=Sessions(Seal()),
            relay=self._relay,
            resolve=resolve,
            invoke=invoke,
            clock=clock,
            publish=self._publish,
            logs=logs,
            public_url=public_url,
            draw=draw,
            random_hex=random_hex,
        )
        self._regroup()

    async def start(self) -> None:
        """Opens for requests and starts checking targets."""
        await self._relay.start()
        await self._checks.start()
        self._checks.watch(self._groups, self.settings.used_groups())

    async def stop(self) -> None:
        """Stops checking, ends WebSockets, closes connections to targets."""
        for task in tuple(self._drains):
            task.cancel()
        await asyncio.gather(*self._drains, return_exceptions=True)
        await self._checks.stop()
        await self._relay.stop()

    def update(self, settings: LoadBalancerSettings) -> None:
        """Takes new settings while it runs: new targets are checked, targets taken away drain."""
        self.settings = settings
        self._relay.idle_timeout = settings.idle_timeout
        self._regroup()
        self._checks.watch(self._groups, settings.used_groups())

    def _regroup(self) -> None:
        used = self.settings.used_groups()
        wanted = {group.arn: group for group in self.settings.target_groups}
        for arn in self._groups.keys() - wanted.keys():
            del self._groups[arn]
        for arn, settings in wanted.items():
            group = self._groups.get(arn)
            if group is None:
                self._groups[arn] = Group(settings, in_use=arn in used, draw=self._draw)
            else:
                self._drain(group, group.update(settings, in_use=arn in used))

    def _drain(self, group: Group, leaving: Mapping[Target, int]) -> None:
        if leaving:
            task = asyncio.get_running_loop().create_task(self._drained(group, leaving))
            self._drains.add(task)
            task.add_done_callback(self._drains.discard)

    async def _drained(self, group: Group, leaving: Mapping[Target, int]) -> None:
        """Once the deregistration delay is over, ends what targets taken away are still doing."""
        await self._clock.sleep(group.settings.deregistration_delay)
        for target, registration in leaving.items():
            if group.forget(target, registration):
                self._flights.cut(group.settings.arn, target)

    # The shape of TargetHealthDescription: text and nested mappings of text.
    def describe_target_health(self) -> dict[str, list[dict[str, Any]]]:
        """The ``TargetHealthDescriptions`` of ``DescribeTargetHealth``, by target group ARN."""
        return {arn: group.describe() for arn, group in self._groups.items()}

    async def check_now(self) -> None:
        """Checks every target of the groups in use at once, without waiting for its turn."""
        used = self.settings.used_groups()
        groups = [group for arn, group in self._groups.items() if arn in used and group.settings.health_check.enabled]
        await asyncio.gather(
            *(self._checks.check(group, target) for group in groups for target in group.settings.targets)
        )

    def _health_changed(self, group: Group, target: Target, before: TargetHealth, after: TargetHealth) -> None:
        detail = {"group": group.settings.name, "target": target.id, "port": target.port, "before": before.state}
        self._publish(f"target_{after.state}", {**detail, "reason": after.reason, "description": after.description})

    # Plain JSON values, as Event has them.
    def _publish(self, kind: str, detail: Mapping[str, Any]) -> None:
        self._events.publish(Event(self._clock.now(), self.settings.address, kind, detail))

    async def handle(self, request: web.BaseRequest, listener_port: int) -> web.StreamResponse:
        """Answers a request that came to a listener.

        Args:
            request: From whatever accepted the connection.
            listener_port: The port that the listener has on AWS.

        Raises:
            KeyError: There is no listener at that port.
        """
        listener = self.settings.listener(listener_port)
        if listener is None:
            raise KeyError(listener_port)
        return await Exchange(self._parts, self.settings, listener, request).run()
