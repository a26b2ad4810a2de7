"""The keeper by itself: each of the ways in which it learns that it should end its program, apart from the others."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from terrarium.local.compute.programs import keeper

Gone = Callable[[int], Any]
SLEEPER = (sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(1000)")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")

DRIVER = """
import subprocess, sys
kept = subprocess.Popen([sys.executable, *sys.argv[2:]], stdin=int(sys.argv[1]))
kept.wait()
"""


async def keep(stdin: socket.socket, *command: str, grace: str = "10") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", keeper.__file__, grace, *command),
        stdin=stdin.fileno(),
        stdout=asyncio.subprocess.PIPE,
    )


async def up(kept: asyncio.subprocess.Process) -> None:
    """Returns once the program runs."""
    assert kept.stdout is not None
    assert await kept.stdout.readline() == b"up\n"


async def heard(ours: socket.socket) -> list[str]:
    """What the keeper says until it is gone."""
    ours.setblocking(False)
    loop, said = asyncio.get_running_loop(), b""
    while data := await loop.sock_recv(ours, 4096):
        said += data
    return said.decode().splitlines()


async def pid_of(ours: socket.socket) -> int:
    ours.setblocking(False)
    return int((await asyncio.get_running_loop().sock_recv(ours, 4096)).split()[1])


async def test_it_says_how_the_program_ended() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            kept = await keep(theirs, sys.executable, "-S", "-c", "raise SystemExit(7)")
        started, ended = await heard(ours)
        assert started.startswith("started ")
        assert ended == "exited 7"
        assert await kept.wait() == 7


async def test_a_command_that_is_not_there_is_status_203() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            kept = await keep(theirs, "/no/such/command")
        assert await heard(ours) == ["failed No such file or directory: /no/such/command"]
        assert await kept.wait() == 203


async def test_the_end_of_the_socket_ends_the_program(gone: Gone) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            kept = await keep(theirs, *SLEEPER)
        await up(kept)
        pid = await pid_of(ours)
    await gone(pid)
    assert await kept.wait() == 128 + signal.SIGTERM


async def test_sigterm_ends_the_program() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            kept = await keep(theirs, *SLEEPER)
        await up(kept)
        kept.terminate()
        assert (await heard(ours))[-1] == f"exited {-signal.SIGTERM}"
        await kept.communicate()


@on_linux
async def test_a_killed_keeper_takes_the_program_with_it(gone: Gone) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            kept = await keep(theirs, *SLEEPER)
        await up(kept)
        pid = await pid_of(ours)
        kept.kill()
        await gone(pid)
        await kept.communicate()


@on_linux
async def test_a_killed_parent_is_noticed_even_while_somebody_holds_the_socket(gone: Gone) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            driver = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", DRIVER, str(theirs.fileno()), "-I", "-S", keeper.__file__, "10", *SLEEPER),
                stdout=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
            )
        await up(driver)
        pid = await pid_of(ours)
        os.kill(driver.pid, signal.SIGKILL)
        await gone(pid)
        await driver.communicate()
