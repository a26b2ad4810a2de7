"""The balancer between real clients and real targets."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shlex
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from terrarium.local.edge.load_balancer.settings import (
    Condition,
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    LoadBalancerSettings,
    Redirect,
    Rule,
    Stickiness,
)

Settings = Callable[..., LoadBalancerSettings]
# The place that the fixture makes; its class lives in conftest.py, which tests cannot import.
Place = Any


def says(text: str) -> Callable[[web.BaseRequest], Any]:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text=text)

    return handler


async def echo(request: web.BaseRequest) -> web.Response:
    """Says what reached the target."""
    body = await request.read()
    return web.json_response(
        {"line": f"{request.method} {request.raw_path}", "body": body.decode(), "headers": dict(request.headers)}
    )


async def test_a_request_reaches_the_target_as_it_was_and_the_answer_comes_back(
    place: Place, one_group: Settings
) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    url = URL(f"{place.url}/a%2Fb/../c?x=%20y", encoded=True)
    async with place.client.post(url, data="hello", headers={"Host": "api.example.com"}) as got:
        seen = await got.json()
    assert seen["line"] == "POST /a%2Fb/../c?x=%20y"
    assert seen["body"] == "hello"
    assert seen["headers"]["Host"] == "api.example.com"
    assert seen["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert seen["headers"]["X-Forwarded-Proto"] == "http"
    assert seen["headers"]["X-Forwarded-Port"] == "80"
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", seen["headers"]["X-Amzn-Trace-Id"])


async def test_a_https_listener_says_https_to_the_target(place: Place, one_group: Settings) -> None:
    listener = Listener(443, "HTTPS", Forward((("arn:tg", 1),)))
    await place.balancer(one_group(await place.target("i-1", echo), listener=listener), port=443)
    async with place.client.get(place.url) as got:
        seen = (await got.json())["headers"]
    assert (seen["X-Forwarded-Proto"], seen["X-Forwarded-Port"]) == ("https", "443")


async def test_the_answers_header_fields_are_the_targets_own(place: Place, one_group: Settings) -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        headers = [("Server", "gunicorn"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Content-Encoding", "gzip")]
        return web.Response(body=b"not really gzip", headers=headers, status=203, reason="Perhaps")

    await place.balancer(one_group(await place.target("i-1", handler)))
    async with place.client.get(place.url) as got:
        assert (got.status, got.reason) == (203, "Perhaps")
        assert got.headers["Server"] == "gunicorn"
        assert got.headers.getall("Set-Cookie") == ["a=1", "b=2"]
        assert got.headers["Content-Length"] == "15"
        assert await got.read() == b"not really gzip"


async def test_nothing_is_added_to_an_answer_that_says_little(place: Place, one_group: Settings) -> None:
    async def terse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(terse, "127.0.0.1", 0)
    async with server:
        target = await place.target("i-1", echo)
        place.addresses["i-1"] = server.sockets[0].getsockname()
        await place.balancer(one_group(target))
        async with place.client.get(place.url) as got:
            assert await got.text() == "ok"
            assert set(got.headers) == {"Content-Length", "Date"}


async def test_a_targets_redirect_is_the_clients_to_follow(place: Place, one_group: Settings) -> None:
    async def elsewhere(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "/other"})

    await place.balancer(one_group(await place.target("i-1", elsewhere)))
    async with place.client.get(place.url, allow_redirects=False) as got:
        assert (got.status, got.headers["Location"]) == (302, "/other")


async def test_a_head_request_gets_the_length_and_no_body(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", says("hello"))))
    async with place.client.head(place.url) as got:
        assert (got.status, got.headers["Content-Length"], await got.read()) == (200, "5", b"")


async def test_bodies_stream_both_ways_and_arrive_whole(place: Place, one_group: Settings) -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        async for block in request.content.iter_any():
            await answer.write(block)
        return answer

    async def upload() -> AsyncIterator[bytes]:
        for number in range(200):
            block = bytes([number]) * 50_000
            digest.update(block)
            yield block

    digest = hashlib.sha256()
    await place.balancer(one_group(await place.target("i-1", handler)))
    async with place.client.post(place.url, data=upload()) as got:
        assert got.headers["Transfer-Encoding"] == "chunked"
        back = hashlib.sha256()
        async for block in got.content.iter_any():
            back.update(block)
    assert back.digest() == digest.digest()


async def test_an_answer_is_passed_on_before_it_is_complete(place: Place, one_group: Settings) -> None:
    more = asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"first")
        await more.wait()
        return answer

    await place.balancer(one_group(await place.target("i-1", handler)))
    async with place.client.get(place.url) as got:
        assert await got.content.readany() == b"first"
        more.set()
        assert await got.read() == b""


@pytest.mark.parametrize(
    ("action", "status", "body", "content_type"),
    [
        (FixedResponse(404), 404, "", "text/plain; charset=utf-8"),
        (FixedResponse(503, "application/json", '{"down":true}'), 503, '{"down":true}', "application/json"),
    ],
)
async def test_a_fixed_response_needs_no_target(
    place: Place, one_group: Settings, action: FixedResponse, status: int, body: str, content_type: str
) -> None:
    await place.balancer(one_group(listener=Listener(80, "HTTP", action)))
    async with place.client.get(place.url) as got:
        assert (got.status, await got.text(), got.headers["Content-Type"]) == (status, body, content_type)
        assert got.headers["Server"] == "awselb/2.0"


async def test_rules_send_requests_to_different_answers(place: Place, one_group: Settings) -> None:
    rule = Rule(10, (Condition("path-pattern", ("/api/*",)),), FixedResponse(200, body="api"))
    listener = Listener(80, "HTTP", Forward((("arn:tg", 1),)), (rule,))
    await place.balancer(one_group(await place.target("i-1", says("page")), listener=listener))
    async with place.client.get(f"{place.url}/api/x") as api, place.client.get(f"{place.url}/x") as page:
        assert (await api.text(), await page.text()) == ("api", "page")


@pytest.mark.parametrize(
    ("local", "location"),
    [
        (None, "https://api.example.com:443/a?b=c"),
        ("http://board.tictactoe.localhost:4500", "http://board.tictactoe.localhost:4500/a?b=c"),
    ],
)
async def test_a_redirect_leads_to_where_the_other_listener_answers(
    place: Place, one_group: Settings, local: str | None, location: str
) -> None:
    asked: list[tuple[str, str, int]] = []

    def public_url(protocol: str, host: str, port: int) -> str | None:
        asked.append((protocol, host, port))
        return local

    listener = Listener(80, "HTTP", Redirect(301, protocol="HTTPS", port="443"))
    await place.balancer(one_group(listener=listener), public_url=public_url)
    host = {"Host": "api.example.com:4500"}
    async with place.client.get(f"{place.url}/a?b=c", headers=host, allow_redirects=False) as got:
        assert (got.status, got.headers["Location"]) == (301, location)
        assert got.headers["Content-Length"] == "134"
    assert asked == [("https", "api.example.com", 443)]


async def test_a_group_without_targets_answers_503(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group())
    async with place.client.get(place.url) as got:
        assert (got.status, got.headers["Server"], len(await got.read())) == (503, "awselb/2.0", 162)


async def test_a_target_that_does_not_listen_answers_502(place: Place, one_group: Settings) -> None:
    target = await place.target("i-1", echo)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place.addresses["i-1"] = free.getsockname()
        await place.balancer(one_group(target))
        async with place.client.get(place.url) as got:
            assert (got.status, got.headers["Content-Type"], len(await got.read())) == (502, "text/html", 122)


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 nonsense\r\n\r\n"])
async def test_a_target_that_hangs_up_or_speaks_nonsense_answers_502(
    place: Place, one_group: Settings, words: bytes
) -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    async with server:
        target = await place.target("i-1", echo)
        place.addresses["i-1"] = server.sockets[0].getsockname()
        await place.balancer(one_group(target))
        async with place.client.post(place.url, data=b"x") as got:
            assert got.status == 502


async def test_a_target_silent_for_the_idle_timeout_answers_504(place: Place, one_group: Settings) -> None:
    async def never(request: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    await place.balancer(one_group(await place.target("i-1", never), idle_timeout=0.05))
    async with place.client.get(place.url) as got:
        assert (got.status, len(await got.read())) == (504, 132)


async def test_a_client_silent_amid_its_body_for_the_idle_timeout_gets_408(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", echo), idle_timeout=0.05))
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
    assert (await reader.readline()).split()[1] == b"408"
    writer.close()
    await writer.wait_closed()


async def test_a_target_that_dies_amid_its_answer_breaks_the_clients_connection(
    place: Place, one_group: Settings
) -> None:
    async def dies(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return answer

    await place.balancer(one_group(await place.target("i-1", dies)))
    with pytest.raises(aiohttp.ClientPayloadError):
        async with place.client.get(place.url) as got:
            await got.read()


async def test_a_client_that_leaves_is_logged_as_460(place: Place, one_group: Settings) -> None:
    reached, cancelled = asyncio.Event(), asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.Response:
        if request.path != "/slow":
            return web.Response()
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    await place.balancer(one_group(await place.target("i-1", slow)))
    asking = asyncio.create_task(place.client.get(f"{place.url}/slow"))
    await reached.wait()
    asking.cancel()
    await cancelled.wait()  # the target learns of it, too
    assert place.events[-1].detail["status"] == 460


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("TRACE", {}, 405),
        ("GET", {"X-Forwarded-For": ",".join(["192.0.2.1"] * 31)}, 463),
        ("GET", {"X-Forwarded-For": ",".join(["192.0.2.1"] * 30)}, 200),
    ],
)
async def test_some_requests_are_refused_before_any_rule(
    place: Place, one_group: Settings, method: str, headers: dict[str, str], status: int
) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    async with place.client.request(method, place.url, headers=headers) as got:
        assert got.status == status


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        (f"GET /{'x' * 16_400} HTTP/1.1\r\nHost: h\r\n\r\n", 414),
        (f"GET / HTTP/1.1\r\nHost: h\r\nX: {'x' * 16_400}\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 200),
    ],
)
async def test_heads_are_held_to_the_limits_of_aws(place: Place, one_group: Settings, head: str, status: int) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(head.encode())
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert int(line.split()[1]) == status


async def test_the_strictest_mode_refuses_a_get_with_a_body(place: Place, one_group: Settings) -> None:
    target = await place.target("i-1", echo)
    await place.balancer(one_group(target, desync_mode="strictest"))
    async with place.client.get(place.url, data=b"x") as got:
        assert (got.status, len(await got.read())) == (400, 122)


async def test_the_defensive_mode_passes_it_and_closes_the_connection(place: Place, one_group: Settings) -> None:
    await place.balancer(one_group(await place.target("i-1", echo)))
    async with place.client.get(place.url, data=b"x") as got:
        assert (got.status, got.headers["Connection"]) == (200, "close")


async def test_healthy_targets_take_turns_and_a_sticky_client_stays(place: Place, one_group: Settings) -> None:
    targets = [await place.target(f"i-{number}", says(str(number))) for number in range(3)]
    await place.balancer(one_group(*targets, stickiness=Stickiness(duration=60)))
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        seen, cookie = [], ""
        for _ in range(3):
            async with client.get(place.url) as got:
                seen.append(await got.text())
                cookie = got.headers.getall("Set-Cookie")[0].partition(";")[0]
        assert sorted(seen) == ["0", "1", "2"]
        for _ in range(4):
            async with client.get(place.url, headers={"Cookie": cookie}) as got:
                assert await got.text() == seen[-1]
                names = [value.partition("=")[0] for value in got.headers.getall("Set-Cookie")]
                assert names == ["AWSALB", "AWSALBCORS"]


async def test_a_sticky_client_moves_when_its_target_stops(place: Place, one_group: Settings) -> None:
    targets = [await place.target(f"i-{number}", says(str(number))) for number in range(2)]
    await place.balancer(one_group(*targets, stickiness=Stickiness()))
    async with place.client.get(place.url) as got:
        first, cookie = await got.text(), got.headers.getall("Set-Cookie")[0].partition(";")[0]
    stopped = place.addresses.pop(f"i-{first}")
    async with place.client.get(place.url, headers={"Cookie": cookie}) as got:
        assert await got.text() != first
        cookie = got.headers.getall("Set-Cookie")[0].partition(";")[0]
    place.addresses[f"i-{first}"] = stopped
    async with place.client.get(place.url, headers={"Cookie": cookie}) as got:
        assert await got.text() != first  # and does not move back


async def test_a_sticky_client_moves_when_its_target_is_unhealthy(place: Place, one_group: Settings) -> None:
    well = {"0": 200, "1": 200}

    def target(name: str) -> Callable[[web.BaseRequest], Any]:
        async def handler(request: web.BaseRequest) -> web.Response:
            return web.Response(text=name, status=well[name])

        return handler

    targets = [await place.target(f"i-{name}", target(name)) for name in well]
    balancer = await place.balancer(one_group(*targets, stickiness=Stickiness()))
    await balancer.check_now()
    async with place.client.get(place.url) as got:
        first, cookie = await got.text(), got.headers.getall("Set-Cookie")[0].partition(";")[0]
    well[first] = 500
    await balancer.check_now()
    await balancer.check_now()
    async with place.client.get(place.url, headers={"Cookie": cookie}) as got:
        assert (got.status, await got.text()) == (200, "1" if first == "0" else "0")


async def test_least_outstanding_requests_avoids_the_busy_target(place: Place, one_group: Settings) -> None:
    reached, go = asyncio.Event(), asyncio.Event()

    def target(name: str) -> Callable[[web.BaseRequest], Any]:
        async def handler(request: web.BaseRequest) -> web.Response:
            if request.path == "/slow":
                reached.set()
                await go.wait()
            return web.Response(text=name)

        return handler

    targets = [await place.target(f"i-{name}", target(name)) for name in "01"]
    await place.balancer(one_group(*targets, algorithm="least_outstanding_requests"))
    slow = asyncio.create_task(place.client.get(f"{place.url}/slow"))
    await reached.wait()
    seen = set()
    for _ in range(4):
        async with place.client.get(place.url) as got:
            seen.add(await got.text())
    go.set()
    async with await slow as got:
        assert seen == {"0", "1"} - {await got.text()}


async def test_new_settings_hold_for_the_next_request(place: Place, one_group: Settings) -> None:
    async def never(request: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    target = await place.target("i-1", never)
    balancer = await place.balancer(one_group(target))
    balancer.update(one_group(target, idle_timeout=0.05))
    async with place.client.get(place.url) as got:
        assert got.status == 504
    balancer.update(one_group(listener=Listener(80, "HTTP", FixedResponse(200, body="closed"))))
    async with place.client.get(place.url) as got:
        assert await got.text() == "closed"


async def test_access_log_entries_are_written_where_asked_for(place: Place, one_group: Settings) -> None:
    target = await place.target("i-1", says("hello"))
    await place.balancer(one_group(target, log_group="/alb", id="app/lb/0123"))
    async with place.client.get(f"{place.url}/x?y", headers={"Host": "h", "User-Agent": "test"}) as got:
        await got.read()
    (fields,) = map(shlex.split, place.log.lines)
    assert fields[0] == "http"
    assert fields[2] == "app/lb/0123"
    assert fields[4] == "{}:{}".format(*place.addresses["i-1"])
    assert fields[8:10] == ["200", "200"]
    received, sent = map(int, fields[10:12])
    assert received > len("GET /x?y HTTP/1.1")
    assert sent > len("hello")
    assert fields[12:14] == ["GET http://h:80/x?y HTTP/1.1", "test"]
    assert fields[20] == "0"
    assert fields[22] == "forward"


async def test_health_checks_make_targets_healthy_and_unhealthy(place: Place, one_group: Settings) -> None:
    status = 200
    agents = []

    async def handler(request: web.BaseRequest) -> web.Response:
        agents.append((request.raw_path, request.headers["User-Agent"]))
        return web.Response(status=status)

    check = HealthCheck(path="/health?deep=1", unhealthy_threshold=2, healthy_threshold=2)
    balancer = await place.balancer(one_group(await place.target("i-1", handler), health_check=check))
    await balancer.check_now()
    assert balancer.describe_target_health()["arn:tg"][0]["TargetHealth"] == {"State": "healthy"}
    assert agents[-1] == ("/health?deep=1", "ELB-HealthChecker/2.0")
    status = 404
    await balancer.check_now()
    await balancer.check_now()
    assert balancer.describe_target_health()["arn:tg"][0] == {
        "Target": {"Id": "i-1", "Port": 80},
        "HealthCheckPort": "80",
        "TargetHealth": {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [404]",
        },
    }
    assert place.kinds() == ["target_healthy", "target_unhealthy"]


async def test_targets_are_checked_at_once_and_then_each_interval(place: Place, one_group: Settings) -> None:
    checks: asyncio.Queue[None] = asyncio.Queue()

    async def handler(request: web.BaseRequest) -> web.Response:
        checks.put_nowait(None)
        return web.Response()

    await place.balancer(one_group(await place.target("i-1", handler), health_check=HealthCheck(interval=30)))
    await checks.get()
    await place.clock.advance(29)
    assert checks.empty()
    await place.clock.advance(1)
    await checks.get()


async def test_a_target_taken_away_is_checked_no_more(place: Place, one_group: Settings) -> None:
    checks: asyncio.Queue[str] = asyncio.Queue()

    def target(name: str) -> Callable[[web.BaseRequest], Any]:
        async def handler(request: web.BaseRequest) -> web.Response:
            checks.put_nowait(name)
            return web.Response()

        return handler

    old, new = [await place.target(name, target(name)) for name in ("old", "new")]
    balancer = await place.balancer(one_group(old))
    assert await checks.get() == "old"
    balancer.update(one_group(new))
    for _ in range(3):
        assert await checks.get() == "new"
        await place.clock.advance(30)


async def test_a_redirect_is_no_healthy_answer(place: Place, one_group: Settings) -> None:
    async def elsewhere(request: web.BaseRequest) -> web.Response:
        if request.path == "/":
            return web.Response(status=302, headers={"Location": "/well"})
        return web.Response()

    balancer = await place.balancer(one_group(await place.target("i-1", elsewhere)))
    await balancer.check_now()
    await balancer.check_now()
    said = balancer.describe_target_health()["arn:tg"][0]["TargetHealth"]
    assert said["Description"] == "Health checks failed with these codes: [302]"


async def test_a_check_that_times_out_says_so(place: Place, one_group: Settings) -> None:
    async def never(request: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    check = HealthCheck(timeout=0.02, unhealthy_threshold=2)
    balancer = await place.balancer(one_group(await place.target("i-1", never), health_check=check))
    await balancer.check_now()
    await balancer.check_now()
    assert balancer.describe_target_health()["arn:tg"][0]["TargetHealth"]["Reason"] == "Target.Timeout"


async def test_a_target_taken_away_finishes_its_work_and_gets_no_more(place: Place, one_group: Settings) -> None:
    reached, go = asyncio.Event(), asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.Response:
        if request.path == "/slow":
            reached.set()
            await go.wait()
        return web.Response(text="old")

    old = await place.target("i-old", slow)
    new = await place.target("i-new", says("new"))
    balancer = await place.balancer(one_group(old))
    under_way = asyncio.create_task(place.client.get(f"{place.url}/slow"))
    await reached.wait()
    balancer.update(one_group(new))
    async with place.client.get(place.url) as got:
        assert await got.text() == "new"
    go.set()
    async with await under_way as got:
        assert await got.text() == "old"
    await place.clock.advance(300)
    assert [one["Target"]["Id"] for one in balancer.describe_target_health()["arn:tg"]] == ["i-new"]


async def test_work_that_outlasts_the_deregistration_delay_ends_with_502(place: Place, one_group: Settings) -> None:
    reached = asyncio.Event()

    async def never(request: web.BaseRequest) -> web.Response:
        if request.path == "/never":
            reached.set()
            await asyncio.Event().wait()
        return web.Response()

    balancer = await place.balancer(one_group(await place.target("i-1", never), deregistration_delay=20))
    under_way = asyncio.create_task(place.client.get(f"{place.url}/never"))
    await reached.wait()
    balancer.update(one_group(deregistration_delay=20))
    await place.clock.advance(20)
    async with await under_way as got:
        assert got.status == 502
    async with place.client.get(place.url) as got:
        assert got.status == 503
