"""Real programs under their keepers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec.structs import replace

from terrarium.local.compute.programs import Programs, ProgramSettings, RestartPolicy, process

Settings = Callable[..., ProgramSettings]
Seen = Any  # its class lives in conftest.py, which tests cannot import
Gone = Callable[[int], Any]


async def ask(programs: Programs, client: aiohttp.ClientSession, path: str = "/") -> dict[str, Any]:
    address = programs.get("i-1").address()
    assert address is not None
    async with client.get("http://{}:{}{}".format(*address, path)) as got:
        told: dict[str, Any] = await got.json()
        return told


async def test_a_program_runs_in_its_folder_on_a_port_of_its_own(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession
) -> None:
    await programs.put(settings(log_group="/board"))
    assert await programs.get("i-1").wait_ready()
    told = await ask(programs, client)
    assert told["pid"] == programs.get("i-1").pid
    assert told["argv"] == ["app.py"]
    await seen.until(lambda: len(seen.lines) == 2)
    assert sorted(seen.lines) == [("/board", "i-1", "and to stderr"), ("/board", "i-1", "hello from app")]
    assert seen.kinds() == ["started", "ready"]


async def test_a_program_gets_its_own_environment_and_nobodys_secrets(
    programs: Programs, settings: Settings, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    await programs.put(settings(environment={"TABLE": "players", "PORT": "1"}, port_variable="PORT"))
    await programs.get("i-1").wait_ready()
    env = (await ask(programs, client))["env"]
    assert env["TABLE"] == "players"
    assert env["PORT"] != "1"
    assert env["HOME"].endswith("/app")
    assert env["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not {"GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"} & set(env)
    assert "secret" not in env.values()


async def test_stopping_leaves_nothing_behind(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession, gone: Gone
) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    told = await ask(programs, client)
    await programs.stop()
    for who in ("pid", "child", "keeper"):
        await gone(told[who])
    assert seen.kinds()[-2:] == ["exited", "stopped"]
    assert seen.events[-2].detail["status"] == -signal.SIGTERM


async def test_a_program_deaf_to_sigterm_is_killed(
    programs: Programs, settings: Settings, server: str, seen: Seen
) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + server
    await programs.put(settings(deaf, stop_timeout=0.05))
    await programs.get("i-1").wait_ready()
    await programs.stop()
    assert seen.events[-2].detail["status"] == -signal.SIGKILL


async def test_a_program_that_exits_comes_back(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession, gone: Gone
) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    told = await ask(programs, client)
    with pytest.raises(aiohttp.ClientError):
        await ask(programs, client, "/exit")
    await seen.until(lambda: seen.kinds().count("ready") == 2)
    assert [event.detail["status"] for event in seen.events if event.kind == "exited"] == [3]
    assert (await ask(programs, client))["pid"] != told["pid"]
    await gone(told["child"])  # what it had started went with it


@pytest.mark.parametrize("victim", ["pid", "keeper"])
async def test_kill_9_of_the_program_or_its_keeper_brings_both_back(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession, gone: Gone, victim: str
) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    told = await ask(programs, client)
    os.kill(told[victim], signal.SIGKILL)
    for who in ("pid", "child", "keeper"):
        await gone(told[who])
    await seen.until(lambda: seen.kinds().count("ready") == 2)
    again = await ask(programs, client)
    assert again["pid"] != told["pid"]
    assert again["keeper"] != told["keeper"]


async def test_a_reload_runs_the_new_code(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession, server: str
) -> None:
    made = settings()
    await programs.put(made)
    await programs.get("i-1").wait_ready()
    (made.folder / "app.py").write_text(server.replace('"path": self.path', '"path": "new"'))
    programs.reload("i-1")
    await seen.until(lambda: seen.kinds().count("ready") == 2)
    assert (await ask(programs, client))["path"] == "new"


async def test_a_program_that_keeps_failing_is_given_up_and_says_why(
    programs: Programs, settings: Settings, seen: Seen, server: str
) -> None:
    made = settings("raise SystemExit('no table')")
    await programs.put(made)
    assert not await programs.get("i-1").wait_ready()
    assert programs.get("i-1").state == "failed"
    assert seen.kinds().count("started") == 5
    assert seen.events[-1].kind == "failed"
    assert set(seen.events[-1].detail["lines"]) == {"no table"}
    assert programs.get("i-1").address() is None
    (made.folder / "app.py").write_text(server)
    programs.reload()
    assert await programs.get("i-1").wait_ready()  # mended code gets its chance


async def test_a_port_that_somebody_took_meanwhile_is_given_up_for_another(
    programs: Programs, settings: Settings, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], process.free_port()])
        monkeypatch.setattr(process, "free_port", lambda: next(ports))
        await programs.put(settings())
        await seen.until(lambda: "ready" in seen.kinds())
    assert seen.kinds() == ["started", "exited", "started", "ready"]


@pytest.mark.parametrize("broken", ["command", "folder"])
async def test_what_cannot_be_started_says_why(
    programs: Programs, settings: Settings, seen: Seen, tmp_path: Path, broken: str
) -> None:
    wrong: dict[str, Any] = (
        {"command": ("no-such-command",)} if broken == "command" else {"folder": tmp_path / "nowhere"}
    )
    await programs.put(replace(settings(), **wrong, restart=RestartPolicy(delay=0.01, limit_burst=1)))
    assert not await programs.get("i-1").wait_ready()
    (why,) = {event.detail["why"] for event in seen.events if event.kind == "exited"}
    assert "No such file or directory" in why


async def test_the_same_settings_again_change_nothing_and_others_replace(
    programs: Programs, settings: Settings, seen: Seen, client: aiohttp.ClientSession, gone: Gone
) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    told = await ask(programs, client)
    await programs.put(settings())
    assert (await ask(programs, client))["pid"] == told["pid"]
    await programs.put(settings(environment={"A": "1"}))
    await gone(told["pid"])
    await programs.get("i-1").wait_ready()
    assert (await ask(programs, client))["env"]["A"] == "1"


DRIVER = """
import asyncio, sys, pathlib, aiohttp
from terrarium.events import Events
from terrarium.local.clock import SystemClock
from terrarium.local.compute.programs import process
from terrarium.local.compute.programs import Programs, ProgramSettings
from terrarium.local.edge.load_balancer import Relay

class Nowhere:
    def write(self, group, stream, message, timestamp_ms=None): pass

async def main():
    programs = Programs(clock=SystemClock(), logs=Nowhere(), events=Events(), relay=lambda settings: Relay())
    await programs.put(ProgramSettings("i-1", pathlib.Path(sys.argv[1]), ("python", "-S", "app.py")))
    await programs.get("i-1").wait_ready()
    async with aiohttp.ClientSession() as client, client.get("http://%s:%s/" % programs.address("i-1", 80)) as got:
        told = await got.json()
    print(told["pid"], told["child"], told["keeper"], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_kill_9_of_the_parent_leaves_nothing_behind(settings: Settings, gone: Gone) -> None:
    folder = settings().folder
    driver = await asyncio.create_subprocess_exec(sys.executable, "-c", DRIVER, folder, stdout=asyncio.subprocess.PIPE)
    assert driver.stdout is not None
    pids = [int(word) for word in (await driver.stdout.readline()).split()]
    assert len(pids) == 3
    driver.kill()
    await driver.communicate()
    for pid in pids:
        await gone(pid)
