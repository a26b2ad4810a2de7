"""What holds for every construct."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium import aws
from terrarium.model.resolve import resolve
from terrarium.terraform.write import write
from tests.unit.aws.everything import everything, value_parameters

# The rest are values or what others give: nothing of theirs comes from a deployer.
CONSTRUCTS = {
    name: construct
    for name, construct in vars(aws).items()
    if name in aws.__all__ and isinstance(construct, type) and name not in ("Access", "Program", "Statement")
}
CHOICES = {
    "apigatewayaccount_on": False,
    "key_on": False,
    "network_nat": False,
    "function_tracing": False,
    "table_billing": "PAY_PER_REQUEST",
}
SAMPLES = {"string": "text", "number": 1, "bool": True, "list(string)": ["subnet-1", "subnet-2"]}


@pytest.fixture
def code(tmp_path: Path) -> str:
    (tmp_path / "function.py").write_text("def handler(event, context): ...\n")
    return str(tmp_path)


def test_every_construct_takes_a_variable_for_every_value(code: str) -> None:
    app = everything(code)
    wanted = {
        f"{name.lower()}_{parameter}" for name, made in CONSTRUCTS.items() for parameter in value_parameters(made)
    }
    assert wanted <= set(app.variables)
    texts = "".join(write(app).values())
    assert not [name for name in app.variables if f"var.{name}" not in texts]


def test_constructs_resolve_for_every_choice_of_what_is_optional(code: str) -> None:
    app = everything(code)
    given = {name: SAMPLES[variable.type] for name, variable in app.variables.items()}
    full = {instance.address for instance in resolve(app, given).instances}
    spare = {instance.address for instance in resolve(app, given | CHOICES).instances}
    assert spare < full
    gone = {"aws_kms_key.key", "aws_api_gateway_account.api_gateway_logs", "module.inner.aws_nat_gateway.nat_a"}
    assert gone <= full - spare


def test_constructs_take_plain_values_and_leave_out_what_is_switched_off(code: str) -> None:
    from terrarium import Architecture

    app = Architecture("plain")
    aws.Network(app, cidr="10.0.0.0/16", public={"a": "10.0.1.0/24"}, private={"a": "10.0.2.0/24"})
    aws.Function(app, "f", code=code)
    types = {resource.type for resource in app.resources}
    assert not types & {"aws_nat_gateway", "aws_eip", "aws_kms_key"}
