"""The reverse proxy before a program, as user data configures it; https://nginx.org/en/docs/http/ngx_http_proxy_module.html."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from terrarium.local.compute.programs import NginxSettings, Programs, ProgramSettings
from terrarium.local.compute.programs.nginx import page, to_client, to_program

Settings = Callable[..., ProgramSettings]
Seen = Any  # its class lives in conftest.py, which tests cannot import
CORS = {"Access-Control-Allow-Origin": "https://example.com"}


def url(programs: Programs, path: str = "/") -> str:
    address = programs.address("i-1", 80)
    assert address is not None
    return "http://{}:{}{}".format(*address, path)


def test_the_program_learns_who_asked_and_how() -> None:
    given = CIMultiDict({"Host": "api.example.com", "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
    sent = to_program(given, "10.0.1.5")
    assert sent["Host"] == "api.example.com"
    assert sent["X-Real-IP"] == "10.0.1.5"
    assert sent["X-Forwarded-For"] == "203.0.113.7, 10.0.1.5"
    assert sent["X-Forwarded-Proto"] == "https"
    assert "Connection" not in sent


def test_an_upgrade_is_asked_for_again() -> None:
    sent = to_program(CIMultiDict({"Connection": "keep-alive, Upgrade", "Upgrade": "websocket"}), "10.0.1.5")
    assert (sent["Connection"], sent["Upgrade"]) == ("upgrade", "websocket")
    back = to_client(101, CIMultiDict({"Connection": "Upgrade", "Upgrade": "websocket"}), NginxSettings())
    assert (back["Connection"], back["Upgrade"]) == ("upgrade", "websocket")


@pytest.mark.parametrize(("status", "added"), [(200, True), (304, True), (404, False), (500, False)])
def test_header_fields_are_added_to_the_statuses_that_nginx_adds_them_to(status: int, added: bool) -> None:
    out = to_client(status, CIMultiDict({"Server": "python"}), NginxSettings(CORS))
    assert out["Server"] == "nginx"
    assert ("Access-Control-Allow-Origin" in out) == added


async def test_requests_reach_the_program_and_answers_carry_the_added_fields(
    programs: Programs, settings: Settings, client: aiohttp.ClientSession
) -> None:
    await programs.put(settings(nginx=NginxSettings(CORS)))
    await programs.get("i-1").wait_ready()
    async with client.get(url(programs, "/a?b=c")) as got:
        assert (await got.json())["path"] == "/a?b=c"
        assert got.headers["Access-Control-Allow-Origin"] == "https://example.com"
        assert got.headers["Server"] == "nginx"
    async with client.get(url(programs, "/missing")) as got:
        assert (got.status, "Access-Control-Allow-Origin" in got.headers) == (404, False)


async def test_a_program_that_is_down_is_a_502_page(
    programs: Programs, settings: Settings, client: aiohttp.ClientSession, seen: Seen
) -> None:
    await programs.put(settings("raise SystemExit"))
    assert not await programs.get("i-1").wait_ready()
    async with client.get(url(programs)) as got:
        assert (got.status, await got.read()) == (502, page(502))


@pytest.mark.parametrize(("size", "status"), [(1_048_576, 200), (1_048_577, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_a_413(
    programs: Programs, settings: Settings, client: aiohttp.ClientSession, size: int, status: int, chunked: bool
) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    async with client.post(url(programs), data=io.BytesIO(b"x" * size), chunked=chunked or None) as got:
        assert got.status == status
        if status == 200:
            told = await got.json()
            # Nginx has the whole body before it passes it on, so it knows its length.
            assert (told["size"], told["headers"]["Content-Length"]) == (size, str(size))


async def test_only_the_port_that_is_served_is_open_to_the_network(programs: Programs, settings: Settings) -> None:
    await programs.put(settings(binds=8080, serves=80))
    assert programs.address("i-1", 80) is not None
    assert programs.address("i-1", 8080) is None
    assert programs.address("i-2", 80) is None


async def test_a_program_that_serves_what_it_binds_has_nothing_in_front(programs: Programs, settings: Settings) -> None:
    await programs.put(settings(binds=3000, serves=3000))
    assert programs.address("i-1", 3000) == programs.get("i-1").address()


async def raw(programs: Programs) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = programs.address("i-1", 80)
    assert address is not None
    return await asyncio.open_connection(*address)


async def test_a_client_that_waits_for_leave_to_send_gets_it(programs: Programs, settings: Settings) -> None:
    await programs.put(settings())
    await programs.get("i-1").wait_ready()
    reader, writer = await raw(programs)
    writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"ok")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()


async def test_a_body_without_end_is_refused_as_soon_as_it_is_too_large(programs: Programs, settings: Settings) -> None:
    await programs.put(settings(nginx=NginxSettings(client_max_body_size=10)))
    reader, writer = await raw(programs)
    writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()
    await writer.wait_closed()
