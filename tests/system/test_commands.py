"""The life of a system, command by command."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.environment import free_port
from tests.system.architectures import ECHO, write
from tests.system.conftest import PATIENCE, Up, terrarium, until


async def said(session: aiohttp.ClientSession, url: str, text: str, tls: ssl.SSLContext | None = None) -> object:
    async with session.ws_connect(url, ssl=tls or True) as client:
        await client.send_str(text)
        return (await client.receive(timeout=PATIENCE)).data


@pytest.fixture
def detached(tmp_path: Path) -> Iterator[Path]:
    """A folder with a system that was brought up in the background."""
    result = terrarium(tmp_path, "up", str(write(tmp_path)), "--detach", "--port", str(free_port()))
    assert result.returncode == 0, result.stderr
    assert "mini is alive" in result.stdout
    yield tmp_path
    terrarium(tmp_path, "down", "mini")


def test_a_detached_system_is_asked_about_ended_and_forgotten(detached: Path) -> None:
    assert "aws_lambda_function.echo" in terrarium(detached, "status").stdout
    status = json.loads(terrarium(detached, "status", "--json").stdout)
    assert {one["state"] for one in status["resources"]} == {"alive", "modelled"}
    assert terrarium(detached, "outputs").stdout.startswith("url = ws://localhost:")
    raw = terrarium(detached, "outputs", "--raw", "url").stdout
    assert raw == terrarium(detached, "outputs").stdout.removeprefix("url = ").rstrip("\n")
    assert "did you mean 'url'?" in terrarium(detached, "outputs", "--raw", "ur").stderr
    assert "is up already" in terrarium(detached, "up", str(detached / "architecture.py"), "--detach").stderr
    assert "it first: terrarium down mini" in terrarium(detached, "reset", "--yes").stderr

    ended = terrarium(detached, "down")

    assert ended.stdout == "mini has ended\n"
    assert terrarium(detached, "status").returncode == 1
    assert "things" in terrarium(detached, "data", "mini").stdout
    assert terrarium(detached, "reset", "--yes").stdout == "mini is as new\n"
    assert not (detached / ".terrarium" / "mini").exists()


async def test_what_was_stored_is_there_the_next_time_and_can_be_looked_at(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    file = write(tmp_path)
    first = up(file)
    assert await said(session, first.url, "remember me") == "remember me"
    assert first.end() == 0

    second = up(file)

    listed = json.loads(second.terrarium("data", "mini", "mini-things", "--json").stdout)
    assert [item["body"] for item in listed] == ["remember me"]
    exported = second.terrarium("data", "mini", "mini-things", "--export", "all.csv")
    assert exported.returncode == 0
    assert "remember me" in (tmp_path / "all.csv").read_text()


async def test_with_watch_changed_code_answers_the_next_message(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path), "--watch")
    assert await said(session, system.url, "one") == "one"

    changed = ECHO.replace('Data=event["body"].encode()', 'Data=b"changed " + event["body"].encode()')
    (tmp_path / "code" / "echo.py").write_text(changed)

    for _ in range(100):
        if await said(session, system.url, "two") == "changed two":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the change was not noticed")


async def test_with_tls_everything_is_reached_with_a_certificate_of_ones_own(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path), "--tls")
    trusting = ssl.create_default_context(cafile=str(tmp_path / ".terrarium" / ".tls" / "ca.pem"))

    assert system.url.startswith("wss://")
    assert await said(session, system.url, "secret", trusting) == "secret"
    async with session.get(system.status["front"], ssl=trusting) as page:
        assert page.status == 200
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await session.get(system.status["front"])


async def test_logs_of_one_resource_are_followed_as_they_come(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path, echo=ECHO.replace("def handler", "print('imported')\n\n\ndef handler")))
    await said(session, system.url, "x")

    def printed() -> str:
        return system.terrarium("logs", "echo").stdout

    until(lambda: "imported" in printed() and "REPORT RequestId" in printed())
    wrong = system.terrarium("logs", "ecko")
    assert wrong.returncode == 1
    assert "did you mean 'echo'?" in wrong.stderr
    follow = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "terrarium.cli", "logs", "-f", "-n", "0", "--json"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert follow.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            reading = asyncio.ensure_future(follow.stdout.readline())
            while not reading.done():
                await said(session, system.url, "y")
        assert reading.result().strip() == b"{"
    finally:
        follow.terminate()
        await follow.communicate()


@pytest.mark.parametrize("command", ["", "up", "down", "status", "logs", "outputs", "data", "reset", "build"])
def test_help_teaches_with_an_example(command: str, tmp_path: Path) -> None:
    shown = terrarium(tmp_path, *([command] if command else []), "--help")
    assert shown.returncode == 0
    assert not command or f"Example: terrarium {command}" in " ".join(shown.stdout.split())


def test_a_detached_system_comes_back_though_its_programs_go_on(tmp_path: Path) -> None:
    result = terrarium(tmp_path, "up", "tictactoe", "--detach", "--port", str(free_port()))
    try:
        assert "tictactoe is alive" in result.stdout, result.stderr
        assert "terrarium logs board" in terrarium(tmp_path, "status").stdout
    finally:
        terrarium(tmp_path, "down", "tictactoe")


@pytest.mark.parametrize(("words", "offered"), [("terrarium st", {"status"}), ("terrarium up --f", {"--fsync"})])
def test_a_shell_completes_what_is_typed(tmp_path: Path, words: str, offered: set[str]) -> None:
    (tmp_path / "terrarium").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m terrarium.cli "$@"\n')
    (tmp_path / "terrarium").chmod(0o755)
    (tmp_path / "completion").write_text(terrarium(tmp_path, "completion", "bash").stdout)
    script = f"""
        PATH={tmp_path}:$PATH; . ./completion
        COMP_WORDS=({words}); COMP_CWORD={words.count(" ")}
        _terrarium_completion terrarium; echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == offered
