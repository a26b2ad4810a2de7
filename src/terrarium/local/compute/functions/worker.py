"""The main process's view of one worker: what it is told, its timeouts, its log, its end.

A worker knows its function and the invocation that it runs. Which one comes next is its owner's business (`pool.py`).
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket

from terrarium.local.compute.functions import environment, failures, memory, report
from terrarium.local.compute.functions.invocation import Invocation
from terrarium.local.compute.functions.lifecycle import Happening, IllegalTransitionError, State, after
from terrarium.local.compute.functions.outcome import Outcome, last_lines, of_call, of_platform
from terrarium.local.compute.functions.ownership import Cloud, Owner
from terrarium.local.compute.functions.runtime_call import Call
from terrarium.local.compute.functions.runtime_connection import RuntimeConnection
from terrarium.local.compute.functions.settings import FunctionSettings, InvocationResult
from terrarium.local.compute.functions.worker_log import WorkerLog, stream_name

# Seconds, https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib.
INIT_LIMIT = 10.0
_LAST_WORDS = 2.0  # seconds between the two signs of a process's end, its exit status and the end of its connection


class Worker:
    """One worker.

    Args:
        settings: Its function.
        cloud: What it shares with others.
        owner: Who is told.
        purpose: The invocation for which it is started; None where it is kept for any.
    """

    def __init__(self, settings: FunctionSettings, cloud: Cloud, owner: Owner, purpose: Invocation | None) -> None:
        self.settings = settings
        self.state = State.STARTING
        self.purpose: Invocation | None = purpose
        self._invocation: Invocation | None = None
        self.provisioned = purpose is None
        self._second_init = purpose is not None and purpose.began is not None
        self._cloud = cloud
        self._zygote = cloud.zygotes.of(settings.runtime)
        self._owner = owner
        self._connection = RuntimeConnection(self._heard, self._was_cut_off)
        self._alarm = cloud.alarms.new(self._ring)
        self._log = WorkerLog(cloud.logs, settings.log_group, stream_name(cloud.clock.now(), settings.version))
        self._number = 0
        self._born = 0.0
        self._init: float | None = None  # seconds of Init, until the first REPORT has told them
        self._peak = 0  # kilobytes
        self._exited = False
        self._cut_off = False
        self._status: int | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, once it is known and until it has ended."""
        return self._zygote.pid_of(self._number)

    async def start(self, limit: float, variables: dict[str, str]) -> None:
        """Has it forked and listens to it.

        Args:
            limit: Seconds that Init may take.
            variables: Its environment; the name of its log stream is added.
        """
        if self.state is State.ENDED:
            return  # retired before it was its turn
        log = self._log.open()
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            os.close(log)
            raise
        message = {
            **environment.launch(self.settings, variables, private=self._cloud.private),
            "environment": {**variables, "AWS_LAMBDA_LOG_STREAM_NAME": self._log.stream},
            "mark": self._log.mark,
        }
        self._born = self._cloud.clock.monotonic()
        try:
            self._number = self._zygote.spawn(message, (theirs.detach(), log), self._has_exited)
        except BaseException:
            ours.close()
            raise
        self._alarm.set(limit)
        await self._connection.open(ours)

    def dispatch(self, invocation: Invocation) -> None:
        """Hands it an invocation."""
        self.state = after(self.state, Happening.DISPATCH)
        self._invocation = invocation
        clock, now, remaining = self._cloud.clock, self._cloud.clock.monotonic(), self.settings.timeout
        if invocation.began is None:
            invocation.began = now
        else:
            remaining = max(0.0, invocation.began + remaining - now)
        # The worker goes to work while the rest is done.
        self._connection.invoke(invocation.delivery(self.settings, clock.now(), remaining))
        self._log.begin(report.start(invocation.request_id, self.settings.version))
        self._alarm.set(remaining)

    def rest(self, seconds: float) -> None:
        """Retires it unless it is given an invocation within that time."""
        self._alarm.set(seconds)

    def retire(self) -> None:
        """Ends it; an invocation that it runs is told that its environment was killed."""
        if self.state is State.BUSY:
            self._conclude(of_platform(failures.exited(self._request_id(), -9)))
        self._end()

    def look_at_log(self) -> None:
        """Writes what it has printed so far."""
        self._log.look()

    def look_at_memory(self) -> None:
        """Notes how much it holds."""
        if self.pid is not None:
            self._peak = max(self._peak, memory.peak_kilobytes(self.pid))

    def check_memory(self) -> None:
        """Kills it if it holds more than its function may."""
        self.look_at_memory()
        if self.state is State.BUSY and self._over_limit():
            self._conclude(of_platform(failures.out_of_memory(self._request_id())))
            self._end()

    # What its runtime says

    def _heard(self, call: Call) -> None:
        if call.request_id and call.request_id != self._request_id():
            self._connection.refuse(400, "InvalidRequestID", "Invalid request ID")
            return
        try:
            state = after(self.state, call.happening)
        except IllegalTransitionError as error:
            self._connection.refuse(403, "InvalidStateTransition", str(error))
            return
        self._peak = max(self._peak, call.peak_kilobytes)
        if call.happening is Happening.NEXT:
            self._asked_for_next(state)
        elif call.happening is Happening.INIT_ERROR:
            self.state = state
            self._connection.accept()
            self._fail_to_start(of_call(call))
        else:
            self._answered(call, state)

    def _asked_for_next(self, state: State) -> None:
        if self.state is State.STARTING:
            if not self._second_init:  # which counts as part of its invocation and is not told on its own
                self._init = self._cloud.clock.monotonic() - self._born
            self._log.settle()
            self.look_at_memory()
        self.state = state
        self._alarm.clear()
        self._owner.ready(self)

    def _answered(self, call: Call, state: State) -> None:
        if call.too_large:
            self._connection.refuse(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size")
        else:
            self._connection.accept()
        outcome = of_call(call)
        if self._over_limit():
            outcome = of_platform(failures.out_of_memory(self._request_id()))
        self.state = state
        self._conclude(outcome)
        if self._over_limit():
            self._end()

    # What time and the kernel say

    def _ring(self) -> None:
        if self.state is State.STARTING:
            self._fail_to_start(None, "Status: timeout")
        elif self.state is State.BUSY:
            self.look_at_memory()
            self._conclude(of_platform(failures.timed_out(self._request_id(), self.settings.timeout)))
            self._end()
        else:
            self._end()

    def _was_cut_off(self) -> None:
        self._cut_off = True
        self._maybe_gone()

    def _has_exited(self, status: int | None) -> None:
        self._exited, self._status = True, status
        self._maybe_gone()

    def _maybe_gone(self) -> None:
        """A process's end shows twice, in any order; what it said last is read in between."""
        if self.state not in {State.STARTING, State.BUSY} or (self._exited and self._cut_off):
            self._gone()
        else:
            self._alarm.ring = self._gone
            self._alarm.set(_LAST_WORDS)

    def _gone(self) -> None:
        if self.state is State.STARTING:
            self._fail_to_start(None, report.status_of("Runtime.ExitError"))
        elif self.state is State.BUSY:
            self._conclude(of_platform(failures.exited(self._request_id(), self._status)))
        self._end()

    # Conclusions

    def second_init_failure(self, invocation: Invocation) -> Outcome:
        """What an invocation receives that saw this worker fail in its own second Init."""
        if self._exited or self._cut_off:
            return of_platform(failures.exited(invocation.request_id, self._status))
        return of_platform(failures.timed_out(invocation.request_id, self.settings.timeout))

    def conclude_unstarted(self, invocation: Invocation, outcome: Outcome) -> None:
        """Ends an invocation whose environment could not be initialised."""
        self._invocation = invocation
        self._log.begin(report.start(invocation.request_id, self.settings.version))
        self._conclude(outcome)

    def _conclude(self, outcome: Outcome) -> None:
        invocation, clock = self._invocation, self._cloud.clock
        assert invocation is not None
        assert invocation.began is not None
        self._alarm.clear()
        timed_out = outcome.error_type == "Sandbox.Timedout"
        duration = self.settings.timeout if timed_out else clock.monotonic() - invocation.began
        usage = report.Usage(duration, self.settings.memory, self._megabytes(), self._init)
        self._log.settle()
        self._log.end(functools.partial(last_lines, invocation.request_id, clock.now(), outcome, usage))
        self._init, self._invocation = None, None
        result = InvocationResult(
            payload=outcome.payload,
            error=None if outcome.error_type is None else "Unhandled",
            request_id=invocation.request_id,
            log_tail=self._log.tail() if invocation.with_log else b"",
            executed_version=self.settings.version,
            duration_ms=round(duration * 1000, 2),
        )
        self._owner.finished(invocation, result, outcome.error_type)
        # After those who wait for the result, who were scheduled by now.
        asyncio.get_running_loop().call_soon(self._log.finish)

    def _fail_to_start(self, outcome: Outcome | None, status: str = "") -> None:
        seconds = self._cloud.clock.monotonic() - self._born
        phase = "invoke" if self._second_init else "init"
        self._log.settle()
        if outcome is not None and outcome.error_type:
            status = report.status_of(outcome.error_type)
        self._log.platform(report.init_report(seconds, phase, status))
        self._owner.failed_to_start(self, outcome)
        self._end()

    def _end(self) -> None:
        if self.state is State.ENDED:
            return
        self.state = after(self.state, Happening.END)
        self._alarm.clear()
        self._zygote.kill(self._number)
        self._log.close()
        self._connection.close()
        self._owner.ended(self)

    def _request_id(self) -> str:
        return self._invocation.request_id if self._invocation is not None else ""

    def _over_limit(self) -> bool:
        return self._peak > self.settings.memory * 1024

    def _megabytes(self) -> int:
        return min(self._peak // 1024, self.settings.memory)
