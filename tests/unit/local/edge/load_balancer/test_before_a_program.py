"""The whole way: a client, the balancer, Nginx, a program that speaks HTTP and WebSocket."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import connect

from terrarium.events import Events
from terrarium.local.clock import SystemClock
from terrarium.local.compute.programs import NginxSettings, Programs, ProgramSettings, RestartPolicy
from terrarium.local.edge.load_balancer import Relay
from terrarium.local.edge.load_balancer.settings import HealthCheck, LoadBalancerSettings, Stickiness, Target

Settings = Callable[..., LoadBalancerSettings]
# The place that the fixture makes; its class lives in conftest.py, which tests cannot import.
Place = Any

BOARD = """
import os
from aiohttp import web

async def page(request):
    return web.json_response({"pid": os.getpid(), "headers": dict(request.headers)})

async def play(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(f"{message.data} from {request.headers['X-Forwarded-For']}")
    return socket

app = web.Application()
app.add_routes([web.get("/", page), web.get("/play", play)])
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
"""


class Nowhere:
    def write(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Keeps nothing."""


@pytest.fixture
async def programs(place: Place, tmp_path: Path) -> AsyncIterator[Programs]:
    """A board service on instance i-1, with the balancer's group around it."""
    (tmp_path / "board.py").write_text(BOARD)
    events = Events()
    events.subscribe(place.event)
    made = Programs(clock=SystemClock(), logs=Nowhere(), events=events, relay=lambda _: Relay())
    nginx = NginxSettings({"Access-Control-Allow-Origin": "https://example.com"})
    restart = RestartPolicy(delay=0.01)
    await made.put(ProgramSettings("i-1", tmp_path, ("python3.12", "board.py"), nginx=nginx, restart=restart))
    assert await made.get("i-1").wait_ready()
    yield made
    await made.stop()


async def test_a_page_and_a_websocket_pass_balancer_nginx_and_program(
    place: Place, one_group: Settings, programs: Programs
) -> None:
    settings = one_group(Target("i-1", 80), stickiness=Stickiness(), health_check=HealthCheck())
    balancer = await place.balancer(settings, resolve=programs.address)
    await balancer.check_now()
    assert balancer.describe_target_health()["arn:tg"][0]["TargetHealth"] == {"State": "healthy"}
    async with place.client.get(place.url, headers={"Host": "api.example.com"}) as got:
        seen = (await got.json())["headers"]
        assert got.headers["Server"] == "nginx"
        assert got.headers["Access-Control-Allow-Origin"] == "https://example.com"
        assert got.headers.getall("Set-Cookie")[0].startswith("AWSALB=")
    assert seen["Host"] == "api.example.com"
    assert seen["X-Forwarded-For"] == "127.0.0.1, 127.0.0.1"
    assert seen["X-Real-IP"] == "127.0.0.1"
    async with connect(f"ws://127.0.0.1:{place.port}/play") as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello from 127.0.0.1, 127.0.0.1"


async def test_a_killed_program_ends_its_websockets_is_seen_and_comes_back(
    place: Place, one_group: Settings, programs: Programs
) -> None:
    check = HealthCheck(unhealthy_threshold=2, healthy_threshold=2)
    balancer = await place.balancer(one_group(Target("i-1", 80), health_check=check), resolve=programs.address)
    pid = programs.get("i-1").pid
    assert pid is not None
    async with connect(f"ws://127.0.0.1:{place.port}/play") as socket:
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()
    await place.until("ready", 2)
    await balancer.check_now()
    async with place.client.get(place.url) as got:
        assert (await got.json())["pid"] != pid


async def test_a_program_that_is_down_is_nginxs_502_and_an_unhealthy_target(
    place: Place, one_group: Settings, programs: Programs
) -> None:
    balancer = await place.balancer(one_group(Target("i-1", 80)), resolve=programs.address)
    await programs.get("i-1").stop()
    async with place.client.get(place.url) as got:
        assert (got.status, got.headers["Server"]) == (502, "nginx")
    await balancer.check_now()
    await balancer.check_now()
    said = balancer.describe_target_health()["arn:tg"][0]["TargetHealth"]
    assert said["Description"] == "Health checks failed with these codes: [502]"
    await programs.remove("i-1")
    async with place.client.get(place.url) as got:
        assert (got.status, got.headers["Server"]) == (503, "awselb/2.0")
