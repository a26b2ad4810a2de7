"""The one port: requests reach whom they are for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from terrarium.errors import UserError
from terrarium.local.edge.server import Edge, Handler, Site, bind


def answering(name: str) -> Handler:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{name} {request.rel_url}")

    return handle


@pytest.fixture
async def port() -> AsyncIterator[int]:
    edge = Edge(aws=answering("aws"), is_aws_call=lambda one: "Authorization" in one.headers, front=answering("front"))
    edge.add(Site("queue.shop.localhost", "/shop/queue", answering("queue")))
    edge.add(Site("shop.localhost", "/shop", answering("shop")))
    sockets = bind(0)
    await edge.listen(sockets)
    yield sockets[0].getsockname()[1]
    await edge.close()


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        ("queue.shop.localhost", "/dev?a=%20b", "queue /dev?a=%20b"),
        ("QUEUE.shop.localhost", "/dev", "queue /dev"),
        ("localhost", "/shop/queue/dev?a=%2Fb", "queue /dev?a=%2Fb"),
        ("localhost", "/shop/queue-not/x", "shop /queue-not/x"),
        ("localhost", "/shop/x%2Fy", "shop /x%2Fy"),
        ("shop.localhost", "/x", "shop /x"),
        ("localhost", "/shopping", "front /shopping"),
        ("other.localhost", "/x", "front /x"),
        ("127.0.0.1", "/", "front /"),
        ("[::1]", "/", "front /"),
    ],
)
async def test_a_request_is_answered_by_name_or_by_path(port: int, host: str, path: str, answer: str) -> None:
    assert await said(port, f"{host}:{port}", path) == answer


async def said(port: int, host: str, path: str, **headers: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer.partition("\r\n\r\n")[2]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:4500", "127.0.0.1.evil.example"]
)
async def test_a_name_of_another_machine_is_refused(port: int, host: str) -> None:
    assert "is not a name of this machine" in await said(port, host, "/")


async def test_a_signed_call_reaches_aws_under_any_loopback_name_and_under_awss_own(port: int) -> None:
    for host in (f"localhost:{port}", "abc.execute-api.us-east-1.amazonaws.com"):
        assert await said(port, host, "/x", Authorization="AWS4") == "aws /x"
    assert "is not a name" in await said(port, "evil.example", "/x", Authorization="AWS4")
    assert "is not a name" in await said(port, "abc.amazonaws.com", "/x")


async def test_a_site_without_a_slash_leads_to_the_one_with(port: int) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://localhost:{port}/shop?a=1", allow_redirects=False) as answer,
    ):
        assert answer.status == 308
        assert answer.headers["Location"] == "/shop/?a=1"


def test_a_port_that_is_taken_is_named_on_either_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UserError, match="is in use"):
        bind(taken.getsockname()[1])


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_a_port_taken_on_the_other_address_lets_go_of_the_first() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match="is in use"):
            bind(port)
        socket.create_server(("127.0.0.1", port)).close()
