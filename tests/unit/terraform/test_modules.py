"""What crosses the border of a module is handed over by name, in and out, without anybody writing it down."""

from __future__ import annotations

import pytest

from terrarium import Architecture, UserError
from terrarium.terraform.write import write


@pytest.fixture
def app() -> Architecture:
    return Architecture("shop")


def test_variables_are_passed_down_in_the_order_of_their_declaration(app: Architecture) -> None:
    first, second = app.variable("first", "a", "First"), app.variable("second", "b", "Second")
    module = app.module("m")
    module.add("aws_sqs_queue", "q", name=f"{second}-{first}")
    files = write(app)
    assert "  first  = var.first\n  second = var.second\n" in files["main.tf"]
    assert files["modules/m/variables.tf"].index('"first"') < files["modules/m/variables.tf"].index('"second"')


def test_exports_are_outputs_described_by_what_they_are(app: Architecture) -> None:
    module = app.module("network")
    vpc = module.add("aws_vpc", "vpc", cidr_block="10.0.0.0/16")
    subnets = [module.add("aws_subnet", f"private_{zone}", vpc_id=vpc["id"]) for zone in "ab"]
    module.export(vpc_id=vpc["id"], private_subnets=[subnet["id"] for subnet in subnets], dns_port=53)
    outputs = write(app)["modules/network/outputs.tf"]
    assert 'output "vpc_id" {\n  description = "Id of the VPC"\n  value       = aws_vpc.vpc.id\n}' in outputs
    assert '"Ids of the subnets private_a and private_b"' in outputs
    assert '"DNS port"' in outputs


def test_a_module_reads_anothers_exports_through_the_root(app: Architecture) -> None:
    network, security = app.module("network"), app.module("security")
    vpc = network.add("aws_vpc", "vpc")
    network.export(vpc_id=vpc["id"])
    security.add("aws_security_group", "g", vpc_id=network.vpc_id)
    files = write(app)
    assert "  vpc_id = module.network.vpc_id\n" in files["main.tf"]
    assert (
        'variable "vpc_id" {\n  description = "Id of the VPC"\n  type        = string\n}'
        in files["modules/security/variables.tf"]
    )
    assert "vpc_id = var.vpc_id" in files["modules/security/main.tf"]


def test_what_nobody_exported_crosses_under_its_own_name(app: Architecture) -> None:
    one, two = app.module("one"), app.module("two")
    queue = one.add("aws_sqs_queue", "jobs")
    several = one.add("aws_sqs_queue", "several", name=app.variable("names", ["a"], "Names").each)
    two.add("aws_sqs_queue", "q", name=queue["name"], tags={"all": "x"}, policy=several.every("arn")[0])
    app.output("url", queue["url"], "URL")
    files = write(app)
    assert "  jobs_name         = module.one.jobs_name\n" in files["main.tf"]
    assert "value       = module.one.jobs_url" in files["outputs.tf"]
    assert "[for copy in aws_sqs_queue.several : copy.arn]" in files["modules/one/outputs.tf"]
    assert "list(string)" in files["modules/two/variables.tf"]
    assert "var.every_several_arn[0]" in files["modules/two/main.tf"]


def test_what_is_optional_crosses_as_null(app: Architecture) -> None:
    on = app.variable("on", True, "On")
    one, two = app.module("one"), app.module("two")
    queue = one.add("aws_sqs_queue", "jobs", when=on)
    two.add("aws_sqs_queue", "dead", when=on, name=f"{queue['name']}-dead")
    files = write(app)
    assert "value       = one(aws_sqs_queue.jobs[*].name)" in files["modules/one/outputs.tf"]
    assert '"${var.jobs_name}-dead"' in files["modules/two/main.tf"]


def test_text_with_what_another_module_may_not_have_needs_its_condition(app: Architecture) -> None:
    one, two = app.module("one"), app.module("two")
    queue = one.add("aws_sqs_queue", "jobs", when=app.variable("on", True, "On"))
    one.export(queue=queue["name"])
    two.add("aws_sqs_queue", "dead", name=f"{one.queue}-dead")
    with pytest.raises(UserError, match=r"module\.one\.queue is put into text, but may not be there"):
        write(app)


def test_two_values_of_one_name_cannot_enter(app: Architecture) -> None:
    one, two = app.module("one"), app.module("two")
    queue = one.add("aws_sqs_queue", "jobs")
    topic = one.add("aws_sns_topic", "jobs")
    two.add("aws_sqs_queue", "q", name=queue["name"], tags={"topic": topic["name"]})
    with pytest.raises(UserError, match="module two would be handed two values named 'jobs_name'") as caught:
        write(app)
    assert "module.export(name=…)" in caught.value.hint


def test_two_values_of_one_name_cannot_leave(app: Architecture) -> None:
    one = app.module("one")
    queue, topic = one.add("aws_sqs_queue", "jobs"), one.add("aws_sns_topic", "jobs")
    app.output("queue", queue["arn"], "Queue")
    app.output("topic", topic["arn"], "Topic")
    with pytest.raises(UserError, match="module one would hand out two values named 'jobs_arn'"):
        write(app)


def test_another_region_is_handed_in(app: Architecture) -> None:
    far = app.provider("us_east_1", region="us-east-1")
    module = app.module("edge")
    module.add("aws_acm_certificate", "c", provider=far, domain_name="x.com", validation_method="DNS")
    files = write(app)
    assert '  alias  = "us_east_1"\n  region = "us-east-1"\n' in files["providers.tf"]
    assert "  providers = {\n    aws.us_east_1 = aws.us_east_1\n  }\n" in files["main.tf"]
    assert "configuration_aliases = [aws.us_east_1]" in files["modules/edge/versions.tf"]
    assert "  provider = aws.us_east_1\n" in files["modules/edge/main.tf"]


def test_a_module_waits_as_a_whole_for_what_is_not_in_it(app: Architecture) -> None:
    queue = app.add("aws_sqs_queue", "q")
    one, two = app.module("one"), app.module("two")
    inner = one.add("aws_sqs_queue", "inner", depends_on=[queue])
    two.add("aws_sqs_queue", "r", depends_on=[inner])
    app.add("aws_sqs_queue", "last", depends_on=[inner])
    main = write(app)["main.tf"]
    assert 'source = "./modules/one"\n\n  depends_on = [aws_sqs_queue.q]' in main
    assert 'source = "./modules/two"\n\n  depends_on = [module.one]' in main
    assert main.endswith('"last" {\n  depends_on = [module.one]\n}\n')


def test_secrets_stay_secret_across_borders(app: Architecture) -> None:
    password = app.variable("password", description="Password", type="string", sensitive=True)
    module = app.module("m")
    module.add("aws_ssm_parameter", "p", name="p", type="SecureString", value=password)
    assert "sensitive   = true" in write(app)["modules/m/variables.tf"]
