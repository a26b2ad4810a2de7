"""Keeps moto's process: started when first needed, told its seeds and the calls that last, gone with its parent.

It knows how the process lives, and nothing of how calls are forwarded to it (`moto.py`). Importing moto takes a
second and 60 MB, which is why it is a process of its own and starts late.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
from msgspec import Struct, field

from terrarium.local.api.journal import Journal
from terrarium.local.api.moto_calls import MotoCalls
from terrarium.local.api.moto_child import Address, MotoChild, start_child
from terrarium.local.api.moto_pruning import Proposal, Pruning
from terrarium.local.api.seeds import SEED_PATH, Seed, Seeds, encode_params
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock

_PAUSE_AFTER_FAILURE = 2.0  # seconds


class _Running(Struct):
    """A moto that answers, and what it was told."""

    child: MotoChild
    seeded: dict[str, Seed] = field(default_factory=dict)
    watcher: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address:
        return self.child.address


class MotoProcess:
    """moto as a child process.

    Args:
        account: Account id that everything in moto belongs to.
        region: The system's region, where seeds go that name none.
        clock: Paces new attempts after a start that failed.
        report: Told once, in a sentence, of each thing that goes wrong with the process or a seed.
        journal: Where calls that change something are kept; in memory, if not given.
        interpreter: The Python that runs it, which has moto installed.
    """

    def __init__(
        self,
        *,
        account: str,
        region: str,
        clock: Clock,
        report: Callable[[str], None],
        journal: Journal | None = None,
        interpreter: str = sys.executable,
    ) -> None:
        self.clock = clock
        self.calls = MotoCalls(Journal(None, report=report) if journal is None else journal, report)
        self._account = account
        self._region = region
        self._report = report
        self._interpreter = interpreter
        self._seeds = Seeds()
        self._running: _Running | None = None
        self._pruning = Pruning(self.calls, lambda: self.http, self._another)
        self._pruned: asyncio.Task[None] | None = None
        self._start: asyncio.Task[_Running | AwsError] | None = None
        self._failed_at = float("-inf")
        self._http: aiohttp.ClientSession | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._running.child.pid if self._running else None

    @property
    def http(self) -> aiohttp.ClientSession:
        """Connections to moto: bodies pass unchanged, however long they take."""
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(
                auto_decompress=False,
                connector=aiohttp.TCPConnector(limit=100),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http

    async def warm(self) -> None:
        """Starts moto, if it does not run, and returns once it answers."""
        await self.address()

    async def address(self) -> Address:
        """Where moto listens; starts it where it does not run.

        Raises:
            AwsError: ``ServiceUnavailable`` (503) where it cannot be started.
        """
        if self._running is not None:
            return self._running.address
        if self._start is None or self._start.done():
            if self.clock.monotonic() - self._failed_at < _PAUSE_AFTER_FAILURE:
                raise _unavailable("moto could not be started a moment ago")
            self._start = asyncio.create_task(self._started())
        start = self._start
        await asyncio.wait((start,))  # not the task itself: a caller who leaves would end what others wait for
        if start.cancelled():
            raise _unavailable("moto was stopped while it started")
        outcome = start.result()
        if isinstance(outcome, AwsError):
            raise outcome
        return outcome.address

    # Results have the members that each operation defines.
    async def seed(self, key: str, seed: Seed) -> Mapping[str, Any] | None:
        """Makes sure that something exists in moto, now if moto runs and after each later start.

        Args:
            key: Names it; the same seed again does nothing, another of the same key takes its place.
            seed: What shall exist.

        Returns:
            The operation's result, None where moto does not run yet or the seed is recorded already.

        Raises:
            AwsError: moto refused it; it is not recorded.
        """
        before = self._seeds.get(key)
        if before == seed:
            return None
        self._seeds.put(key, seed)
        running = await self._settled()
        if running is None or running.seeded.get(key) == seed:
            return None
        try:
            if before is not None:
                await self._undo(running, key, before)
            return await self._apply(running, key, seed)
        except AwsError:
            self._seeds.remove(key)
            raise

    # Parameters and results have the members that each operation defines.
    async def ask(self, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Asks moto what it knows, in the system's region; starts it where it does not run.

        Args:
            service: botocore's service name, for example ``ec2``.
            operation: An operation that changes nothing, for example ``DescribeSubnets``.
            params: Its parameters.

        Raises:
            AwsError: moto refuses it, or cannot be started.
        """
        return await self._order(await self.address(), operation, Seed(service, operation, params))

    async def unseed(self, key: str) -> None:
        """Forgets a seed, and removes what it made where moto runs."""
        seed = self._seeds.remove(key)
        running = await self._settled()
        if seed is not None and running is not None:
            await self._undo(running, key, seed)

    async def _settled(self) -> _Running | None:
        """The process if there is one, once one that is starting has been told everything."""
        if self._start is not None:
            await asyncio.wait((self._start,))
        return self._running

    async def stop(self) -> None:
        """Ends the process; a later call would start it again."""
        if self._start is not None:
            self._start.cancel()
            await asyncio.gather(self._start, return_exceptions=True)
        running, self._running = self._running, None
        if self._pruned is not None:
            self._pruned.cancel()
            await asyncio.gather(self._pruned, return_exceptions=True)
        if running is not None:
            await running.child.end()
        if self._http is not None:
            await self._http.close()

    async def _started(self) -> _Running | AwsError:
        """A new process, or why there is none: not raised, as everybody who waited for it may have left."""
        child: MotoChild | None = None
        try:
            child = await start_child(self._interpreter, self._account, self._region)
            await child.ready()
            running = _Running(child)
            await self._replay(running)
        except BaseException as fault:
            if child is not None:
                await child.end()
            if isinstance(fault, (TimeoutError, OSError, AwsError, aiohttp.ClientError)):
                return self._failed(child, fault)
            raise
        self._running = running
        running.watcher = asyncio.create_task(self._watch(running))
        return running

    def _failed(self, child: MotoChild | None, fault: Exception) -> AwsError:
        self._failed_at = self.clock.monotonic()
        reason = child.last_words(str(fault)) if child is not None else str(fault)
        self._report(f"moto does not start: {reason}")
        return _unavailable(f"moto does not start: {reason}")

    async def _replay(self, running: _Running) -> None:
        """Tells a fresh moto everything; what it refuses is reported, and the rest still comes to be."""
        await self._seed_all(running)
        proposal = await self._pruning.propose(
            running.address, *await self.calls.make_again(self.http, running.address)
        )
        if proposal is not None:
            self._pruned = asyncio.create_task(self._prune(proposal))

    async def _seed_all(self, running: _Running) -> None:
        for key, seed in self._seeds:
            try:
                await self._apply(running, key, seed)
            except AwsError as error:
                self._report(f"moto refuses {key}: {error}")

    async def _prune(self, proposal: Proposal) -> None:
        try:
            await self._pruning.carry_out(proposal)
        except (TimeoutError, OSError, aiohttp.ClientError) as fault:
            self._report(f"calls that made nothing that is left are kept all the same: {fault}")

    @contextlib.asynccontextmanager
    async def _another(self) -> AsyncIterator[Address]:
        """A second moto with the same seeds, for a while."""
        child = await start_child(self._interpreter, self._account, self._region)
        try:
            await child.ready()
            await self._seed_all(_Running(child))
            yield child.address
        finally:
            await child.end()

    async def _undo(self, running: _Running, key: str, seed: Seed) -> None:
        if seed.undo is not None:
            operation, params = seed.undo
            await self._order(running.address, key, Seed(seed.service, operation, params, region=seed.region))

    async def _apply(self, running: _Running, key: str, seed: Seed) -> Mapping[str, Any]:
        result = await self._order(running.address, key, seed)
        running.seeded[key] = seed
        return result

    async def _order(self, address: Address, key: str, seed: Seed) -> Mapping[str, Any]:
        order = {
            "service": seed.service,
            "operation": seed.operation,
            "params": encode_params(seed.params),
            "region": seed.region or self._region,
            "custom_id": seed.custom_id,
            "random_seed": key,
        }
        url = f"http://127.0.0.1:{address.port}{SEED_PATH}"
        async with self.http.post(url, json=order, headers={"X-Terrarium-Key": address.key}) as response:
            outcome: dict[str, Any] = await response.json(content_type=None)
        if "error" in outcome:
            raise AwsError(outcome["error"]["code"], outcome["error"]["message"])
        result: Mapping[str, Any] = outcome["result"]
        return result

    async def _watch(self, running: _Running) -> None:
        """Notices the end of a process that nobody stopped; the next call starts another."""
        status = await running.child.ended()
        if self._running is running:
            self._running = None
            self._report(f"moto ended with {status}; the next call that needs it starts it again")
            await running.child.end()


def _unavailable(message: str) -> AwsError:
    return AwsError("ServiceUnavailable", message, 503)
