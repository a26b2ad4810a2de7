"""What a deployer may leave out: links, authorizers and scaling go and come with their owners."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium import Architecture, Variable, aws, both, call, choose, equals
from terrarium.model.conditions import implied
from terrarium.model.resolve import resolve


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop", region="us-east-1")


@pytest.fixture
def on(app: Architecture) -> Variable:
    return app.variable("on", False, "Whether it is there")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "f.py").write_text("def handler(event, context): ...\n")
    return tmp_path


def of(app: Architecture, type: str, **values: object) -> list[dict[str, object]]:
    return [one.attributes for one in resolve(app, values).instances if one.type == type]


def test_a_link_to_what_is_left_out_is_left_out_with_its_permission(
    app: Architecture, on: Variable, code: Path
) -> None:
    with app.when(on):
        table = aws.Table(app, "orders", key="id")
    function = aws.Function(app, "f", code=code, links={"ORDERS": table.access("GetItem")}, environment={"MODE": "a"})
    assert [policy.when for policy in function.role.policies] == [True, on]
    assert function.resource.attributes["environment"] == [
        {"variables": call("merge", {"MODE": "a"}, choose(on, {"ORDERS": table.name}, None))}
    ]
    (without,), (with_it,) = of(app, "aws_lambda_function"), of(app, "aws_lambda_function", on=True)
    assert without["environment"] == [{"variables": {"MODE": "a"}}]
    assert with_it["environment"] == [{"variables": {"MODE": "a", "ORDERS": "shop-orders"}}]


def test_a_link_within_the_same_condition_is_certain(app: Architecture, on: Variable, code: Path) -> None:
    with app.when(on):
        table = aws.Table(app, "orders", key="id")
        function = aws.Function(app, "f", code=code, links={"ORDERS": table.access("GetItem")})
    assert len(function.role.policies) == 1
    assert function.resource.attributes["environment"] == [{"variables": {"ORDERS": table.name}}]


def test_a_condition_is_implied_by_one_that_holds_it(on: Variable) -> None:
    other = equals(on, "x")
    assert implied(True, on)
    assert implied(on, both(on, other))
    assert not implied(both(on, other), on)
    assert not implied(on, True)


def test_a_route_without_its_authorizer_asks_nobody(app: Architecture, on: Variable, code: Path) -> None:
    api = aws.WebSocketApi(app, "api", stage="dev")
    function = aws.Function(app, "f", code=code)
    with app.when(on):
        tokens = api.authorizer("tokens", function)
    api.route("$connect", function, authorizer=tokens)
    (without,), (with_it,) = of(app, "aws_apigatewayv2_route"), of(app, "aws_apigatewayv2_route", on=True)
    assert (without["authorization_type"], without.get("authorizer_id")) == ("NONE", None)
    assert (with_it["authorization_type"], with_it["authorizer_id"]) == ("CUSTOM", tokens["id"])


def test_a_user_pool_asks_for_long_passwords_and_its_accounts_are_made_for_people(app: Architecture) -> None:
    people = aws.UserPool(app, "people")
    page = people.client("page")
    pool = people.resource.attributes
    assert pool["admin_create_user_config"] == [{"allow_admin_create_user_only": True}]
    assert pool["password_policy"] == [{"minimum_length": 12, "temporary_password_validity_days": 7}]
    assert "generate_secret" not in page.attributes
    assert page.attributes["prevent_user_existence_errors"] == "ENABLED"
    assert people.group("readers", "May read").attributes["user_pool_id"] == people.resource["id"]


def test_a_table_scales_with_its_indexes_between_what_it_has_and_the_most(app: Architecture) -> None:
    table = aws.Table(app, "t", key="id", indexes={"byName": "name"}, billing="PROVISIONED")
    scaling = aws.TableScaling(table, read_capacity=5, write_capacity=2, maximum=50)
    targets = {one["scalable_dimension"]: one for one in of(app, "aws_appautoscaling_target")}
    assert set(targets) == {
        f"dynamodb:{on}:{what}CapacityUnits" for on in ("table", "index") for what in ("Read", "Write")
    }
    lowest = targets["dynamodb:index:WriteCapacityUnits"]
    assert (lowest["resource_id"], lowest["min_capacity"], lowest["max_capacity"]) == (
        "table/shop-t/index/byName",
        2,
        50,
    )
    assert len(scaling.policies) == 4
