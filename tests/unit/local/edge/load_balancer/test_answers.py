"""What a listener's attributes make of answers: the balancer's own, a target's, a function's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from terrarium.local.edge.load_balancer.functions import Invoked
from terrarium.local.edge.load_balancer.settings import (
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    LoadBalancerSettings,
    Target,
)

Settings = Callable[..., LoadBalancerSettings]
# The place that the fixture makes; its class lives in conftest.py, which tests cannot import.
Place = Any

OPTIONS = ("X-Frame-Options", "DENY")


def listener(default: Forward | FixedResponse, **changes: Any) -> Listener:
    return Listener(80, "HTTP", default, **changes)


async def named(request: web.BaseRequest) -> web.Response:
    return web.Response(headers={"Server": "mine", "X-Frame-Options": "SAMEORIGIN"})


async def function(*_: object) -> Invoked:
    return Invoked(json.dumps({"statusCode": 200}).encode(), failed=False)


async def test_the_balancers_name_is_left_out_of_its_own_answers_where_that_is_wanted(
    place: Place, one_group: Settings
) -> None:
    for named_by, expected in ((True, "awselb/2.0"), (False, None)):
        own = listener(FixedResponse(200), server_header=named_by)
        await place.balancer(one_group(listener=own))
        async with place.client.get(place.url) as got:
            assert got.headers.get("Server") == expected


async def test_a_targets_own_name_stays(place: Place, one_group: Settings) -> None:
    own = listener(Forward((("arn:tg", 1),)), server_header=False)
    await place.balancer(one_group(await place.target("i-1", named), listener=own))
    async with place.client.get(place.url) as got:
        assert got.headers["Server"] == "mine"


async def test_every_answer_gets_the_listeners_header_fields(place: Place, one_group: Settings) -> None:
    for default in (FixedResponse(200), Forward((("arn:tg", 1),))):
        own = listener(default, response_headers=(OPTIONS,))
        await place.balancer(one_group(await place.target("i-1", named), listener=own))
        async with place.client.get(place.url) as got:
            assert got.headers.getall("X-Frame-Options") == ["DENY"]


async def test_a_functions_answer_is_no_exception(place: Place, one_group: Settings) -> None:
    own = listener(Forward((("arn:tg", 1),)), response_headers=(OPTIONS,), server_header=False)
    settings = one_group(Target("arn", 0), listener=own, type="lambda", health_check=HealthCheck(enabled=False))
    await place.balancer(settings, invoke=function)
    async with place.client.get(place.url) as got:
        assert (got.headers["X-Frame-Options"], got.headers.get("Server")) == ("DENY", None)
