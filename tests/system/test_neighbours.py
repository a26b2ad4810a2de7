"""Several systems behind one port."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aiohttp

from tests.system.architectures import write
from tests.system.conftest import Up, kill, terrarium, until


async def said(session: aiohttp.ClientSession, url: str, text: str) -> object:
    async with session.ws_connect(url) as socket:
        await socket.send_str(text)
        return (await socket.receive(timeout=30)).data


async def test_a_later_system_joins_the_port_and_takes_it_over_when_its_owner_is_killed(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    one = up(write(tmp_path / "one", name="one"))
    two = up(write(tmp_path / "two", name="two"), port=one.port)

    assert two.port == one.port
    assert await said(session, one.url, "to one") == "to one"
    assert await said(session, two.url, "to two") == "to two"
    async with session.get(f"http://localhost:{one.port}/_terrarium/edge") as answer:
        assert (await answer.json())["systems"] == ["one", "two"]

    kill(one.process.pid)
    one.process.wait()
    until(lambda: terrarium(tmp_path, "status", "one").returncode != 0)

    async with aiohttp.ClientSession() as fresh:
        for _ in range(200):
            try:
                assert await said(fresh, two.url, "still here") == "still here"
                break
            except aiohttp.ClientConnectorError:
                continue
        else:
            raise AssertionError("nobody took the port over")


async def test_names_lead_to_the_right_system(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    one = up(write(tmp_path / "one", name="one"))
    up(write(tmp_path / "two", name="two"), port=one.port)

    for host, system in (("_terrarium.one.localhost", "one"), ("_terrarium.two.localhost", "two")):
        url = f"http://127.0.0.1:{one.port}/_terrarium/status"
        async with session.get(url, headers={"Host": f"{host}:{one.port}"}) as answer:
            assert (await answer.json())["system"] == system


async def test_a_page_elsewhere_cannot_become_a_neighbour(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    one = up(write(tmp_path, name="one"))
    url = f"http://localhost:{one.port}/_terrarium/join?system=evil&port=1"
    async with session.get(url, headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403


def test_two_systems_of_one_name_are_refused(up: Callable[..., Up], tmp_path: Path) -> None:
    file = write(tmp_path)
    one = up(file)

    again = terrarium(tmp_path, "up", str(file), "--port", str(one.port))

    assert again.returncode == 1
    assert "mini is up already" in again.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    third = terrarium(elsewhere, "up", str(file), "--port", str(one.port))
    assert third.returncode == 1
    assert f"a system named mini is up already at port {one.port}" in third.stderr
