"""From balancers as they are described to what runs, and what is reached where, while they come, change and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terrarium.errors import UserError
from terrarium.events import Events
from terrarium.local.addresses import Addresses
from terrarium.local.edge.load_balancer.settings import FixedResponse, Forward, Target
from terrarium.local.edge.server import Edge, Site
from terrarium.local.kinds.kind import OnlyModelledError
from terrarium.local.kinds.load_balancer_settings import settings
from terrarium.local.kinds.load_balancers import LoadBalancerKind
from terrarium.local.registry import Entry, Registry
from terrarium.model.program import Program
from terrarium.testing.clock import ManualClock


class Parts:
    """As much of the engines as balancers need."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.addresses = Addresses("mini", 4500, False, 4501)
        self.edge = Edge(aws=_nobody, is_aws_call=lambda _: False, front=_nobody)
        self.clock = ManualClock()
        self.events = Events()
        self.logs = None


async def _nobody(request: object) -> Any:
    raise AssertionError(f"nobody asks for {request}")


def balancer(label: str = "aws_lb.front", name: str = "front", **more: object) -> Entry:
    arn = f"arn:lb:loadbalancer/app/{name}/1"
    own = {"arn": arn, "arn_suffix": f"app/{name}/1", "name": name, "dns_name": f"{name}-1.elb.amazonaws.com"}
    return Entry(label, "aws_lb", own | more, state="alive")


def listener(port: int | None = 80, of: str = "front", label: str = "aws_lb_listener.http", **more: object) -> Entry:
    fixed = [{"type": "fixed-response", "fixed_response": [{"content_type": "text/plain", "status_code": "404"}]}]
    own = {
        "arn": f"arn:lb:listener/app/{of}/1/{port}",
        "load_balancer_arn": f"arn:lb:loadbalancer/app/{of}/1",
        "port": port,
        "default_action": fixed,
    }
    return Entry(label, "aws_lb_listener", own | more, state="alive")


def group(**more: object) -> Entry:
    own = {"arn": "arn:tg", "name": "tg", "port": 80, "protocol": "HTTP"}
    return Entry("aws_lb_target_group.one", "aws_lb_target_group", own | more, state="alive")


def attachment(id: str, **more: object) -> Entry:
    values = {"target_group_arn": "arn:tg", "target_id": id, **more}
    return Entry(f"aws_lb_target_group_attachment.{id}", "aws_lb_target_group_attachment", values, state="alive")


FORWARD = [{"type": "forward", "target_group_arn": "arn:tg"}]


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
async def kind(parts: Parts) -> AsyncIterator[LoadBalancerKind]:
    made = LoadBalancerKind(parts, lambda target, _: ("127.0.0.1", 9) if target == "i-runs" else None)  # type: ignore[arg-type]  # a part of the parts
    yield made
    await made.stop()


async def put(parts: Parts, kind: LoadBalancerKind, *entries: Entry) -> None:
    """Brings resources alive, as calls do."""
    for entry in entries:
        await kind.create(entry)
        parts.registry.put(entry)
        await kind.arrived(entry)


def hosts(parts: Parts) -> set[str]:
    return set(parts.edge.sites)


async def test_a_described_balancer_has_the_systems_own_name_too(parts: Parts, kind: LoadBalancerKind) -> None:
    await put(parts, kind, balancer(), listener(80), listener(443, label="aws_lb_listener.https", protocol="HTTPS"))
    assert hosts(parts) == {"mini.localhost", "front.mini.localhost", "front-80.mini.localhost"}
    assert kind.reached_at(listener(443)) == "http://mini.localhost:4500/"
    assert kind.reached_at(listener(80)) == "http://front-80.mini.localhost:4500/"


async def test_one_that_calls_made_has_a_site_of_its_own_alone(parts: Parts, kind: LoadBalancerKind) -> None:
    await put(parts, kind, balancer("api.aws_lb.front"))
    assert hosts(parts) == set()
    await put(parts, kind, listener(label="api.aws_lb_listener.http"))
    assert hosts(parts) == {"front.mini.localhost"}
    assert parts.edge.sites["front.mini.localhost"].also == "front-1.elb.amazonaws.com"


async def test_a_name_that_another_site_has_is_not_taken(parts: Parts, kind: LoadBalancerKind) -> None:
    parts.edge.add(Site("front.mini.localhost", "/mini/front", _nobody))
    await put(parts, kind, balancer("api.aws_lb.front"), listener(label="api.aws_lb_listener.http"))
    assert hosts(parts) == {"front.mini.localhost", "front-lb.mini.localhost"}
    assert parts.edge.sites["front.mini.localhost"].handler is _nobody


async def test_what_goes_takes_its_sites_away(parts: Parts, kind: LoadBalancerKind) -> None:
    first, second = listener(80), listener(81, label="aws_lb_listener.more")
    await put(parts, kind, balancer(), first, second)
    for entry, left in ((second, {"mini.localhost", "front.mini.localhost"}), (first, set())):
        parts.registry.remove(entry.address)
        await kind.left(entry)
        assert hosts(parts) == left
    parts.registry.remove("aws_lb.front")
    await kind.left(balancer())
    assert kind.health() == {}


async def test_what_cannot_be_alive_is_refused_and_what_runs_stays(parts: Parts, kind: LoadBalancerKind) -> None:
    await put(parts, kind, balancer(), listener())
    wrong = listener(default_action=[{"type": "authenticate-oidc"}, *FORWARD])
    parts.registry.put(wrong)
    with pytest.raises(UserError, match="authenticate-oidc"):
        await kind.arrived(wrong)
    assert hosts(parts) == {"mini.localhost", "front.mini.localhost"}


async def test_targets_are_where_they_can_be_reached(parts: Parts, kind: LoadBalancerKind) -> None:
    runs = Entry(
        "aws_instance.runs",
        "aws_instance",
        {"id": "i-runs"},
        programs={"p": Program("p", Path("code"), ("run",), 1, 2)},
    )
    parts.registry.put(runs)
    parts.registry.put(replace(runs, address="aws_instance.stopped", values={"id": "i-stopped"}))
    parts.registry.put(Entry("aws_instance.idle", "aws_instance", {"id": "i-idle"}))
    await put(parts, kind, balancer(), listener(default_action=FORWARD), group())
    await put(parts, kind, *(attachment(id) for id in ("i-idle", "i-moto", "10.0.0.1")))
    await kind.check_now()
    told = {one["Target"]["Id"]: one["TargetHealth"] for one in kind.health()["arn:tg"]}
    assert {id: (one["State"], one["Reason"]) for id, one in told.items()} == {
        "i-idle": ("unhealthy", "Target.FailedHealthChecks"),
        "i-moto": ("unhealthy", "Target.FailedHealthChecks"),
        "10.0.0.1": ("unhealthy", "Target.Timeout"),
    }
    assert kind._resolve("127.0.0.1", 80) == ("127.0.0.1", 80)
    assert kind._resolve("i-runs", 80) == ("127.0.0.1", 9)
    assert kind._resolve("i-stopped", 80) is None


@pytest.mark.parametrize(
    "entry",
    [
        balancer(load_balancer_type="network"),
        balancer(load_balancer_type="gateway"),
        listener(of="gone"),
        listener(of="gateway", port=None),
        group(protocol="TCP"),
    ],
)
async def test_what_nothing_balances_here_is_only_modelled(kind: LoadBalancerKind, entry: Entry) -> None:
    with pytest.raises(OnlyModelledError):
        await kind.create(entry)
    assert kind.reached_at(replace(entry, state="modelled")) == ""


def described(*entries: Entry) -> Registry:
    registry = Registry()
    for entry in entries:
        registry.put(entry)
    return registry


def test_a_group_of_functions_is_not_checked_and_does_not_drain() -> None:
    function = attachment("arn:aws:lambda:us-east-1:000000000000:function:one")
    functions = group(target_type="lambda", lambda_multi_value_headers_enabled=True, protocol=None, port=None)
    found = settings(balancer(), described(listener(default_action=FORWARD), functions, function))
    (told,) = found.target_groups
    assert (told.type, told.multi_value_headers, told.deregistration_delay) == ("lambda", True, 0)
    assert (told.health_check.enabled, told.targets) == (False, (Target(function["target_id"], 0),))


def test_terraforms_blocks_become_what_the_engine_is_told() -> None:
    health = [
        {"unhealthy_state_routing": [{"minimum_healthy_targets_count": 2, "minimum_healthy_targets_percentage": "50"}]}
    ]
    sticky = [{"type": "app_cookie", "cookie_name": "seat", "cookie_duration": 60}]
    own: dict[str, Any] = {
        "routing_http_response_server_enabled": False,
        "routing_http_response_x_frame_options_header_value": "DENY",
    }
    found = settings(
        balancer(),
        described(listener(default_action=FORWARD, **own), group(target_group_health=health, stickiness=sticky)),
    )
    (told,), (heard,) = found.target_groups, found.listeners
    assert (told.minimum_healthy_count, told.minimum_healthy_percentage) == (2, 50)
    assert told.stickiness is not None
    assert (told.stickiness.type, told.stickiness.duration, told.stickiness.cookie_name) == ("app_cookie", 60, "seat")
    assert (heard.server_header, heard.response_headers) == (False, (("X-Frame-Options", "DENY"),))
    assert heard.default == Forward((("arn:tg", 1),))


def test_a_fixed_response_needs_neither_body_nor_status() -> None:
    fixed = [{"type": "fixed-response", "fixed_response": [{"content_type": "text/plain"}]}]
    (heard,) = settings(balancer(), described(listener(default_action=fixed))).listeners
    assert heard.default == FixedResponse(200, "text/plain", "")
