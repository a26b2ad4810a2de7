"""What whoever deploys chooses comes and goes: routes, the key, capacities, tracing, logs."""

from __future__ import annotations

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

# Every variable of the document's example, with other values.
CHOICES = """
aws_region   = "eu-west-1"
environment  = "trial"
project_name = "talk"

api_name   = "talk-api"
stage_name = "try"

dynamodb_billing_mode                  = "PAY_PER_REQUEST"
enable_dynamodb_point_in_time_recovery = false

lambda_runtime             = "python3.12"
lambda_memory_size         = 320
lambda_message_memory_size = 640

enable_encryption   = false
enable_xray_tracing = false
log_retention_days  = 7

enable_detailed_metrics = false
logging_level           = "ERROR"
throttling_burst_limit  = 50
throttling_rate_limit   = 100

custom_routes = [
  "chat",
  "history", # by a route of its own here
]

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
    assert len(app.variables) == 25
    assert len(app.outputs) == 7


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_an_environment_fits(name: str) -> None:
    values = {key: given.value for key, given in read(SYSTEM / "environments" / f"{name}.tfvars").items()}
    assert resolved(values).variables["environment"] == name


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
    assert (function["MemorySize"], function["Runtime"]) == (640, "python3.12")
    async with websockets.connect(trial.url("ann")) as socket:
        await socket.send('{"type": "room_list"}')
        assert "unknown_type" in str(await socket.recv())
        await socket.send('{"type": "history"}')
        assert '"history"' in str(await socket.recv())
