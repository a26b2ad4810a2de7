"""Lambda on the laptop: functions by name, invoked and waited for or invoked as events. Owns every process there is."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping

from terrarium.events import Event, Events
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.compute.functions import environment
from terrarium.local.compute.functions.alarms import Alarms
from terrarium.local.compute.functions.aliases import Alias
from terrarium.local.compute.functions.concurrency import ACCOUNT, Concurrency
from terrarium.local.compute.functions.event_attempts import EventSettings
from terrarium.local.compute.functions.event_queue import Conclusion, EventQueue
from terrarium.local.compute.functions.event_store import EventStore
from terrarium.local.compute.functions.invocation import Invocation, check_client_context, check_payload
from terrarium.local.compute.functions.lifecycle import State
from terrarium.local.compute.functions.meter import Meter, NoMeter
from terrarium.local.compute.functions.ownership import Cloud
from terrarium.local.compute.functions.pool import Pool
from terrarium.local.compute.functions.provisioning import Provisioned, spread
from terrarium.local.compute.functions.request_ids import new_request_id
from terrarium.local.compute.functions.runtimes import runtime
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult
from terrarium.local.compute.functions.start_gate import StartGate
from terrarium.local.compute.functions.traces import Sampler, trace
from terrarium.local.compute.functions.worker_log import LogSink
from terrarium.local.compute.functions.zygote_process import ZygoteProcess
from terrarium.local.compute.functions.zygotes import Zygotes
from terrarium.local.function_names import LATEST

MOST_WORKERS = 200  # processes; an invocation beyond that waits for a worker, it is not refused
_LOOK_SECONDS = 0.05  # between two looks at what busy workers have printed
_LOOKS = 5  # of these to one look at how much they hold


class Functions:
    """All functions of one system.

    As many invocations run side by side as AWS's default quota allows (1,000 in the account, of which functions may
    reserve some), in at most 200 processes; where more would be needed, invocations wait.

    Args:
        clock: Time.
        logs: Where functions' output goes.
        events: Where it is told what happened: ``invoked`` for each invocation, ``throttled`` for each refused one.
        credentials: The three environment variables with credentials of a function's role.
        endpoint: The URL that SDKs in functions are to call.
        concluded: Called with each event invocation that is over.
        meter: Counts what happens.
        waiting: Where events are kept that wait; in memory, if not given.
        concurrency: Invocations that may run side by side in the account.
        most_workers: Processes that there may be.
        zygote: The forking parent, where it was launched already.
        chance: A number between 0 and 1, by which an alias chooses between two versions, and X-Ray what it samples.
        private: Whether workers see files where Lambda has them, and a ``/tmp`` of their own, as far as the machine
            lets them; else what everybody sees.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        logs: LogSink,
        events: Events,
        credentials: Callable[[FunctionSettings], Mapping[str, str]],
        endpoint: Callable[[], str],
        concluded: Callable[[Conclusion], None] = lambda _conclusion: None,
        meter: Meter | None = None,
        waiting: EventStore | None = None,
        concurrency: int = ACCOUNT,
        most_workers: int = MOST_WORKERS,
        zygote: ZygoteProcess | None = None,
        chance: Callable[[], float] = random.random,
        private: bool = True,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._events = events
        self._credentials = credentials
        self._endpoint = endpoint
        self._functions: dict[str, Pool] = {}
        self._closing: list[Pool] = []  # replaced, with workers that still finish what they do
        self._event_settings: dict[str, EventSettings] = {}
        self._reservations = 0
        self._aliases: dict[str, Alias] = {}
        self._provisioned: dict[str, int] = {}
        self._spread: dict[str, dict[str, int]] = {}
        self._concurrency = Concurrency(self._reserved, lambda: self._reservations, concurrency)
        self._meter = meter or NoMeter()
        self._queue = EventQueue(clock, self._invoke_event, concluded, self._meter, waiting or EventStore())
        self._zygotes = Zygotes(zygote)
        self._watch: asyncio.Task[None] | None = None
        self._sampler = Sampler(chance)
        self.cloud = Cloud(clock, Alarms(clock), logs, self._zygotes, private)
        self.gate = StartGate(max(2, 2 * (os.cpu_count() or 1)), most_workers, self._evict)

    async def start(self) -> None:
        """Starts the forking parents, so that the first invocation need not wait for its imports."""
        self._zygotes.start()

    def resume_events(self, report: Callable[[str], None]) -> None:
        """Takes up the events that an earlier run accepted and did not deal with, once everything is there.

        Args:
            report: Told, in a sentence, of each event whose function is there no more.
        """
        for target in self._queue.resume(self.get):
            report(f"an event that waited for the function {target} is gone with it")

    async def stop(self) -> None:
        """Ends every process; invocations under way are told that their environment was killed."""
        await self._queue.stop()
        for name in list(self._functions):
            self.remove(name)
        for pool in self._closing:
            pool.kill()
        self._closing.clear()
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self.cloud.alarms.stop()
        await self._zygotes.stop()

    def put(self, settings: FunctionSettings) -> None:
        """Creates a function, or changes it: its next invocation runs in a fresh worker.

        Raises:
            UserError: Its runtime or its folders cannot be had here.
        """
        settings.check()
        existing = self._functions.get(settings.target)
        if existing is not None and existing.settings == settings:
            return
        runs_in = runtime(settings.runtime)
        if settings.runtime != runs_in.name:
            self._publish(settings, "version", runtime=settings.runtime, runs_in=runs_in.name)
        self._zygotes.of(settings.runtime)
        self._replace(settings)

    def remove(self, target: str) -> None:
        """Forgets a function, or one version of it; what it runs is finished, what waits is refused."""
        pool = self._functions.pop(target, None)
        self._count_reservations()
        self._event_settings.pop(target, None)
        if pool is not None:
            self._closing.append(pool)
            for invocation in pool.close():
                self.refused(pool.settings, invocation, _not_found(pool.settings))

    def put_alias(self, target: str, alias: Alias) -> None:
        """Lets a name lead to versions of a function, from the next invocation on.

        Args:
            target: ``name:alias``.
            alias: Where it leads.
        """
        self._aliases[target] = alias
        self._provide()

    def remove_alias(self, target: str) -> None:
        """Forgets an alias; what runs goes on."""
        self._aliases.pop(target, None)
        self._event_settings.pop(target, None)

    def provision(self, target: str, count: int) -> None:
        """Keeps workers initialised for a version or an alias, as many as a laptop can.

        Args:
            target: ``name:version`` or ``name:alias``.
            count: How many; 0 keeps none any more.
        """
        self._provisioned.pop(target, None)
        if count:
            self._provisioned[target] = count
        self._provide()

    def provisioned(self, target: str) -> Provisioned:
        """How far that is."""
        kept = {version: (count, self._functions.get(version)) for version, count in self._spread[target].items()}
        return Provisioned(
            allocated=sum(count for count, _ in kept.values()),
            available=sum(min(count, pool.initialised) for count, pool in kept.values() if pool is not None),
            failed=any(pool is not None and pool.provisioning_failed for _, pool in kept.values()),
        )

    def get(self, target: str) -> FunctionSettings:
        """The settings of a function or of one version of it; of an alias, those of its main version.

        Args:
            target: ``name`` or ``name:qualifier``.

        Raises:
            AwsError: ``ResourceNotFoundException``.
        """
        return self._pool(target).settings

    def names(self) -> tuple[str, ...]:
        """The functions there are, each once whatever versions it has."""
        return tuple(pool.settings.name for pool in self._functions.values() if pool.settings.version == LATEST)

    def workers(self, name: str) -> int:
        """How many processes a function has now."""
        return len(self._pool(name).workers)

    def configure_events(self, name: str, settings: EventSettings) -> None:
        """Sets how a function's event invocations are treated (``aws_lambda_function_event_invoke_config``)."""
        self._event_settings[name] = settings

    def reload(self, name: str | None = None) -> None:
        """Code has changed: the next invocation of one function, or of all, runs in a fresh worker."""
        for settings in [pool.settings for pool in self._functions.values()]:
            if settings.version == LATEST and name in {None, settings.name}:  # a version's code never changes
                self._replace(settings)

    async def invoke(
        self,
        name: str,
        payload: bytes,
        *,
        client_context: bytes | None = None,
        trace: str = "",
        with_log: bool = False,
    ) -> InvocationResult:
        """Invokes a function and waits for it.

        Args:
            name: The function, or ``name:qualifier``.
            payload: The event, as JSON; nothing stands for an empty object.
            client_context: What the caller's SDK sent along, as JSON, not in base64.
            trace: ``X-Amzn-Trace-Id`` as the caller sent it.
            with_log: Whether the caller waits for the end of its log too.

        Raises:
            AwsError: ``ResourceNotFoundException``, ``TooManyRequestsException``, ``RequestEntityTooLargeException``
                or ``InvalidRequestContentException``. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        pool = self._chosen(name)
        event = check_payload(payload, "RequestResponse")
        context = check_client_context(client_context)
        return await self._begin(pool, event, new_request_id(), context, name, trace, with_log=with_log)

    def invoke_async(self, name: str, payload: bytes) -> str:
        """Accepts an event for a function; it is retried twice, a minute and two minutes later, if the function fails.

        Returns:
            The request id, the same for every attempt.

        Raises:
            AwsError: As `invoke`, but for what happens later.
        """
        settings = self.get(name)
        request_id = new_request_id()
        event = check_payload(payload, "Event")
        configured = self._event_settings.get(name.removesuffix(f":{LATEST}"), EventSettings())
        self._queue.put(settings, configured, event, request_id, name)
        return request_id

    # What pools tell

    def variables(self, settings: FunctionSettings) -> dict[str, str]:
        """A worker's environment, but for its log stream."""
        return environment.variables(settings, self._credentials(settings), self._endpoint())

    def finished(
        self, settings: FunctionSettings, invocation: Invocation, result: InvocationResult, error_type: str | None
    ) -> None:
        """An invocation is over."""
        running = self._concurrency.leave(settings.name, invocation.unreserved)
        self._meter.invoked(settings.name, result.duration_ms, error_type is not None, running)
        if not invocation.future.done():  # whoever waited may have gone away
            invocation.future.set_result(result)
        if self._events.heard:
            detail = {"request_id": result.request_id, "duration_ms": result.duration_ms, "error_type": error_type}
            self._publish(settings, "invoked", **detail)

    def refused(self, settings: FunctionSettings, invocation: Invocation, error: Exception) -> None:
        """An invocation could not even be tried."""
        self._concurrency.leave(settings.name, invocation.unreserved)
        if not invocation.future.done():
            invocation.future.set_exception(error)

    # How it is done

    async def _invoke_event(self, name: str, payload: bytes, request_id: str) -> InvocationResult:
        return await self._begin(self._chosen(name), payload, request_id, None, name)

    def _begin(
        self,
        pool: Pool,
        payload: bytes,
        request_id: str,
        context: str | None,
        name: str,
        upstream: str = "",
        *,
        with_log: bool = False,
    ) -> asyncio.Future[InvocationResult]:
        unreserved = self._enter(pool.settings)
        future: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
        invocation = Invocation(payload, context, future, request_id, unreserved, with_log)
        if ":" in name:
            invocation.invoked_arn = f"{pool.settings.arn}:{name.partition(':')[2]}"
        if upstream or pool.settings.traced:
            now = self._clock.now()
            invocation.trace = trace(upstream, active=pool.settings.traced, sampler=self._sampler, now=now)
        pool.submit(invocation)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look_after_workers())
        return future

    def _enter(self, settings: FunctionSettings) -> bool:
        try:
            return self._concurrency.enter(settings.name)
        except AwsError as error:
            self._meter.counted("Throttles", settings.name)
            self._publish(settings, "throttled", reason=error.fields["Reason"])
            raise

    def _replace(self, settings: FunctionSettings) -> None:
        old = self._functions.get(settings.target)
        self._functions[settings.target] = pool = Pool(settings, self)
        self._count_reservations()
        if old is not None:
            self._closing = [closing for closing in self._closing if closing.workers]
            self._closing.append(old)
            for invocation in old.close():
                invocation.began = None
                pool.submit(invocation)
        if self._provisioned:
            self._provide()

    def _provide(self) -> None:
        """Has each pool keep what is provisioned for its version now."""
        self._spread = spread(self._provisioned, self._aliases)
        totals = Counter[str]()
        for kept in self._spread.values():
            totals.update(kept)
        for target, pool in self._functions.items():
            pool.provision(totals[target])

    def _chosen(self, target: str) -> Pool:
        """The pool that one invocation runs in."""
        return self._functions.get(target) or self._pool(target, self._chance())

    def _pool(self, target: str, draw: float | None = None) -> Pool:
        """The pool of a function, of a version, or of the version that an alias leads to for this draw."""
        alias = self._aliases.get(target)
        if alias is not None:
            version = alias.version if draw is None else alias.choose(draw)
            found = f"{target.partition(':')[0]}:{version}"
        else:
            found = target
        pool = self._functions.get(found) or self._functions.get(found.removesuffix(f":{LATEST}"))
        if pool is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {target}", 404, Type="User")
        return pool

    def _reserved(self, name: str) -> int | None:
        return self._functions[name].settings.reserved_concurrency

    def _count_reservations(self) -> None:
        self._reservations = sum(pool.settings.reserved_concurrency or 0 for pool in self._functions.values())

    def _evict(self) -> bool:
        """Retires the worker that has been idle for longest in the pool that has most of them."""
        pool = max(self._functions.values(), key=lambda pool: len(pool.spare), default=None)
        if pool is None or not pool.spare:
            return False
        pool.spare[0].retire()
        return True

    async def _look_after_workers(self) -> None:
        """Looks until nobody is busy; most invocations are over before the first look."""
        for look in itertools.count(1):
            await asyncio.sleep(_LOOK_SECONDS)  # real time: memory and output grow however a test's clock stands
            pools = [*self._functions.values(), *self._closing]
            busy = [worker for pool in pools for worker in pool.workers if worker.state is not State.IDLE]
            for worker in busy:
                worker.look_at_log()
                if look % _LOOKS == 0:
                    worker.check_memory()
            if not busy and look % _LOOKS == 0:
                return

    # An event's facts are plain values of any kind.
    def _publish(self, settings: FunctionSettings, kind: str, **detail: object) -> None:
        self._events.publish(Event(self._clock.now(), settings.resource, kind, detail))


def _not_found(settings: FunctionSettings) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Function not found: {settings.arn}", 404, Type="User")
