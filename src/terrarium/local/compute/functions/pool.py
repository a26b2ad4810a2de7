"""The workers of one function as it is configured now, and the invocations that wait for one.

The worker that was idle last is used first, so that a burst's workers grow old and are retired. A worker is started for
each invocation that finds none idle; if another becomes free before that, it serves.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.invocation import Invocation
from terrarium.local.compute.functions.outcome import Outcome
from terrarium.local.compute.functions.ownership import Cloud
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult
from terrarium.local.compute.functions.start_gate import StartGate
from terrarium.local.compute.functions.worker import INIT_LIMIT, Worker

# Seconds, or the function's timeout if that is longer, for workers that nobody waits for:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
KEPT_INIT_LIMIT = 130.0
IDLE_SECONDS = 300.0  # AWS does not document how long it keeps an idle environment; minutes is what one sees


class Fleet(Protocol):
    """What a pool needs of whoever owns all pools."""

    cloud: Cloud
    gate: StartGate

    def variables(self, settings: FunctionSettings) -> dict[str, str]:
        """A worker's environment, but for its log stream."""
        ...

    def finished(
        self, settings: FunctionSettings, invocation: Invocation, result: InvocationResult, error_type: str | None
    ) -> None:
        """An invocation is over."""
        ...

    def refused(self, settings: FunctionSettings, invocation: Invocation, error: Exception) -> None:
        """An invocation could not even be tried."""
        ...


class Pool:
    """The workers of one function.

    Args:
        settings: The function.
        fleet: Who owns all pools.
    """

    def __init__(self, settings: FunctionSettings, fleet: Fleet) -> None:
        self.settings = settings
        self.workers: set[Worker] = set()
        self.idle: list[Worker] = []
        self._fleet = fleet
        self._waiting: dict[Invocation, None] = {}  # in the order in which they came
        self._starting: set[Worker] = set()
        self._launches: set[asyncio.Task[None]] = set()
        self._closed = False
        self._provisioned = 0  # workers that are kept, initialised before anybody needs them
        self._requested = 0  # starts of such workers that wait for their turn
        self.provisioning_failed = False

    def provision(self, count: int) -> None:
        """Keeps so many workers initialised, whatever comes; beyond them, workers come and go as ever."""
        if count == self._provisioned and not self.provisioning_failed:
            return
        self._provisioned, self.provisioning_failed = count, False
        for worker in [worker for worker in self.workers if worker.provisioned][count:]:
            worker.provisioned = False
            if worker in self.idle:
                worker.rest(IDLE_SECONDS)
        self._keep()

    @property
    def initialised(self) -> int:
        """How many of the kept workers have been initialised."""
        return sum(worker.provisioned and worker not in self._starting for worker in self.workers)

    @property
    def spare(self) -> list[Worker]:
        """Idle workers that are not kept, the one that has been idle for longest first."""
        return [worker for worker in self.idle if not worker.provisioned]

    def submit(self, invocation: Invocation) -> None:
        """Runs an invocation as soon as there is a worker for it."""
        if self.idle:
            self.idle.pop().dispatch(invocation)
        else:
            self._waiting[invocation] = None
            self._request_start(invocation)

    def close(self) -> list[Invocation]:
        """Takes no more: idle and starting workers end now, busy ones after what they do.

        Returns:
            The invocations that still waited.
        """
        self._closed = True
        waiting = list(self._waiting)
        self._waiting.clear()
        for worker in [*self.idle, *self._starting]:
            worker.retire()
        return waiting

    def kill(self) -> None:
        """Ends every worker now."""
        for worker in list(self.workers):
            worker.retire()

    # What workers tell

    def ready(self, worker: Worker) -> None:
        self._has_started(worker)
        purpose, worker.purpose = worker.purpose, None
        if self._closed:
            worker.retire()
        elif self._waiting:
            worker.dispatch(self._next_waiting(purpose))
        else:
            self._rest(worker)
            self._fleet.gate.pump()

    def _rest(self, worker: Worker) -> None:
        """Workers that are kept are used before others, and stay."""
        if worker.provisioned:
            self.idle.append(worker)
        else:
            self.idle.insert(len(self.spare) if self._provisioned else len(self.idle), worker)
            worker.rest(IDLE_SECONDS)

    def failed_to_start(self, worker: Worker, outcome: Outcome | None) -> None:
        """Tries again inside the invocation, once, as documented for a failed Init."""
        invocation = worker.purpose
        if worker.provisioned:
            self.provisioning_failed = True  # and no more are tried, until something changes
        if invocation is None or invocation not in self._waiting:
            return  # another worker has taken it
        if invocation.began is None:
            invocation.began = self._fleet.cloud.clock.monotonic()
            self._request_start(invocation)
        else:
            del self._waiting[invocation]
            worker.conclude_unstarted(invocation, outcome or worker.second_init_failure(invocation))

    def finished(self, invocation: Invocation, result: InvocationResult, error_type: str | None) -> None:
        self._fleet.finished(self.settings, invocation, result, error_type)

    def ended(self, worker: Worker) -> None:
        self._has_started(worker)
        self.workers.discard(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        self._fleet.gate.ended()
        self._keep()

    # Starting

    def _keep(self) -> None:
        """Starts the kept workers that are missing."""
        if self._closed or self.provisioning_failed:
            return
        missing = self._provisioned - sum(worker.provisioned for worker in self.workers) - self._requested
        for _ in range(missing):
            self._requested += 1
            self._fleet.gate.request(self._start_kept)

    def _start_kept(self) -> bool:
        self._requested -= 1
        if self._closed or sum(worker.provisioned for worker in self.workers) >= self._provisioned:
            return False
        self._begin(None)
        return True

    def _request_start(self, invocation: Invocation) -> None:
        self._fleet.gate.request(lambda: self._start(invocation))

    def _start(self, invocation: Invocation) -> bool:
        if self._closed or invocation not in self._waiting:
            return False  # it was served, or moved, while its worker waited for its turn
        self._begin(invocation)
        return True

    def _begin(self, invocation: Invocation | None) -> None:
        worker = Worker(self.settings, self._fleet.cloud, self, invocation)
        self.workers.add(worker)
        self._starting.add(worker)
        launch = asyncio.create_task(self._launch(worker, invocation))
        self._launches.add(launch)
        launch.add_done_callback(self._launches.discard)

    async def _launch(self, worker: Worker, invocation: Invocation | None) -> None:
        try:
            variables = self._fleet.variables(self.settings)
            if worker.provisioned:
                variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "provisioned-concurrency"
            await worker.start(self._init_limit(invocation), variables)
        except OSError as error:
            message = f"The laptop could not start a worker: {error}"
            self._refuse(worker, invocation, AwsError("ServiceException", message, 500))
        except Exception as error:  # noqa: BLE001 - credentials are someone else's code; whoever invokes hears of it
            self._refuse(worker, invocation, error)

    def _refuse(self, worker: Worker, invocation: Invocation | None, error: Exception) -> None:
        self.provisioning_failed |= worker.provisioned
        if invocation is not None and invocation in self._waiting:
            del self._waiting[invocation]
            self._fleet.refused(self.settings, invocation, error)
        worker.retire()

    def _init_limit(self, invocation: Invocation | None) -> float:
        if invocation is None:
            return max(KEPT_INIT_LIMIT, self.settings.timeout)
        if invocation.began is None:
            return INIT_LIMIT
        return max(0.0, invocation.began + self.settings.timeout - self._fleet.cloud.clock.monotonic())

    def _has_started(self, worker: Worker) -> None:
        if worker in self._starting:
            self._starting.remove(worker)
            self._fleet.gate.started()

    def _next_waiting(self, purpose: Invocation | None) -> Invocation:
        """The one that a fresh worker was started for, so that each has a start under way; else the oldest."""
        invocation = purpose if purpose in self._waiting else next(iter(self._waiting))
        assert invocation is not None
        del self._waiting[invocation]
        return invocation
