"""Terraform accepts what we write: formatted as it formats, valid for the AWS provider, in both syntaxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium import Architecture, Json, Lifecycle, both, call, choose, equals, given
from terrarium.load import load, systems
from terrarium.model.graph import Architecture as Graph
from terrarium.terraform.bundles import bundles
from terrarium.terraform.write import Syntax, write
from tests.unit.aws.everything import everything
from tests.unit.terraform.commands import terraform, validated, written

pytestmark = pytest.mark.terraform


def accepted(app: Graph, folder: Path, syntax: Syntax) -> None:
    """Refuses an architecture whose Terraform is not formatted or not valid."""
    # Terraform reads a zip only when it plans or applies, except to hash it.
    written(folder, {**write(app, syntax), **dict.fromkeys(bundles(app), b"zip")})
    formatted = terraform(folder, "fmt", "-check", "-diff", "-recursive")
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
    validated(folder)


@pytest.mark.parametrize("syntax", ["hcl", "json"])
@pytest.mark.parametrize("system", sorted(systems()))
def test_a_system_is_valid(system: str, syntax: Syntax, tmp_path: Path) -> None:
    accepted(load(system), tmp_path, syntax)


@pytest.mark.parametrize("syntax", ["hcl", "json"])
def test_every_construct_is_valid(syntax: Syntax, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    accepted(everything(str(tmp_path / "code")), tmp_path / "out", syntax)


@pytest.mark.parametrize("syntax", ["hcl", "json"])
def test_everything_that_the_language_can_say_is_valid(syntax: Syntax, tmp_path: Path) -> None:
    accepted(language(), tmp_path, syntax)


def language() -> Architecture:
    """Conditions, items, optional blocks, other regions and borders of modules, all at once."""
    app = Architecture("language", region="eu-west-1")
    app.tags = {"Name with space": "${literal} %{also}", "percent%": "$"}
    on = app.variable("on", True, "Whether there is more")
    mode = app.variable("mode", "A", "How", one_of=["A", "B"])
    name = app.variable("name", None, 'A "name", or null', type="string", matches=r'^[a-z"\\]+$')
    names = app.variable("names", ["a"], "Names")
    labels = app.variable("labels", {"k": "v"}, "Labels by name")
    secret = app.variable("secret", description="A secret", type="string", sensitive=True)
    far = app.provider("us_east_1", region="us-east-1")

    maybe = app.add("aws_sqs_queue", "maybe", when=both(on, equals(mode, "A")), name="maybe", tags={f"{mode}-x": "y"})
    app.add("aws_sqs_queue", "named", when=given(name), name=f"{name}.fifo", fifo_queue=True)
    app.add("aws_sqs_queue", "either", name=choose(given(name), f"{name}-q", "q"), policy=Json({"Id": maybe["arn"]}))
    app.add("aws_sqs_queue", "per_name", name=names.each, tags={"up": call("upper", names.each)})
    app.add("aws_sqs_queue", "per_label", when=on, name=labels.each)
    app.add("aws_sqs_queue", "sometimes_per_name", when=on, name=names.each)
    certificate = app.add("aws_acm_certificate", "certificate", domain_name="example.com", validation_method="DNS")
    option = certificate["domain_validation_options"].each_by("domain_name")
    record = app.add(
        "aws_route53_record",
        "record",
        when=on,
        zone_id="Z",
        name=option["resource_record_name"],
        type=option["resource_record_type"],
        records=[option["resource_record_value"]],
        ttl=60,
    )

    module = app.module("far-away")
    table = module.add(
        "aws_dynamodb_table",
        "table",
        provider=far,
        name="table",
        hash_key="id",
        attribute={"name": "id", "type": "S"},
        billing_mode=choose(equals(mode, "B"), "PROVISIONED", "PAY_PER_REQUEST"),
        ttl=choose(on, choose(equals(mode, "A"), {"attribute_name": "a"}, {"attribute_name": "b"}), None),
        server_side_encryption=choose(on, None, {"enabled": False}),
        lifecycle=Lifecycle(prevent_destroy=True, ignore_changes=("read_capacity",)),
        depends_on=[maybe],
    )
    module.add("aws_security_group", "open", when=on, ingress=_open(), egress=[])
    module.add(
        "aws_ssm_parameter", "secret", name="s", type="SecureString", value=secret, description=f"of {table['id']}"
    )
    spare = module.add("aws_sqs_queue", "spare", when=on, name="spare")
    module.add("aws_sqs_queue", "copy", name=f"copy-of-{labels['k']}", tags={"of": f"{certificate['arn']}"})
    module.export(spare_arn=spare["arn"], both=[table["arn"], table["id"]], port=8080)

    other = app.module("near")
    other.add("aws_sqs_queue", "of_others", name="x", policy=Json({"a": module.both[0], "b": record.every("fqdn")}))
    identity = app.data("aws_caller_identity", "me", provider=far)
    app.output("spare", module.spare_arn, "ARN of the spare queue, or null")
    app.output("all", call("concat", maybe.every("arn"), record.every("fqdn")), "Everything")
    app.output("secret", secret, "The secret", sensitive=True)
    app.output("account", identity["account_id"], "The account")
    return app


def _open() -> list[dict[str, object]]:
    rule = {"from_port": 80, "to_port": 80, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"], "description": "HTTP"}
    return [rule, rule | {"from_port": 443, "to_port": 443}]
