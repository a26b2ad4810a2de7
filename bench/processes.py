"""Programs that are measured: started quietly, ended with whoever started them, their processor time counted.

It knows nothing of what they are.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from terrarium.local.compute.functions.lambda_runtime.death import die_with_parent

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class Child:
    """A program in a session of its own.

    Args:
        command: What runs.
        folder: Where it runs; its output goes to `output.txt` there.
        environment: Variables beside those of this process.
        inherit: File descriptors that it keeps.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        inherit: Sequence[int] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._output = folder / "output.txt"
        parent = os.getpid()
        with self._output.open("w") as out:
            self.process = subprocess.Popen(
                list(command),
                cwd=folder,
                env=_environment(environment or {}),
                # A pipe whose other end closes when we end: programs that read it notice on every system.
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=tuple(inherit),
                preexec_fn=lambda: _end_with(parent),  # noqa: PLW1509  # one system call, before any thread of ours
            )

    def stop(self) -> None:
        """Ends it with everything it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):  # what is left is killed
            self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def wait_for_port(self, port: int) -> None:
        """Returns once it listens.

        Raises:
            RuntimeError: It ended, or took too long; with the end of what it said.
        """
        for _ in self.patiently():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return

    def patiently(self, every: float = 0.005) -> Iterator[None]:
        """Attempts until `START_SECONDS` are over or it has ended."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            yield
            time.sleep(every)
        raise RuntimeError(f"{self.process.args!r} does not come up:\n{self.output()[-2000:]}")

    def output(self) -> str:
        """What it has said so far."""
        return self._output.read_text(errors="replace")


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """As people have it: Python keeps what it compiles, ours as that of the peers, which was compiled on installing."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**plain, **more}


def _end_with(parent: int) -> None:
    if os.uname().sysname == "Linux":  # elsewhere the pipe and `stop` do what can be done
        die_with_parent(signal.SIGKILL, parent)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def run_to_end(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Runs a program once.

    Returns:
        Seconds of the clock, and seconds of processor time (user and system) of it and its children.

    Raises:
        RuntimeError: It failed; with what it said.
    """
    begun = time.perf_counter()
    child = Child(command, folder)
    # wait4 tells this one child's processor time, whatever else has run.
    _, status, usage = os.wait4(child.process.pid, 0)
    taken = time.perf_counter() - begun
    child.process.returncode = os.waitstatus_to_exitcode(status)
    if child.process.stdin is not None:
        child.process.stdin.close()
    if child.process.returncode:
        raise RuntimeError(f"{list(command)!r} failed:\n{child.output()[-2000:]}")
    return taken, usage.ru_utime + usage.ru_stime
