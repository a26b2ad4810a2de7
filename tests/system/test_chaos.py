"""Processes that are killed come back; when the parent is killed nothing stays behind."""

from __future__ import annotations

import fcntl
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up, children, is_running, kill, until

KILLS = 50


async def echoes(session: aiohttp.ClientSession, url: str, text: str) -> None:
    """A message comes back, however often a killed function has to be asked again."""
    async with session.ws_connect(url) as socket_:
        for attempt in range(20):
            await socket_.send_str(text)
            answer = await socket_.receive(timeout=30)
            if answer.data == text:
                return
            assert "Internal server error" in answer.data, f"attempt {attempt}: {answer}"
    raise AssertionError("a killed function did not come back")


@pytest.mark.slow
async def test_fifty_killed_children_come_back_and_nothing_outlives_the_parent(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path))
    chance = random.Random(20251)
    await echoes(session, system.url, "before")
    seen: set[int] = set()
    for number in range(KILLS):
        alive = sorted(children(system.process.pid))
        seen.update(alive)
        if alive:
            kill(chance.choice(alive))
        await echoes(session, system.url, f"after kill {number}")
    seen.update(children(system.process.pid))

    kill(system.process.pid)
    system.process.wait()

    until(lambda: not [pid for pid in seen if is_running(pid)])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", system.port))
    folder = os.open(tmp_path / ".terrarium" / "mini", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)
    assert not [file for file in (tmp_path / ".terrarium").rglob("*") if file.is_socket()]


async def test_a_system_comes_up_again_after_its_parent_was_killed_with_what_was_stored(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    file = write(tmp_path)
    first = up(file)
    await echoes(session, first.url, "kept")
    kill(first.process.pid)
    first.process.wait()

    second = up(file)

    listed = second.terrarium("status", "--json").stdout
    assert "aws_dynamodb_table.things" in listed
    await echoes(session, second.url, "again")
