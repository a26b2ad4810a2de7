"""One run of moto's process: how it is started, how it says that it is ready, how it ends with its parent.

Nothing stays behind a parent that is killed: the child inherits a socket that already listens and a pipe whose other
end only the parent holds; where that pipe ends, so does the child.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

_MODULE = "terrarium.local.api.moto_main"
_START_LIMIT = 60.0  # seconds
_STOP_LIMIT = 3.0  # seconds
_LOG_LINES = 40
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


class Address(Struct, frozen=True):
    """Where a running moto listens, and the key that it wants to see."""

    port: int
    key: str


def child_environment(account: str, region: str) -> Mapping[str, str]:
    """The settings of moto, and of the user's environment what an interpreter needs: never credentials."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTHONHASHSEED": "0",  # what moto takes from a set comes in the same order in every run
        "MOTO_ACCOUNT_ID": account,
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
        "MOTO_ACM_VALIDATION_WAIT": "0",
        "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # names under localhost would be taken for buckets
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


class MotoChild:
    """A process that was started; made by `start_child`."""

    def __init__(self, process: asyncio.subprocess.Process, address: Address, lifeline: int) -> None:
        self.address = address
        self._process = process
        self._lifeline = lifeline
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._reader = asyncio.create_task(_keep_log(process.stderr, self._log))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Returns once it answers.

        Raises:
            OSError: It ended instead.
            TimeoutError: It does not say so within a minute.
        """
        stdout = self._process.stdout
        assert stdout is not None
        if await asyncio.wait_for(stdout.readline(), _START_LIMIT) != b"ready\n":
            raise OSError("it ended before it was ready")

    async def ended(self) -> int:
        """Returns once it has ended, whoever ended it: its exit status, or the signal's number below zero."""
        return await self._process.wait()

    def last_words(self, otherwise: str) -> str:
        """The last line that it printed."""
        return self._log[-1] if self._log else otherwise

    async def end(self) -> None:
        """Ends it, if it runs, and lets go of everything that belongs to it."""
        os.close(self._lifeline)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_LIMIT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it ended at this very moment
                self._process.kill()
            await self._process.wait()
        await self._reader


async def start_child(interpreter: str, account: str, region: str) -> MotoChild:
    """Starts moto in a process of its own.

    Raises:
        OSError: There is no such interpreter.
    """
    key = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        theirs, ours = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(interpreter, "-P", "-m", _MODULE, str(listener.fileno()), str(theirs)),
                pass_fds=(listener.fileno(), theirs),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=child_environment(account, region),
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        address = Address(listener.getsockname()[1], key)
    assert process.stdin is not None
    process.stdin.write(f"{key}\n".encode())
    return MotoChild(process, address, ours)


async def _keep_log(stream: asyncio.StreamReader | None, log: deque[str]) -> None:
    """Drains what the process prints, so that it never blocks, and keeps the last lines."""
    assert stream is not None
    while chunk := await stream.read(65_536):
        log.extend(line for line in chunk.decode(errors="replace").splitlines() if line.strip())
