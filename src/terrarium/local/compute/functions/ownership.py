"""What a worker needs around it: what all workers share, and who decides what each does next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from terrarium.local.clock import Clock
from terrarium.local.compute.functions.alarms import Alarms
from terrarium.local.compute.functions.invocation import Invocation
from terrarium.local.compute.functions.outcome import Outcome
from terrarium.local.compute.functions.settings import InvocationResult
from terrarium.local.compute.functions.worker_log import LogSink
from terrarium.local.compute.functions.zygotes import Zygotes

if TYPE_CHECKING:
    from terrarium.local.compute.functions.worker import Worker


class Cloud(Struct, frozen=True):
    """What workers share.

    Attributes:
        clock: Time.
        alarms: Deadlines on it.
        logs: Where log events go.
        zygotes: Who forks.
        private: Whether each has files of its own.
    """

    clock: Clock
    alarms: Alarms
    logs: LogSink
    zygotes: Zygotes
    private: bool = True


class Owner(Protocol):
    """Who decides what a worker does next."""

    def ready(self, worker: Worker) -> None:
        """It waits for an invocation."""
        ...

    def failed_to_start(self, worker: Worker, outcome: Outcome | None) -> None:
        """It ended in Init; `outcome` is what its runtime said, None where it exited or took too long."""
        ...

    def finished(self, invocation: Invocation, result: InvocationResult, error_type: str | None) -> None:
        """An invocation is over."""
        ...

    def ended(self, worker: Worker) -> None:
        """Its process is gone, or about to be."""
        ...
