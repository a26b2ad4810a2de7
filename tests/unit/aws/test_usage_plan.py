"""What a usage plan and its keys put into the graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium import Architecture, aws
from terrarium.errors import UserError
from terrarium.model.order import resources


@pytest.fixture
def app() -> Architecture:
    return Architecture("demo")


@pytest.fixture
def api(app: Architecture) -> aws.WebSocketApi:
    return aws.WebSocketApi(app, "api", stage="dev")


def test_a_plan_names_its_stages_and_says_how_fast_and_how_often(app: Architecture, api: aws.WebSocketApi) -> None:
    plan = aws.UsagePlan(app, "basic", apis=[api], rate=5, quota=100, period="DAY").resource.attributes
    assert plan["api_stages"] == [{"api_id": api.resource["id"], "stage": api.stage["name"]}]
    assert plan["throttle_settings"] == [{"rate_limit": 5, "burst_limit": 100}]
    assert plan["quota_settings"] == [{"limit": 100, "period": "DAY"}]


def test_a_key_belongs_to_its_plan(app: Architecture, api: aws.WebSocketApi) -> None:
    plan = aws.UsagePlan(app, "basic", apis=[api])
    assert "throttle_settings" not in plan.resource.attributes
    key = plan.key("ada")
    (member,) = [one for one in resources(app) if one.type == "aws_api_gateway_usage_plan_key"]
    assert (member.attributes["key_id"], member.attributes["usage_plan_id"]) == (key["id"], plan.resource["id"])


def test_a_plan_for_nothing_is_refused(app: Architecture) -> None:
    with pytest.raises(UserError, match="is for no API"):
        aws.UsagePlan(app, "basic", apis=[])


def test_a_route_asks_for_a_key(app: Architecture, api: aws.WebSocketApi, tmp_path: Path) -> None:
    function = aws.Function(app, "enter", code=tmp_path)
    assert api.route("$connect", function, api_key=True).attributes["api_key_required"] is True
    assert "api_key_required" not in api.route("say", function).attributes
