"""What whoever deploys chooses comes and goes: routes, the key, capacities, tracing, logs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import websockets

from terrarium.cli.tfvars import read
from terrarium.errors import UserError
from terrarium.load import load
from terrarium.model.resolve import Resolved, resolve

if TYPE_CHECKING:
    from tests.live.conftest import Alive

SYSTEM = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
ROUTES = {"chat", "join_room", "leave_room", "private_message", "room_list", "typing_indicator"}
# The document's variables; those that it does not know are off by default.
DOCUMENTED = set(
    """
    aws_region environment project_name api_name stage_name route_selection_expression custom_routes
    dynamodb_billing_mode dynamodb_read_capacity dynamodb_write_capacity enable_dynamodb_point_in_time_recovery
    lambda_runtime lambda_memory_size lambda_timeout lambda_message_memory_size lambda_message_timeout
    enable_encryption enable_xray_tracing log_retention_days enable_detailed_metrics enable_data_trace logging_level
    throttling_burst_limit throttling_rate_limit additional_tags
    """.split()
)

FUNCTION = "aws_lambda_function"
# Types that only additions are made of.
GROWN = {
    "aws_appautoscaling_policy",
    "aws_appautoscaling_target",
    "aws_budgets_budget",
    "aws_apigatewayv2_authorizer",
    "aws_cognito_user_group",
    "aws_cognito_user_pool",
    "aws_cognito_user_pool_client",
    "aws_lambda_alias",
    "aws_lambda_provisioned_concurrency_config",
}

# Every variable of the document, none of them as by default.
CHOICES = """
aws_region   = "eu-west-1"
environment  = "trial"
project_name = "talk"

api_name                   = "talk-api"
stage_name                 = "try"
route_selection_expression = "$request.body.kind"
custom_routes = [
  "chat",
  "history", # by a route of its own here
]

dynamodb_billing_mode                  = "PAY_PER_REQUEST"
dynamodb_read_capacity                 = 6
dynamodb_write_capacity                = 7
enable_dynamodb_point_in_time_recovery = false

lambda_runtime             = "python3.12"
lambda_memory_size         = 320
lambda_timeout             = 20
lambda_message_memory_size = 640
lambda_message_timeout     = 25

enable_encryption   = false
enable_xray_tracing = false
log_retention_days  = 7

enable_detailed_metrics = false
enable_data_trace       = false
logging_level           = "ERROR"
throttling_burst_limit  = 50
throttling_rate_limit   = 100

additional_tags = {
  Owner = "somebody"
}
"""


def resolved(values: dict[str, Any] | None = None) -> Resolved:
    return resolve(load(str(SYSTEM / "architecture.py")), values)


def of(found: Resolved, type: str) -> list[dict[str, Any]]:
    return [one.attributes for one in found.instances if one.type == type]


def test_there_are_the_documented_variables_and_outputs() -> None:
    app = load(str(SYSTEM / "architecture.py"))
    assert set(app.variables) >= DOCUMENTED
    assert len([value for value in resolved().outputs.values() if value is not None]) == 7


def test_what_the_document_does_not_know_is_off_and_adds_nothing() -> None:
    app = load(str(SYSTEM / "architecture.py"))
    switches = set(app.variables) - DOCUMENTED - {"monthly_cost_limit"}  # which says how much, not whether
    assert not any(app.variables[name].default for name in switches)
    assert {one.type for one in resolved().instances}.isdisjoint(GROWN)


@pytest.mark.parametrize(("name", "environment"), [("dev", "dev"), ("prod", "prod"), ("grown", "prod")])
def test_an_environment_fits(name: str, environment: str) -> None:
    values = {key: given.value for key, given in read(SYSTEM / "environments" / f"{name}.tfvars").items()}
    assert resolved(values).variables["environment"] == environment


@pytest.mark.parametrize(
    "values",
    [
        {"dynamodb_billing_mode": "FREE"},
        {"logging_level": "DEBUG"},
        {"log_retention_days": 15},
        {"lambda_memory_size": 64},
        {"lambda_timeout": 901},
        {"dynamodb_read_capacity": 0},
        {"stage_name": "a/b"},
    ],
)
def test_what_aws_would_reject_is_rejected_before(values: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        resolved(values)


def test_switches_make_things_come_and_go() -> None:
    on = resolved()
    off = resolved({"enable_encryption": False, "enable_xray_tracing": False, "custom_routes": []})
    assert (len(of(on, "aws_kms_key")), len(of(off, "aws_kms_key"))) == (1, 0)
    assert len(of(on, "aws_apigatewayv2_route")) - len(of(off, "aws_apigatewayv2_route")) == 6
    assert of(off, "aws_lambda_function")[0]["tracing_config"] == [{"mode": "PassThrough"}]
    assert all(
        "read_capacity" not in one
        for one in of(resolved({"dynamodb_billing_mode": "PAY_PER_REQUEST"}), "aws_dynamodb_table")
    )


def test_the_choices_above_are_of_every_variable(tmp_path: Path) -> None:
    (tmp_path / "all.tfvars").write_text(CHOICES)
    chosen = read(tmp_path / "all.tfvars")
    assert set(chosen) == DOCUMENTED
    app = load(str(SYSTEM / "architecture.py"))
    assert not [name for name, given in chosen.items() if given.value == app.variables[name].default]


def test_provisioned_tables_scale_with_their_indexes_and_others_have_nothing_to_scale() -> None:
    scaled = of(resolved({"dynamodb_max_capacity": 80, "dynamodb_read_capacity": 8}), "aws_appautoscaling_target")
    assert {(one["resource_id"], one["scalable_dimension"]) for one in scaled} == {
        (f"table/websocket-api-dev-{place}", f"dynamodb:{'index' if '/' in place else 'table'}:{kind}CapacityUnits")
        for place in ("connections", "connections/index/byRoom", "connections/index/byUser", "rooms", "messages")
        for kind in ("Read", "Write")
    }
    assert {(one["min_capacity"], one["max_capacity"]) for one in scaled} == {(8, 80), (5, 80)}
    by_request = {"dynamodb_max_capacity": 80, "dynamodb_billing_mode": "PAY_PER_REQUEST"}
    assert not of(resolved(by_request), "aws_appautoscaling_target")


def test_whispers_are_kept_only_where_people_sign_in() -> None:
    kept = {"keep_private_messages": True}
    without, both_on = resolved(kept), resolved({**kept, "enable_cognito_authorizer": True})
    assert (len(of(without, "aws_dynamodb_table")), len(of(both_on, "aws_dynamodb_table"))) == (3, 4)
    # An environment that names what only AWS knows is an expression still: its text is looked at.
    holding = [one["function_name"] for one in of(both_on, FUNCTION) if "WHISPERS_KEY" in repr(one["environment"])]
    assert holding == ["websocket-api-dev-message"]
    assert not [one for one in of(without, FUNCTION) if "WHISPERS" in repr(one["environment"])]


def test_messages_go_to_the_version_whose_instances_are_kept_warm() -> None:
    def target(found: Resolved) -> str:
        (message,) = [
            one.attributes for one in found.instances if one.resource.address == "aws_apigatewayv2_integration.message"
        ]
        return repr(message["integration_uri"])

    cold, warm = resolved(), resolved({"message_provisioned_concurrency": 3})
    assert (target(cold), target(warm)) == (
        "aws_lambda_function.message.invoke_arn",
        "aws_lambda_alias.message_live.invoke_arn",
    )
    (config,) = of(warm, "aws_lambda_provisioned_concurrency_config")
    assert (config["qualifier"], config["provisioned_concurrent_executions"]) == ("live", 3)
    published = [one["function_name"] for one in of(warm, FUNCTION) if one.get("publish")]
    assert published == ["websocket-api-dev-message"]
    assert not [one for one in of(cold, FUNCTION) if one.get("publish")]


def test_whoever_pays_is_told_of_costs() -> None:
    (budget,) = of(resolved({"cost_alert_email": "me@example.com", "monthly_cost_limit": 7}), "aws_budgets_budget")
    assert (budget["limit_amount"], budget["limit_unit"]) == ("7", "USD")
    assert {one["notification_type"] for one in budget["notification"]} == {"ACTUAL", "FORECASTED"}
    assert all(one["subscriber_email_addresses"] == ["me@example.com"] for one in budget["notification"])


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory, living: Any) -> Any:
    folder = tmp_path_factory.mktemp("trial")
    (folder / "trial.tfvars").write_text(CHOICES)
    with living(folder, ["--var-file", "trial.tfvars"]) as system:
        yield system


async def test_a_file_of_choices_is_what_comes_alive(trial: Alive) -> None:
    assert trial.routes() == {"chat", "history"}
    assert "aws_kms_key" not in trial.types()
    session = boto3.Session("a", "b", region_name="eu-west-1")
    tables = session.client("dynamodb", endpoint_url=trial.aws)
    table = tables.describe_table(TableName="talk-trial-connections")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    functions = session.client("lambda", endpoint_url=trial.aws)
    function = functions.get_function(FunctionName="talk-trial-message")["Configuration"]
    assert (function["MemorySize"], function["Timeout"], function["Runtime"]) == (640, 25, "python3.12")
    async with websockets.connect(trial.url("ann")) as socket:
        await socket.send('{"type": "room_list", "kind": "room_list"}')
        assert "unknown_type" in str(await socket.recv())
        await socket.send('{"type": "history", "kind": "history"}')
        assert '"history"' in str(await socket.recv())


async def test_an_environment_for_people_keeps_the_test_token_out(
    tmp_path: Path, living: Callable[..., AbstractContextManager[Alive]]
) -> None:
    with living(tmp_path, ["--var-file", str(SYSTEM / "environments" / "prod.tfvars")]) as system:
        assert system.outputs["connections_table_name"] == "chat-prod-connections"
        assert system.routes() == ROUTES
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(system.outputs["test_connection_url"])
        assert refused.value.response.status_code == 401
