"""Asks targets how they are, each at its own pace. The rim of `health`: sockets and the clock live here.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.edge.load_balancer import health
from terrarium.local.edge.load_balancer.functions import USER_AGENT, Invoke, MalformedError, answer, check_event
from terrarium.local.edge.load_balancer.health import Failure, TargetHealth
from terrarium.local.edge.load_balancer.settings import HealthCheck, Target
from terrarium.local.edge.load_balancer.targets import Group

Resolve = Callable[[str, int], tuple[str, int] | Failure | None]
Changed = Callable[[Group, Target, TargetHealth, TargetHealth], None]


class Checks:
    """One task per target of the groups in use.

    Args:
        resolve: From a target's id and port to host and port on loopback; None while it is stopped, a failure where
            nothing of this machine can reach it.
        invoke: Runs a function.
        clock: Paces the checks.
        changed: Told of each change of a target's state: group, target, health before and after.
    """

    def __init__(self, resolve: Resolve, invoke: Invoke, clock: Clock, changed: Changed) -> None:
        self._resolve = resolve
        self._invoke = invoke
        self._clock = clock
        self._changed = changed
        self._session: aiohttp.ClientSession | None = None
        self._tasks: dict[tuple[str, Target], tuple[HealthCheck, asyncio.Task[None]]] = {}

    async def start(self) -> None:
        """Gets ready; each check has a connection of its own, as on AWS."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, compressed"},
            skip_auto_headers=("Accept",),
        )

    def watch(self, groups: dict[str, Group], used: frozenset[str]) -> None:
        """Checks the targets of these groups from now on, and no others; a new target at once."""
        wanted = {
            (arn, target): group
            for arn, group in groups.items()
            if arn in used and group.settings.health_check.enabled
            for target in group.settings.targets
        }
        for key, (check, task) in list(self._tasks.items()):
            if key not in wanted or wanted[key].settings.health_check != check:
                task.cancel()
                del self._tasks[key]
        for key, group in wanted.items():
            if key not in self._tasks:
                check = group.settings.health_check
                self._tasks[key] = (check, asyncio.create_task(self._pace(group, key[1], check)))

    async def stop(self) -> None:
        """Ends every check."""
        tasks = [task for _, task in self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _pace(self, group: Group, target: Target, check: HealthCheck) -> None:
        """A check each interval, counted from the start of the one before."""
        while True:
            pause = asyncio.ensure_future(self._clock.sleep(check.interval))
            try:
                await self.check(group, target)
                await pause
            finally:
                pause.cancel()

    async def check(self, group: Group, target: Target) -> None:
        """Checks one target now and lets the group know."""
        before, after = await self._checked(group, target)
        if before.state != after.state:
            self._changed(group, target, before, after)

    async def _checked(self, group: Group, target: Target) -> tuple[TargetHealth, TargetHealth]:
        check = group.settings.health_check
        if group.settings.type == "lambda":
            return group.checked(target, await self._ask_function(group, target))
        address = self._resolve(target.id, check.port or target.port)
        if address is None:
            return group.stopped(target)
        if isinstance(address, Failure):
            return group.unreachable(target, address)
        return group.checked(target, await self._ask(address, check))

    async def _ask_function(self, group: Group, target: Target) -> Failure | None:
        settings = group.settings
        event = check_event(settings.arn, settings.health_check.path, several=settings.multi_value_headers)
        try:
            async with asyncio.timeout(settings.health_check.timeout):
                result = await self._invoke(target.id, event, "")
            status = 502 if result.failed else answer(result.payload, several=settings.multi_value_headers).status
        except TimeoutError:
            return health.TIMED_OUT
        except (AwsError, MalformedError):
            return health.BROKEN
        return None if health.matches(settings.health_check.matcher, status) else health.mismatch(status)

    async def _ask(self, address: tuple[str, int], check: HealthCheck) -> Failure | None:
        assert self._session is not None, "start() comes first"
        timeout = aiohttp.ClientTimeout(total=check.timeout, ceil_threshold=3600)
        try:
            async with self._session.get(
                f"http://{address[0]}:{address[1]}{check.path}", allow_redirects=False, timeout=timeout
            ) as answer:
                return None if health.matches(check.matcher, answer.status) else health.mismatch(answer.status)
        except TimeoutError:
            return health.TIMED_OUT
        except (aiohttp.ClientError, OSError):
            return health.BROKEN
